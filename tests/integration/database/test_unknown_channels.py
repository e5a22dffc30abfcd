"""A channel that a rule does not know raises an error. It never gets the rule of another channel."""

from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from psycopg.rows import DictRow
from psycopg.types.json import Jsonb

from carillon.errors import StatementFailed
from carillon.models.delivery import CHANNELS
from carillon.operations.verification import verify
from tests.support.environment import Connect
from tests.support.flow import Flow
from tests.support.verified_database import SETTINGS

UNKNOWN = "sms"
CODE = "CHN01"


def refused(call: Callable[[], Any]) -> str:
    """Return the message of the error that `call` must raise."""
    with pytest.raises(psycopg.DatabaseError) as caught:
        call()
    assert caught.value.sqlstate == CODE
    return caught.value.diag.message_primary or ""


def off_reason(connection: psycopg.Connection[DictRow], channel: str) -> object:
    query = "SELECT off_reason(%s, true, false, NULL) AS reason"
    row = connection.execute(query, [channel]).fetchone()
    assert row
    return row["reason"]


def test_the_reason_why_a_person_cannot_be_reached_rejects_an_unknown_channel(connect: Connect) -> None:
    connection = connect()
    assert [off_reason(connection, channel) for channel in CHANNELS] == ["no_address", "no_device"]
    assert refused(lambda: off_reason(connection, UNKNOWN)) == "unknown channel: sms"


def test_the_final_check_of_an_item_rejects_an_unknown_channel(flow: Flow) -> None:
    flow.person(devices=1)
    ids = flow.create()
    query = "SELECT channel, reason FROM final_check(%s, now(), %s)"
    parameters = [ids, Jsonb(flow.settings.for_sql())]
    rows = flow.db.execute(query, parameters).fetchall()
    assert {row["channel"] for row in rows} == set(CHANNELS)

    # The table of items has no CHECK of the channel.
    flow.db.execute("UPDATE delivery_items SET channel = %s WHERE channel = 'push'", [UNKNOWN])
    assert refused(lambda: flow.db.execute(query, parameters)) == "unknown channel: sms"


def test_the_limit_of_a_minute_rejects_an_unknown_channel(flow: Flow) -> None:
    flow.person()
    [delivery_id] = flow.create()
    assert verify(flow.database(), SETTINGS, rules=["limits_hold"]).clean

    flow.db.execute("ALTER TABLE deliveries DROP CONSTRAINT deliveries_channel_check")
    flow.set(delivery_id, f"channel = '{UNKNOWN}'")
    with pytest.raises(StatementFailed, match=rf"verify/limits_hold: .*{CODE}"):
        verify(flow.database(), SETTINGS, rules=["limits_hold"])
