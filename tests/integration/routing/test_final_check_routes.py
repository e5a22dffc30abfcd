"""The routes of the final check, which chooses the stack's rule by category, are those of a create."""

from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg.rows import DictRow
from psycopg.types.json import Jsonb

from carillon.models.severity import SEVERITIES
from carillon.settings.routing import RoutingSettings
from tests.support.environment import Connect
from tests.support.routing_samples import DECLARED, NAMES, NESTED_RULES
from tests.support.settings import with_categories


@pytest.fixture
def connection(connect: Connect) -> psycopg.Connection[DictRow]:
    opened = connect()
    opened.execute("INSERT INTO recipients (user_id, email, updated_at) VALUES ('alice', 'a@x.example', now())")
    return opened


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    email=st.sampled_from([True, None, False]),
    push_set_up=st.booleans(),
    rules=st.one_of(st.none(), NESTED_RULES),
    declared=DECLARED,
    events=st.lists(NAMES, min_size=1, max_size=6, unique=True),
)
def test_an_event_has_the_routes_of_its_category(
    connection: psycopg.Connection[DictRow], email: bool | None, push_set_up: bool, rules: dict[str, Any] | None,
    declared: dict[str, Any], events: list[str],
) -> None:  # fmt: skip
    stack = with_categories(
        RoutingSettings(email_from="a@example.com", fcm_application_arn="arn" if push_set_up else None), declared
    )
    connection.execute("DELETE FROM preferences")
    if rules is not None:
        connection.execute(
            """
            INSERT INTO preferences (user_id, channels, rules, updated_at)
            VALUES ('alice', jsonb_strip_nulls(jsonb_build_object('email', %s::boolean)), %s, now())
            """,
            [email, Jsonb(rules)],
        )
    rows = connection.execute(
        """
        SELECT event, severity,
            to_jsonb((plan_recipient(
                mine, categories_of(event), severity::severity, jsonb_populate_record(NULL::routing_settings, settings)
            )).routes) AS created,
            (
                SELECT jsonb_agg(route_for(mine, rule, categories_of(event), severity::severity))
                FROM unnest(stack_rules(%(all)s)) AS rule
                WHERE rule.category = category_for(event, declared)
            ) AS checked
        FROM unnest(%(events)s::text[], %(settings)s::jsonb[]) AS given (event, settings)
        CROSS JOIN unnest(%(severities)s::text[]) AS severity
        CROSS JOIN (SELECT ARRAY(SELECT DISTINCT r.category FROM unnest(stack_rules(%(all)s)) AS r)) AS c (declared)
        CROSS JOIN recipient_states('{alice}') AS mine
        """,
        {
            "events": events, "severities": list(SEVERITIES), "all": stack.for_all_events,
            "settings": [stack.for_event(each) for each in events],
        },
    ).fetchall()  # fmt: skip
    assert len(rows) == len(events) * len(SEVERITIES)
    for row in rows:
        assert (row["event"], row["severity"], row["checked"]) == (row["event"], row["severity"], row["created"])
