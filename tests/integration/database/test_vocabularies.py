"""The severities and channels that the schema knows are those of the package. Each failure names what the SQL lacks."""

import re
from typing import Any, get_args
from uuid import uuid4

import psycopg
import pytest
from psycopg.types.json import Jsonb

from carillon.models.channel import CHANNEL_SPECS, CHANNELS, Channel
from carillon.models.event_kind import EventKind
from carillon.models.preferences import switch_of
from carillon.models.severity import SEVERITIES, Severity
from carillon.models.story import DeliveryStatus
from carillon.settings.routing import RoutingSettings
from tests.support.environment import Connect
from tests.support.parts import missing
from tests.support.service import Service

EACH_SEVERITY = pytest.mark.parametrize("severity", SEVERITIES)
EACH_CHANNEL = pytest.mark.parametrize("channel", CHANNELS)
SETTINGS = RoutingSettings()
TYPES = "schema/0001_types.sql, by a new numbered file"


def one(connect: Connect, query: str, *parameters: Any) -> Any:
    values = [Jsonb(each) if isinstance(each, dict) else each for each in parameters]
    row = connect().execute(query.encode(), values).fetchone()
    assert row
    return next(iter(row.values()))


def labels(connect: Connect, enum: str) -> tuple[str, ...]:
    return tuple(one(connect, f"SELECT enum_range(NULL::{enum})::text[]"))


def channels_of_the_domain(connect: Connect) -> set[str]:
    text = one(connect, "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE contypid = 'channel'::regtype")
    return set(re.findall(r"'(\w+)'", text))


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
    except psycopg.errors.InvalidTextRepresentation:
        missing("severity", severity, f"label in the type severity in {TYPES}")


@pytest.mark.parametrize("word", ["Info", "", "urgent"])
def test_the_table_refuses_a_word_that_is_no_severity(connect: Connect, word: str) -> None:
    with pytest.raises(psycopg.errors.InvalidTextRepresentation, match="enum severity"):
        insert(connect, word)


def test_the_severities_of_the_database_have_the_order_of_the_package(connect: Connect) -> None:
    assert labels(connect, "severity") == SEVERITIES


def test_the_statuses_of_a_delivery_are_those_of_the_package(connect: Connect) -> None:
    assert labels(connect, "delivery_status") == get_args(DeliveryStatus)


def test_the_provider_statuses_of_the_database_are_those_of_the_package(connect: Connect) -> None:
    assert set(labels(connect, "provider_status")) == set(get_args(EventKind))


@EACH_SEVERITY
def test_routing_orders_a_severity(connect: Connect, severity: Severity) -> None:
    """A notification is sent if it is at least as urgent as the minimum. The reason names its severity."""
    for minimum in SEVERITIES:
        rule = {
            "channel": "email", "set_up": True, "enabled": True, "enabled_by": "stack", "severity_by": "stack",
            "minimum_severity": minimum, "grouping": "5",
        }  # fmt: skip
        query = "SELECT to_jsonb(route(jsonb_populate_record(NULL::stack_rule, %s), %s, NULL))"
        route = one(connect, query, rule, severity)
        urgent_enough = SEVERITIES.index(severity) >= SEVERITIES.index(minimum)
        assert route["reason"] == (f"severity_{severity}" if urgent_enough else "below_severity"), minimum
        if urgent_enough:
            assert route["action"] == ("now" if severity == SEVERITIES[-1] else "digest")


@EACH_CHANNEL
def test_the_database_has_a_channel(connect: Connect, channel: Channel) -> None:
    channels = channels_of_the_domain(connect)
    if channel not in channels:
        missing("channel", channel, f"place in the domain channel in {TYPES}")
    assert channels <= set(CHANNELS)


def test_each_column_with_a_channel_has_the_domain(connect: Connect) -> None:
    rows = (
        connect()
        .execute(
            """
        SELECT c.relname AS table, format_type(a.atttypid, NULL) AS type
        FROM pg_attribute AS a JOIN pg_class AS c ON c.oid = a.attrelid
        WHERE a.attname = 'channel' AND c.relkind = 'r' AND c.relnamespace = 'carillon'::regnamespace
        """
        )
        .fetchall()
    )
    assert {row["table"]: row["type"] for row in rows} == dict.fromkeys(
        ("deliveries", "delivery_items", "pauses", "send_rates"), "channel"
    )


@EACH_CHANNEL
def test_the_preferences_have_a_switch_for_a_channel(service: Service, connect: Connect, channel: Channel) -> None:
    for on in (True, False):
        answer = service.call("PUT", "/preferences", {switch_of(channel): on}, user="alice")
        if one(connect, "SELECT channels FROM preferences") != {channel: on}:
            missing("channel", channel, "switch in people/preferences.py")
        assert answer.json[switch_of(channel)] is on


@EACH_CHANNEL
def test_the_stack_has_a_rule_for_a_channel(connect: Connect, channel: Channel) -> None:
    rules = one(connect, "SELECT to_jsonb(stack_rules(%s))", SETTINGS.for_event("a.b"))
    if channel not in [rule["channel"] for rule in rules]:
        missing("channel", channel, "rule in settings/routing.py")
    assert {rule["channel"] for rule in rules} <= set(CHANNELS)


@EACH_CHANNEL
def test_contact_data_explain_why_a_person_cannot_be_reached(connect: Connect, channel: Channel) -> None:
    obstacles = one(connect, "SELECT obstacles FROM contacts('{unknown}')")
    if obstacles.get(channel) != CHANNEL_SPECS[channel].unreachable:
        missing("channel", channel, f"reason in contacts in schema/functions/16_channels.sql, but {obstacles!r}")
    assert obstacles.keys() <= set(CHANNELS)


@EACH_CHANNEL
def test_a_claimed_delivery_has_a_destination(connect: Connect, channel: Channel) -> None:
    delivery_id = uuid4()
    connect().execute(
        """
        INSERT INTO deliveries (id, user_id, channel, available_at, created_at)
        VALUES (%s, 'alice', %s, now(), now())
        """,
        [delivery_id, channel],
    )
    rows = connect().execute("SELECT * FROM destinations(%s)", [[delivery_id]]).fetchall()
    if not [row for row in rows if row["delivery_id"] == delivery_id and row["destination"]]:
        missing("channel", channel, "branch in destinations in schema/functions/16_channels.sql")


def test_verify_has_a_limit_for_each_channel(connect: Connect) -> None:
    assert SETTINGS.per_minute.keys() == channels_of_the_domain(connect)


@EACH_CHANNEL
def test_a_new_notification_has_an_answer_for_a_channel(service: Service, channel: Channel) -> None:
    body = {"user_id": "alice", "event_name": "a.b", "title": "T"}
    created = service.call("POST", "/notifications", body, producer="shop")
    assert created.status == 201
    if channel not in created.json["notification"]["routing"]:
        missing("channel", channel, "answer in the routing of a notification: schema/functions/30_create.sql")


@EACH_CHANNEL
def test_the_settings_page_has_a_channel(connect: Connect, channel: Channel) -> None:
    page = one(connect, "SELECT settings_page(stack_rules(%s), NULL)", SETTINGS.for_all_events)
    for category in SETTINGS.categories.names:
        if channel not in page[category]:
            missing("channel", channel, "place in settings_page in schema/functions/23_settings_page.sql")
