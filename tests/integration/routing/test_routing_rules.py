"""The routing rules as tables: the rule that applies to a person, and the resulting route of a channel."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from psycopg.types.json import Jsonb

from carillon.models.channel import CHANNEL_SPECS, CHANNELS
from carillon.settings.routing import RoutingSettings
from tests.support.environment import Connect, suppressed
from tests.support.settings import with_categories

Ask = Callable[..., Any]  # ask("function(%s, …)", argument, …) → the result of the SQL function
STACK_RULE = "jsonb_populate_record(NULL::stack_rule, %s)"


@pytest.fixture
def ask(connect: Connect) -> Ask:
    connection = connect()

    def call(expression: str, *arguments: Any) -> Any:
        given = [Jsonb(each) if isinstance(each, dict) else each for each in arguments]
        row = connection.execute(f"SELECT to_jsonb({expression}) AS answer".encode(), given).fetchone()
        assert row
        return row["answer"]

    return call


def test_an_events_categories_are_the_least_specific_first(ask: Ask) -> None:
    assert ask("categories_of(%s)", "invoice") == ["invoice"]
    assert ask("categories_of(%s)", "invoice.payment.failed") == [
        "invoice",
        "invoice.payment",
        "invoice.payment.failed",
    ]


# an address is stored, it bounced or was complained about, a device is enabled (None: there is no device)
# → why the person cannot be reached by email and by push
OBSTACLES: list[tuple[bool, Any, bool | None, str | None, str | None]] = [
    (True, None, True, None, None),
    (True, "bounced", True, "bounced", None),  # a bounce of an address does not concern a phone
    (True, "complained", None, "complained", "no_device"),
    (True, None, None, None, "no_device"),
    (True, None, False, None, "no_device"),
    (False, None, True, "no_address", None),
    (False, None, None, "no_address", "no_device"),
]


@pytest.mark.parametrize(("address", "suppression", "device", "email", "push"), OBSTACLES)
def test_each_reason_why_a_person_cannot_be_reached(
    connect: Connect, address: bool, suppression: Any, device: bool | None, email: str | None, push: str | None
) -> None:
    connection = connect()
    for person in ("alice", "bob"):
        connection.execute(
            """
            INSERT INTO recipients (user_id, email, locale, timezone, updated_at)
            VALUES (%s, %s, 'fr', 'Asia/Tokyo', now())
            """,
            [person, f"{person}@example.com" if address or person == "bob" else None],
        )
        if device is not None or person == "bob":
            connection.execute(
                """
                INSERT INTO devices (id, user_id, platform, token, endpoint_arn, enabled, created_at, updated_at)
                VALUES (gen_random_uuid(), %(person)s, 'fcm', %(person)s, 'arn', %(enabled)s, now(), now())
                """,
                {"person": person, "enabled": device is True},
            )
    if suppression:
        connection.execute(suppressed(suppression))
    [row] = connection.execute("SELECT obstacles, timezone FROM contacts('{alice}')").fetchall()
    assert (row["obstacles"]["email"], row["obstacles"]["push"]) == (email, push)
    assert row == {"obstacles": row["obstacles"], "timezone": "Asia/Tokyo"}
    assert row["obstacles"].keys() == set(CHANNELS)


def test_a_person_without_contact_data_has_one_row(connect: Connect) -> None:
    rows = connect().execute("SELECT * FROM contacts('{unknown}')").fetchall()
    obstacles = {name: spec.unreachable for name, spec in CHANNEL_SPECS.items()}
    assert rows == [{"user_id": "unknown", "obstacles": obstacles, "timezone": None}]


CATEGORIES: dict[str, dict[str, Any]] = {
    "sales": {"default": {"email": {"enabled": True, "minimum_severity": "info", "grouping": "hourly"}}},
    "sales.lead": {"default": {"email": {"minimum_severity": "critical"}, "push": {"enabled": False}}},
}

HERS = {
    "sales": {"email": {"enabled": False}, "push": {"grouping": 30}},
    "sales.lead": {"email": {"grouping": "now"}},
    "sales.lead.new": {"email": {"enabled": True, "minimum_severity": "info", "grouping": None}},
    "job": {"email": {"minimum_severity": "critical"}},
}
OFF_BY_RULE = {"enabled": False, "enabled_by": "user:sales"}

# channel, event, the person's rules, general switch and digest minutes → differences from the stack's default
RULES: list[tuple[str, str, Any, bool | None, int | None, dict[str, Any]]] = [
    ("email", "job.failed", {}, None, None, {}),
    ("email", "job.failed", None, None, None, {}),  # a person without preferences
    ("email", "job.failed", {}, True, None, {"enabled": True, "enabled_by": "user"}),
    ("email", "job.failed", {}, False, None, {"enabled_by": "user"}),  # her switch, also if the stack agrees
    ("email", "job.failed", {}, None, 0, {"grouping": "0"}),
    ("email", "sales.won", {}, False, None, {"enabled": False, "enabled_by": "user"}),  # before the category
    ("email", "sales.won", {}, None, 3, {"grouping": "3"}),
    ("push", "sales.lead", {}, True, None, {"enabled": True, "enabled_by": "user"}),
    ("email", "sales.won", HERS, None, None, OFF_BY_RULE),
    ("email", "sales.won", HERS, True, None, OFF_BY_RULE),  # her rule before her general switch
    ("email", "sales.won", HERS, True, 3, OFF_BY_RULE | {"grouping": "3"}),
    ("push", "sales.won", HERS, None, None, {"grouping": "30"}),  # only the grouping changes
    ("push", "sales.won", HERS, False, 3, {"enabled": False, "enabled_by": "user", "grouping": "30"}),
    ("email", "sales.lead", HERS, True, 3, OFF_BY_RULE | {"grouping": "now"}),  # each part separately
    ("email", "sales.lead.new", HERS, False, 3, {
        "enabled_by": "user:sales.lead.new", "minimum_severity": "info", "severity_by": "user:sales.lead.new",
        "grouping": "now",
    }),
    ("email", "job.failed", HERS, True, None, {
        "enabled": True, "enabled_by": "user", "minimum_severity": "critical", "severity_by": "user:job",
    }),
    ("email", "jobs.failed", HERS, None, None, {}),
]  # fmt: skip

# The ways to store a general switch. The switch of another channel makes no difference.
SWITCHES: dict[bool | None, Callable[[str], list[dict[str, bool] | None]]] = {
    None: lambda channel: [None, {}, {other: True for other in CHANNELS if other != channel}],
    True: lambda channel: [{channel: True}, dict.fromkeys(CHANNELS, False) | {channel: True}],
    False: lambda channel: [{channel: False}, dict.fromkeys(CHANNELS, True) | {channel: False}],
}


def test_the_rule_that_applies_to_a_person(ask: Ask) -> None:
    settings = with_categories(
        RoutingSettings(default_email="off", default_push_enabled=True, default_digest_minutes=7), CATEGORIES
    )
    for channel, event, rules, enabled, minutes, changed in RULES:
        [stack] = [rule for rule in json.loads(settings.for_event(event))["rules"] if rule["channel"] == channel]
        for channels in SWITCHES[enabled](channel):
            rule = ask(
                f"effective_rule({STACK_RULE}, categories_of(%s), %s, %s, %s)", stack, event, channels, minutes, rules
            )
            assert (channel, event, channels, minutes, rule) == (channel, event, channels, minutes, stack | changed)


def off(reason: str, rule: str | None = None) -> dict[str, Any]:
    return {"action": "off", "reason": reason} | ({"rule": rule} if rule else {})


def now(reason: str, rule: str = "on") -> dict[str, Any]:
    return {"action": "now", "reason": reason, "rule": rule, "minutes": 0}


def digest(reason: str, minutes: int, rule: str = "on") -> dict[str, Any]:
    return {"action": "digest", "reason": reason, "rule": rule, "minutes": minutes}


def hourly(unread_minutes: int) -> dict[str, Any]:
    return {
        "action": "digest", "reason": "severity_warning", "rule": "on", "only_if_unread_minutes": unread_minutes,
    }  # fmt: skip


MANDATORY_NOW = {"action": "now", "reason": "mandatory", "rule": "category:admin", "mandatory": True}
ON = {"enabled": True, "enabled_by": "on", "minimum_severity": "warning", "severity_by": "minimum", "grouping": "5"}
OFF = ON | {"enabled": False, "enabled_by": "switch"}
ALL = ON | {"minimum_severity": "info"}
MANDATORY = OFF | {"mandatory_by": "admin", "minimum_severity": "critical", "only_if_unread_minutes": 10}
UNREAD = ON | {"only_if_unread_minutes": 10}

# why the person cannot be reached, severity, differences from rule ON → the route
ROUTES: list[tuple[str | None, str, dict[str, Any], dict[str, Any]]] = [
    (None, "info", ON, off("below_severity", "minimum")),
    (None, "success", ON, off("below_severity", "minimum")),
    (None, "warning", ON, digest("severity_warning", 5)),
    (None, "critical", ON, now("severity_critical")),
    # An unreachable person comes first.
    ("no_address", "info", OFF, off("no_address")),
    ("bounced", "critical", ON, off("bounced")),
    ("not_configured", "critical", MANDATORY, off("not_configured")),
    # Mandatory overrides all others.
    (None, "info", MANDATORY, MANDATORY_NOW),
    (None, "warning", MANDATORY, MANDATORY_NOW),
    # Off comes before the severity.
    (None, "critical", OFF, off("disabled", "switch")),
    (None, "info", OFF, off("disabled", "switch")),
    # The minimum severity, met and not met.
    (None, "info", ALL, digest("severity_info", 5, "minimum")),
    (None, "success", ALL, digest("severity_success", 5, "minimum")),
    (None, "info", ALL | {"minimum_severity": "success"}, off("below_severity", "minimum")),
    (None, "success", ALL | {"minimum_severity": "success"}, digest("severity_success", 5, "minimum")),
    (None, "warning", ON | {"minimum_severity": "critical"}, off("below_severity", "minimum")),
    (None, "critical", ON | {"minimum_severity": "critical"}, now("severity_critical")),
    # Grouping.
    (None, "warning", ON | {"grouping": "now"}, now("severity_warning")),
    (None, "warning", ON | {"grouping": "0"}, now("severity_warning")),
    (None, "info", ALL | {"grouping": "0"}, now("severity_info", "minimum")),
    (None, "success", ALL | {"grouping": "now"}, now("severity_success", "minimum")),
    (None, "warning", ON | {"grouping": "1440"}, digest("severity_warning", 1440)),
    (None, "warning", ON | {"grouping": "hourly"}, hourly(0)),
    (None, "critical", ON | {"grouping": "hourly"}, now("severity_critical")),
    # Only if still unread: the longer of both delays counts.
    (None, "warning", UNREAD, digest("only_if_unread", 10)),
    (None, "warning", UNREAD | {"grouping": "10"}, digest("severity_warning", 10)),
    (None, "warning", UNREAD | {"grouping": "15"}, digest("severity_warning", 15)),
    (None, "warning", UNREAD | {"grouping": "0"}, digest("only_if_unread", 10)),
    (None, "warning", UNREAD | {"grouping": "now"}, digest("only_if_unread", 10)),
    (None, "info", UNREAD | {"minimum_severity": "info"}, digest("only_if_unread", 10, "minimum")),
    # If the next full hour is nearer than 10 minutes, the digest waits one hour more.
    (None, "warning", UNREAD | {"grouping": "hourly"}, hourly(10)),
    (None, "warning", UNREAD | {"grouping": "hourly", "only_if_unread_minutes": 90}, hourly(90)),
    (None, "warning", ON | {"grouping": "hourly", "only_if_unread_minutes": 0}, hourly(0)),
    (None, "warning", UNREAD | {"grouping": "0", "only_if_unread_minutes": 0}, now("severity_warning")),
    (None, "critical", UNREAD, now("severity_critical")),
]  # fmt: skip


def test_each_route(ask: Ask) -> None:
    for obstacle, severity, rule, expected in ROUTES:
        stack = {"channel": "email", "set_up": obstacle != "not_configured", "per_minute": 5} | rule
        route = ask(f"route({STACK_RULE}, %s, %s)", stack, severity, obstacle)
        assert (route.pop("channel"), route.pop("per_minute")) == ("email", 5)
        given = {name: value for name, value in route.items() if value is not None}
        assert (obstacle, severity, rule, given) == (obstacle, severity, rule, expected)


def test_a_channel_that_is_not_set_up_hides_why_the_person_cannot_be_reached(ask: Ask) -> None:
    for obstacle in (None, "no_address", "bounced"):
        route = ask(f"route({STACK_RULE}, 'critical', %s)", ON | {"channel": "email", "set_up": False}, obstacle)
        assert (route["action"], route["reason"], route["rule"]) == ("off", "not_configured", None)
