"""A channel that a rule does not know raises an error. It never gets the rule of another channel."""

import json
from collections.abc import Callable
from typing import Any

import psycopg
import pytest

from carillon.models.channel import CHANNELS
from tests.support.environment import Connect
from tests.support.flow import Flow

UNKNOWN = "fax"
CODE = "CHN01"


def refused(call: Callable[[], Any]) -> str:
    """Return the message of the error that `call` must raise."""
    with pytest.raises(psycopg.DatabaseError) as caught:
        call()
    assert caught.value.sqlstate == CODE
    return caught.value.diag.message_primary or ""


def with_other_channel(settings: str, channel: str) -> str:
    """Return the settings of SQL with the rules of push under the name of another channel."""
    given = json.loads(settings)
    for rule in given["rules"]:
        rule["channel"] = channel if rule["channel"] == "push" else rule["channel"]
    return json.dumps(given)


@pytest.mark.parametrize("channel", [UNKNOWN, "", "Push"])
def test_a_plan_rejects_an_unknown_channel(flow: Flow, channel: str) -> None:
    flow.person(devices=1)
    query = """
        SELECT to_jsonb(plan_recipient(
            mine, '{a}', 'critical', jsonb_populate_record(NULL::routing_settings, %(settings)s)
        )) AS plan
        FROM recipient_states('{alice}') AS mine
    """
    settings = flow.create_settings.for_event("a")
    row = flow.db.execute(query, {"settings": settings}).fetchone()
    assert row
    assert {route["channel"] for route in row["plan"]["routes"]} == set(CHANNELS)

    unknown = {"settings": with_other_channel(settings, channel)}
    assert refused(lambda: flow.db.execute(query, unknown)) == f"unknown channel: {channel}"


def test_a_channel_without_a_name_is_unknown(connect: Connect) -> None:
    assert refused(lambda: connect().execute("SELECT unknown_channel(NULL)")) == "unknown channel: NULL"


def test_the_final_check_rejects_an_item_on_a_channel_without_a_rule(flow: Flow) -> None:
    flow.person(devices=1)
    ids = flow.create()
    query = "SELECT channel, reason FROM final_check(%s, now(), stack_rules(%s))"
    rows = flow.db.execute(query, [ids, flow.settings.for_all_events]).fetchall()
    assert {row["channel"] for row in rows} == {"email", "push"}

    only_email = json.loads(flow.settings.for_all_events)
    only_email["rules"] = [rule for rule in only_email["rules"] if rule["channel"] == "email"]
    assert refused(lambda: flow.db.execute(query, [ids, json.dumps(only_email)])) == "unknown channel: push"


@pytest.mark.parametrize("table", ["deliveries", "delivery_items", "pauses", "send_rates"])
def test_no_table_stores_an_unknown_channel(flow: Flow, table: str) -> None:
    flow.person(devices=1)
    flow.create()
    flow.db.execute("INSERT INTO pauses (until, channel) VALUES (now(), 'email')")
    flow.db.execute(
        """
        INSERT INTO send_rates (channel, per_second, tokens, filled_at, waiting, busy_at, look_again)
        VALUES ('email', 1, 1, now(), 0, now(), '1 minute')
        """
    )
    with pytest.raises(psycopg.errors.CheckViolation, match="channel_check"):
        flow.db.execute(f"UPDATE {table} SET channel = %s".encode(), [UNKNOWN])
