"""The effect of an unsubscribe link on a person's rules, checked by the routing rules themselves."""

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
from tests.support.flow import Flow
from tests.support.routing_samples import DECLARED, NAMES, NESTED_RULES
from tests.support.settings import with_categories

ON, OFF = {"email": {"enabled": True}}, {"email": {"enabled": False}}
FULL = {"email": {"enabled": True, "grouping": "hourly"}, "push": {"enabled": True}}
FULL_OFF = FULL | {"email": {"enabled": False, "grouping": "hourly"}}

WITHOUT: list[tuple[dict[str, Any], list[str] | None, dict[str, Any]]] = [
    ({}, ["a"], {"a": OFF}),
    ({}, None, {}),
    ({"a": ON}, ["a"], {"a": OFF}),
    ({"a": OFF}, ["a"], {"a": OFF}),
    ({"a.b": ON}, ["a"], {"a": OFF, "a.b": OFF}),
    ({"a.b.c": FULL}, ["a"], {"a": OFF, "a.b.c": FULL_OFF}),
    ({"ab": ON, "b.a": ON}, ["a"], {"ab": ON, "b.a": ON, "a": OFF}),
    ({"a": ON}, ["a.b"], {"a": ON, "a.b": OFF}),
    ({"a": {"push": {"enabled": True}}}, ["a"], {"a": {"push": {"enabled": True}} | OFF}),
    ({"a.b": {"email": {"grouping": "now"}}}, ["a"], {"a": OFF, "a.b": {"email": {"grouping": "now"}}}),
    ({"a": FULL, "b": ON}, ["a", "c"], {"a": FULL_OFF, "b": ON, "c": OFF}),
    ({"a": FULL, "b": {"email": {"grouping": 5}}}, None, {"a": FULL_OFF, "b": {"email": {"grouping": 5}}}),
]  # fmt: skip


def test_only_rules_that_switch_email_on_for_the_categories_are_changed(connect: Connect) -> None:
    db = connect()
    for rules, categories, left in WITHOUT:
        [row] = db.execute("SELECT without_email(%s, %s) AS left", [Jsonb(rules), categories]).fetchall()
        assert row["left"] == left, (rules, categories)


@pytest.fixture
def alices(connect: Connect) -> psycopg.Connection[DictRow]:
    """Return a connection to a database where alice can be reached by email and push."""
    db = connect()
    db.execute("INSERT INTO recipients (user_id, email, updated_at) VALUES ('alice', 'a@x.example', now())")
    db.execute(
        """
        INSERT INTO devices (id, user_id, platform, token, endpoint_arn, created_at, updated_at)
        VALUES (gen_random_uuid(), 'alice', 'fcm', 't', 'arn', now(), now())
        """
    )
    return db


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    general=st.sampled_from([True, None, False]),
    by_default=st.booleans(),
    rules=NESTED_RULES,
    declared=DECLARED,
    categories=st.one_of(st.none(), st.lists(NAMES, min_size=1, max_size=3, unique=True)),
    events=st.lists(NAMES, min_size=1, max_size=6, unique=True),
    never_chose=st.booleans(),
)
def test_events_that_can_be_switched_off_are_no_longer_emailed_and_others_are_unchanged(
    alices: psycopg.Connection[DictRow], general: bool | None, by_default: bool, rules: dict[str, Any],
    declared: dict[str, Any], categories: list[str] | None, events: list[str], never_chose: bool,
) -> None:  # fmt: skip
    stack = with_categories(
        RoutingSettings(
            email_from="a@example.com", fcm_application_arn="arn",
            default_email="all" if by_default else "off", default_push_enabled=by_default,
        ),
        declared,
    )  # fmt: skip
    alices.execute("DELETE FROM preferences")
    if not never_chose:
        alices.execute(
            """
            INSERT INTO preferences (user_id, channels, rules, updated_at)
            VALUES (
                'alice', jsonb_strip_nulls(jsonb_build_object('email', %s::boolean, 'push', true)), %s, now()
            )
            """,
            [general, Jsonb(rules)],
        )

    def routed() -> dict[tuple[str, str], tuple[Any, Any]]:
        rows = alices.execute(
            """
            SELECT event, severity, to_jsonb(plan_recipient(
                mine, categories_of(event), severity::severity, jsonb_populate_record(NULL::routing_settings, settings)
            )) -> 'routes' AS routes
            FROM unnest(%(events)s::text[], %(settings)s::jsonb[]) AS given (event, settings),
                unnest(%(severities)s::text[]) AS severity, recipient_states('{alice}') AS mine
            """,
            {"events": events, "severities": list(SEVERITIES), "settings": [stack.for_event(each) for each in events]},
        ).fetchall()
        routes = {(row["event"], row["severity"]): row["routes"] for row in rows}
        assert all([route["channel"] for route in each] == ["email", "push"] for each in routes.values())
        return {kind: (each[0], each[1]) for kind, each in routes.items()}

    before = routed()
    asked = "SELECT unsubscribe('alice', %s) AS known"
    assert alices.execute(asked, [categories]).fetchall() == [{"known": True}]
    after = routed()
    for (event, severity), (email, push) in after.items():
        about = categories is None or any(f"{event}.".startswith(f"{category}.") for category in categories)
        if about and not email["mandatory"]:
            assert (email["action"], email["reason"]) == ("off", "disabled")
            assert email["rule"].startswith("user")
        else:
            assert email == before[event, severity][0]
        assert push == before[event, severity][1]
    once = alices.execute("SELECT * FROM preferences").fetchall()
    alices.execute(asked, [categories])
    assert alices.execute("SELECT * FROM preferences").fetchall() == once


def test_an_open_digest_is_sent_without_the_unsubscribed_event(flow: Flow) -> None:
    """The event was recorded and joined before the unsubscription. The claim makes a final check."""
    flow.person("alice")
    for event in ("sales.won", "sales.lost", "job.failed", "security.key_made"):
        flow.create(event_name=event, title=event, severity="warning", batch_key="together")
    [digest, single] = [row for row in flow.rows() if row["channel"] == "email"]
    assert (digest["digest_key"], single["digest_key"]) == ("batch:together", None)
    flow.db.execute("UPDATE deliveries SET available_at = '2000-01-01'")
    flow.db.execute("SELECT unsubscribe('alice', %s)", [["sales"]])

    flow.work(digest["id"])

    [claimed] = flow.provider.calls
    assert [item.title for item in claimed.items] == ["job.failed"]
    assert claimed.switchable_events == ["job.failed"]

    flow.db.execute("SELECT unsubscribe('alice', NULL)")
    [late] = flow.create(event_name="security.role_changed", title="mandatory", severity="info")
    flow.work(single["id"], late)
    assert [call.items[0].mandatory for call in flow.provider.calls[1:]] == [True, True]


def test_a_digest_with_only_unsubscribed_events_is_skipped(flow: Flow) -> None:
    flow.person("alice")
    [delivery_id] = flow.create(event_name="comment.added", title="T", severity="info")  # on by the category's default
    flow.set(delivery_id, "available_at = '2000-01-01'")
    flow.db.execute("SELECT unsubscribe('alice', NULL)")
    flow.work(delivery_id)
    assert (flow.row(delivery_id)["status"], flow.row(delivery_id)["error_code"]) == ("skipped", "disabled")
    assert flow.provider.calls == []
