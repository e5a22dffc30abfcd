"""The severities and channels that the schema knows are those of the package. Each failure names what the SQL lacks."""

import re
from typing import Any

import psycopg
import pytest
from psycopg.types.json import Jsonb

from carillon.models.channel import CHANNEL_SPECS
from carillon.models.delivery import CHANNELS, Channel
from carillon.models.severity import SEVERITIES, Severity
from carillon.settings.groups import RoutingSettings
from tests.support.environment import Connect
from tests.support.parts import missing
from tests.support.service import Service

EACH_SEVERITY = pytest.mark.parametrize("severity", SEVERITIES)
EACH_CHANNEL = pytest.mark.parametrize("channel", CHANNELS)
CHECKS = """
    SELECT conrelid::regclass::text AS table, pg_get_constraintdef(oid) AS text
    FROM pg_constraint
    WHERE contype = 'c' AND connamespace = 'public'::regnamespace
"""
SETTINGS = RoutingSettings()


def one(connect: Connect, query: str, *parameters: Any) -> Any:
    values = [Jsonb(each) if isinstance(each, dict) else each for each in parameters]
    row = connect().execute(query.encode(), values).fetchone()
    assert row
    return next(iter(row.values()))


def accepted(connect: Connect, column: str) -> dict[str, set[str]]:
    """Return the words that a CHECK allows in a column, for each table with such a CHECK."""
    allowed: dict[str, set[str]] = {}
    for row in connect().execute(CHECKS.encode()).fetchall():
        if words := re.search(rf"\({column} = ANY \(ARRAY\[(.*?)\]\)\)", row["text"]):
            allowed[row["table"]] = set(re.findall(r"'(\w+)'", words[1]))
    return allowed


def insert(connect: Connect, severity: str) -> None:
    connect().execute(
        """
        INSERT INTO notifications (
            id, user_id, created_by, event_name, title, severity, request_hash, in_app, routing, created_at, updated_at
        ) VALUES (gen_random_uuid(), 'alice', 'shop', 'a.b', 'T', %s, '', true, '{}', now(), now())
        """,
        [severity],
    )


@EACH_SEVERITY
def test_the_table_accepts_a_severity(connect: Connect, severity: Severity) -> None:
    try:
        insert(connect, severity)
    except psycopg.errors.CheckViolation:
        missing("severity", severity, "place in urgency, which the CHECK of notifications.severity calls")


@pytest.mark.parametrize("word", ["Info", "", "urgent"])
def test_the_table_refuses_a_word_that_is_no_severity(connect: Connect, word: str) -> None:
    with pytest.raises(psycopg.errors.CheckViolation, match="notifications_severity_check"):
        insert(connect, word)


@EACH_SEVERITY
def test_a_severity_has_its_urgency(connect: Connect, severity: Severity) -> None:
    urgency = one(connect, "SELECT urgency(%s)", severity)
    if urgency is None:
        missing("severity", severity, "place in urgency in schema/functions/20_routing.sql")
    assert urgency == SEVERITIES.index(severity) + 1, "urgency has another order than SEVERITIES"


def test_the_database_has_no_other_severity(connect: Connect) -> None:
    body = one(connect, "SELECT prosrc FROM pg_proc WHERE proname = 'urgency'")
    assert tuple(re.findall(r"'(\w+)'", body)) == SEVERITIES


@EACH_SEVERITY
def test_routing_orders_a_severity(connect: Connect, severity: Severity) -> None:
    """A notification is sent if it is at least as urgent as the minimum. The reason names its severity."""
    for minimum in SEVERITIES:
        rule = {
            "enabled": True,
            "enabled_by": "stack",
            "severity_by": "stack",
            "minimum_severity": minimum,
            "grouping": 5,
        }
        route = one(connect, "SELECT route(NULL, %s, %s)", severity, rule)
        urgent_enough = SEVERITIES.index(severity) >= SEVERITIES.index(minimum)
        assert route["reason"] == (f"severity_{severity}" if urgent_enough else "below_severity"), minimum
        if urgent_enough:
            assert route["action"] == ("now" if severity == SEVERITIES[-1] else "digest")


@EACH_CHANNEL
def test_the_tables_accept_a_channel(connect: Connect, channel: Channel) -> None:
    allowed = accepted(connect, "channel")
    assert allowed.keys() == {"deliveries", "pauses", "send_rates"}
    for table, channels in allowed.items():
        if channel not in channels:
            missing("channel", channel, f"place in the CHECK of {table}.channel: add a numbered file to schema/")
        assert channels <= set(CHANNELS), table


@EACH_CHANNEL
def test_a_person_has_a_switch_for_a_channel(connect: Connect, channel: Channel) -> None:
    query = "SELECT count(*) FROM pg_attribute WHERE attrelid = 'preferences'::regclass AND attname = %s"
    if not one(connect, query, f"{channel}_enabled"):
        missing("channel", channel, f"column preferences.{channel}_enabled: add a numbered file to schema/")


@EACH_CHANNEL
def test_a_channel_has_defaults(connect: Connect, channel: Channel) -> None:
    defaults = one(connect, "SELECT stack_defaults('a.b', %s)", SETTINGS.for_sql())
    if channel not in defaults:
        missing("channel", channel, "place in stack_defaults in schema/functions/20_routing.sql")
    assert defaults.keys() <= set(CHANNELS)


@EACH_CHANNEL
def test_routing_knows_why_a_person_cannot_be_reached(connect: Connect, channel: Channel) -> None:
    try:
        reason = one(connect, "SELECT off_reason(%s, true, false, NULL)", channel)
    except psycopg.DatabaseError as error:
        reason = error.diag.message_primary
    if reason != CHANNEL_SPECS[channel].unreachable:
        missing("channel", channel, f"reason of its own in off_reason in 20_routing.sql, but {reason!r}")


@EACH_CHANNEL
def test_routing_checks_a_channel(connect: Connect, channel: Channel) -> None:
    columns = one(connect, "SELECT proargnames FROM pg_proc WHERE proname = 'reach'")
    if f"{channel}_route" not in columns:
        missing("channel", channel, f"column {channel}_route in reach in schema/functions/20_routing.sql")


@EACH_CHANNEL
def test_a_new_notification_has_an_answer_for_a_channel(service: Service, channel: Channel) -> None:
    body = {"user_id": "alice", "event_name": "a.b", "title": "T"}
    created = service.call("POST", "/notifications", body, producer="shop")
    assert created.status == 201
    if channel not in created.json["notification"]["routing"]:
        missing("channel", channel, "answer in the routing of a notification: schema/functions/30_create.sql")


@EACH_CHANNEL
def test_the_settings_page_has_a_channel(connect: Connect, channel: Channel) -> None:
    switches = ", ".join(["NULL::boolean"] * len(CHANNELS))
    query = f"SELECT settings_page(ARRAY['a'], NULL, {switches}, NULL, %s)"
    [page] = one(connect, query, SETTINGS.for_sql())
    if channel not in page:
        missing("channel", channel, "place in settings_page in schema/functions/23_settings_page.sql")
