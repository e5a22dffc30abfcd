"""The routing rules as tables: the rule that applies to a person, and the resulting route of a channel."""

from collections.abc import Callable
from typing import Any

import pytest
from psycopg.types.json import Jsonb

from carillon.models.severity import SEVERITIES
from tests.support.environment import Connect

Ask = Callable[..., Any]  # ask("function", argument, …) → the result of the SQL function


@pytest.fixture
def ask(connect: Connect) -> Ask:
    connection = connect()

    def call(function: str, *arguments: Any) -> Any:
        given = [Jsonb(each) if isinstance(each, dict) else each for each in arguments]
        query = f"SELECT {function}({', '.join(['%s'] * len(given))}) AS answer"
        row = connection.execute(query.encode(), given).fetchone()
        assert row
        return row["answer"]

    return call


def test_urgencies_are_in_order(ask: Ask) -> None:
    urgencies = [ask("urgency", severity) for severity in SEVERITIES]
    assert urgencies == list(range(1, len(SEVERITIES) + 1))


def test_an_events_categories_are_the_most_specific_first(ask: Ask) -> None:
    assert ask("categories_of", "invoice") == ["invoice"]
    assert ask("categories_of", "invoice.payment.failed") == [
        "invoice.payment.failed",
        "invoice.payment",
        "invoice",
    ]


def test_the_most_specific_category_with_a_value_counts(connect: Connect) -> None:
    rules = {"a": {"x": 1, "y": []}, "a.b": {"x": 2}, "a.b.c.d": {"x": 3}, "b": {"x": 4}, "a.": {"x": 5}}
    for event, path, expected in (
        ("a.b.c", ["x"], ("a.b", 2)),
        ("a.b", ["x"], ("a.b", 2)),
        ("a.c", ["x"], ("a", 1)),
        ("a.b", ["y"], ("a", [])),  # an empty list is a value
        ("a.b", ["z"], None),
        ("ab.c", ["x"], None),  # whole words only
        ("c.b", ["x"], None),
    ):
        query = "SELECT * FROM most_specific(%s, categories_of(%s), %s)"
        row = connect().execute(query, [Jsonb(rules), event, path]).fetchone()
        assert (event, path, row and (row["category"], row["said"])) == (event, path, expected)


# channel, set up, reachable, email status → why the person cannot be reached
OFF_REASONS = [
    ("email", True, True, "ok", None),
    ("email", False, True, "ok", "not_configured"),
    ("email", False, False, None, "not_configured"),
    ("email", True, False, None, "no_address"),
    ("email", True, False, "bounced", "no_address"),
    ("email", True, True, "bounced", "bounced"),
    ("email", True, True, "complained", "complained"),
    ("push", True, True, None, None),
    ("push", True, True, "bounced", None),  # a bounce of an address does not concern a phone
    ("push", False, True, None, "not_configured"),
    ("push", True, False, None, "no_device"),
]


def test_each_reason_why_a_person_cannot_be_reached(ask: Ask) -> None:
    for *given, expected in OFF_REASONS:
        assert (given, ask("off_reason", *given)) == (given, expected)


STACK: dict[str, Any] = {
    "email_enabled": False,
    "push_enabled": True,
    "digest_minutes": 7,
    "categories": {
        "sales": {"default": {"email": {"enabled": True, "minimum_severity": "info", "grouping": "hourly"}}},
        "sales.lead": {"default": {"email": {"minimum_severity": "critical"}, "push": {"enabled": False}}},
        "chat": {"only_if_unread_minutes": 10},
        "chat.mention": {"only_if_unread_minutes": 0, "default": {"push": {"grouping": "now"}}},
        "admin": {"mandatory": ["email"]},
        "admin.note": {"mandatory": []},
        "admin.role": {"default": {"email": {"enabled": False}}},
    },
}
BY_STACK = {"enabled_by": "stack", "severity_by": "stack", "minimum_severity": "warning", "grouping": 7}
EMAIL = BY_STACK | {"enabled": False}
PUSH = BY_STACK | {"enabled": True}
SALES = {
    "enabled": True, "enabled_by": "category:sales", "minimum_severity": "info", "severity_by": "category:sales",
    "grouping": "hourly",
}  # fmt: skip
LEAD = SALES | {"minimum_severity": "critical", "severity_by": "category:sales.lead"}

# event → the defaults of the stack for email and for push
DEFAULTS: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("job.failed", EMAIL, PUSH),
    ("sales.won", SALES, PUSH),
    ("sales", SALES, PUSH),
    ("sales_team.won", EMAIL, PUSH),
    ("sales.lead.new", LEAD, PUSH | {"enabled": False, "enabled_by": "category:sales.lead"}),  # each part separately
    ("chat.reply", EMAIL | {"only_if_unread_minutes": 10}, PUSH | {"only_if_unread_minutes": 10}),
    ("chat.mention", EMAIL | {"only_if_unread_minutes": 0}, PUSH | {"only_if_unread_minutes": 0, "grouping": "now"}),
    ("admin.key_made", EMAIL | {"mandatory": "admin"}, PUSH),
    ("admin.note", EMAIL, PUSH),
    ("admin.role", EMAIL | {"mandatory": "admin", "enabled_by": "category:admin.role"}, PUSH),
]


def test_the_defaults_of_the_stack_for_an_event(ask: Ask) -> None:
    for event, email, push in DEFAULTS:
        assert (event, ask("stack_defaults", event, STACK)) == (event, {"email": email, "push": push})
    bare = {"email_enabled": True, "push_enabled": False, "categories": {}}
    assert ask("stack_defaults", "a.b", bare)["email"]["grouping"] == 5


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
    ("email", "job.failed", {}, None, 0, {"grouping": 0}),
    ("email", "sales.won", {}, False, None, {"enabled": False, "enabled_by": "user"}),  # before the category
    ("email", "sales.won", {}, None, 3, {"grouping": 3}),
    ("push", "sales.lead", {}, True, None, {"enabled": True, "enabled_by": "user"}),
    ("email", "sales.won", HERS, None, None, OFF_BY_RULE),
    ("email", "sales.won", HERS, True, None, OFF_BY_RULE),  # her rule before her general switch
    ("email", "sales.won", HERS, True, 3, OFF_BY_RULE | {"grouping": 3}),
    ("push", "sales.won", HERS, None, None, {"grouping": 30}),  # only the grouping changes
    ("push", "sales.won", HERS, False, 3, {"enabled": False, "enabled_by": "user", "grouping": 30}),
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


def test_the_rule_that_applies_to_a_person(ask: Ask) -> None:
    for channel, event, rules, enabled, minutes, changed in RULES:
        defaults = ask("stack_defaults", event, STACK)
        rule = ask("effective_rule", channel, event, rules, enabled, minutes, defaults)
        assert (channel, event, enabled, minutes, rule) == (
            channel,
            event,
            enabled,
            minutes,
            defaults[channel] | changed,
        )


def off(reason: str, rule: str | None = None) -> dict[str, Any]:
    return {"action": "off", "reason": reason} | ({"rule": rule} if rule else {})


def now(reason: str, rule: str = "on") -> dict[str, Any]:
    return {"action": "now", "reason": reason, "rule": rule}


def digest(reason: str, grouping: int | str, rule: str = "on") -> dict[str, Any]:
    return {"action": "digest", "reason": reason, "rule": rule, "grouping": grouping}


def hourly(unread_minutes: int) -> dict[str, Any]:
    return digest("severity_warning", "hourly") | {"only_if_unread_minutes": unread_minutes}


ON = {"enabled": True, "enabled_by": "on", "minimum_severity": "warning", "severity_by": "minimum", "grouping": 5}
OFF = ON | {"enabled": False, "enabled_by": "switch"}
ALL = ON | {"minimum_severity": "info"}
MANDATORY = OFF | {"mandatory": "admin", "minimum_severity": "critical", "only_if_unread_minutes": 10}
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
    (None, "info", MANDATORY, now("mandatory", "category:admin") | {"mandatory": True}),
    (None, "warning", MANDATORY, now("mandatory", "category:admin") | {"mandatory": True}),
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
    (None, "warning", ON | {"grouping": 0}, now("severity_warning")),
    (None, "info", ALL | {"grouping": 0}, now("severity_info", "minimum")),
    (None, "success", ALL | {"grouping": "now"}, now("severity_success", "minimum")),
    (None, "warning", ON | {"grouping": 1440}, digest("severity_warning", 1440)),
    (None, "warning", ON | {"grouping": "hourly"}, hourly(0)),
    (None, "critical", ON | {"grouping": "hourly"}, now("severity_critical")),
    # Only if still unread: the longer of both delays counts.
    (None, "warning", UNREAD, digest("only_if_unread", 10)),
    (None, "warning", UNREAD | {"grouping": 10}, digest("severity_warning", 10)),
    (None, "warning", UNREAD | {"grouping": 15}, digest("severity_warning", 15)),
    (None, "warning", UNREAD | {"grouping": 0}, digest("only_if_unread", 10)),
    (None, "warning", UNREAD | {"grouping": "now"}, digest("only_if_unread", 10)),
    (None, "info", UNREAD | {"minimum_severity": "info"}, digest("only_if_unread", 10, "minimum")),
    # If the next full hour is nearer than 10 minutes, the digest waits one hour more.
    (None, "warning", UNREAD | {"grouping": "hourly"}, hourly(10)),
    (None, "warning", UNREAD | {"grouping": "hourly", "only_if_unread_minutes": 90}, hourly(90)),
    (None, "warning", ON | {"grouping": "hourly", "only_if_unread_minutes": 0}, hourly(0)),
    (None, "warning", UNREAD | {"grouping": 0, "only_if_unread_minutes": 0}, now("severity_warning")),
    (None, "critical", UNREAD, now("severity_critical")),
]  # fmt: skip


def test_each_route(ask: Ask) -> None:
    for off_reason, severity, rule, expected in ROUTES:
        assert (severity, rule, ask("route", off_reason, severity, rule)) == (severity, rule, expected)
