"""The stack's rule for each event and channel, as settings and declared categories make it."""

import json
from typing import Any, cast

import pytest

from carillon.categories import read_categories
from carillon.models.channel import CHANNELS, Channel
from carillon.settings import RecipientsSettings
from carillon.settings.routing import OTHER, RoutingSettings
from tests.support.settings import with_categories, with_values

NEEDED = {"DATABASE_URL": "postgresql://db/carillon", "QUEUE_URL": "https://queue"}
CATEGORIES: dict[str, dict[str, Any]] = {
    "sales": {"default": {"email": {"enabled": True, "minimum_severity": "info", "grouping": "hourly"}}},
    "sales.lead": {"default": {"email": {"minimum_severity": "critical"}, "push": {"enabled": False}}},
    "chat": {"only_if_unread_minutes": 10},
    "chat.mention": {"only_if_unread_minutes": 3, "default": {"push": {"grouping": "now"}}},
    "admin": {"mandatory": ["email"]},
    "admin.note": {"mandatory": []},
    "admin.note.law": {"mandatory": ["push"]},
    "admin.role": {"default": {"email": {"enabled": False}}},
}
BY_STACK = {
    "category": "", "set_up": True, "minimum_severity": "warning", "severity_by": "stack",
    "grouping": "7", "only_if_unread_minutes": None, "mandatory_by": None,
}  # fmt: skip
EMAIL = BY_STACK | {"channel": "email", "enabled": False, "enabled_by": "stack:default_email", "per_minute": 3}
PUSH = BY_STACK | {
    "channel": "push", "enabled": True, "enabled_by": "stack:default_push", "set_up": False, "per_minute": 4,
}  # fmt: skip
SALES = {
    "category": "sales", "enabled": True, "enabled_by": "category:sales", "minimum_severity": "info",
    "severity_by": "category:sales", "grouping": "hourly",
}  # fmt: skip
LEAD = {"category": "sales.lead", "minimum_severity": "critical", "severity_by": "category:sales.lead"}
NO_LEAD = {"category": "sales.lead", "enabled": False, "enabled_by": "category:sales.lead"}

# event → what differs from the settings for email and for push
RULES: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("job.failed", {}, {}),
    ("sales.won", SALES, {"category": "sales"}),
    ("sales", SALES, {"category": "sales"}),
    ("sales_team.won", {}, {}),  # whole words only
    ("sales.lead.new", SALES | LEAD, NO_LEAD),  # each part from the most specific category that has it
    ("team.sales", {}, {}),
    *(
        (event, {"category": category, "only_if_unread_minutes": minutes}, {
            "category": category, "only_if_unread_minutes": minutes,
        } | push)
        for event, category, minutes, push in (
            ("chat.reply", "chat", 10, {}), ("chat.mention", "chat.mention", 3, {"grouping": "now"}),
        )
    ),
    ("admin.key_made", {"category": "admin", "mandatory_by": "admin"}, {"category": "admin"}),
    ("admin.note", {"category": "admin.note"}, {"category": "admin.note"}),
    ("admin.note.law", {"category": "admin.note.law"}, {
        "category": "admin.note.law", "mandatory_by": "admin.note.law",
    }),
    ("admin.role", {"category": "admin.role", "mandatory_by": "admin", "enabled_by": "category:admin.role"}, {
        "category": "admin.role",
    }),
]  # fmt: skip


@pytest.fixture
def settings() -> RoutingSettings:
    """Settings that differ from their defaults, so that a mix-up fails the test."""
    values = RoutingSettings(
        email_from="a@example.com", default_email="off", default_push_enabled=True, default_digest_minutes=7,
        email_per_minute=3, push_per_minute=4,
    )  # fmt: skip
    return with_categories(values, CATEGORIES)


def rules(for_sql: str) -> list[dict[str, Any]]:
    return json.loads(for_sql)["rules"]


def complete(rule: dict[str, Any]) -> dict[str, Any]:
    """Return a rule with the same minimum severity for a person who switched the channel on."""
    return {"chosen_severity": rule["minimum_severity"], "chosen_severity_by": rule["severity_by"]} | rule


@pytest.mark.parametrize(("event", "email", "push"), RULES, ids=[rule[0] for rule in RULES])
def test_the_stacks_rules_for_an_event(
    settings: RoutingSettings, event: str, email: dict[str, Any], push: dict[str, Any]
) -> None:
    assert rules(settings.for_event(event))[:2] == [complete(EMAIL | email), complete(PUSH | push)]


def test_the_rules_for_all_events_are_those_of_each_category_and_of_all_other_events(settings: RoutingSettings) -> None:
    listed = rules(settings.for_all_events)
    assert [(rule["category"], rule["channel"]) for rule in listed] == [
        (category, channel) for category in (OTHER, *CATEGORIES) for channel in CHANNELS
    ]
    for event, *_ in RULES:
        for rule in rules(settings.for_event(event)):
            assert rule in listed


def test_the_rules_of_a_category_are_computed_once(settings: RoutingSettings) -> None:
    assert settings.for_event("sales.won") is settings.for_event("sales.lost")
    assert settings.for_event("job.failed") is settings.for_event("any.other")
    assert settings.for_all_events is settings.for_all_events


@pytest.mark.parametrize("channel", CHANNELS)
def test_a_channel_is_mandatory_in_routing_where_a_put_refuses_a_rule(
    settings: RoutingSettings, channel: Channel
) -> None:
    names = (*CATEGORIES, "admin.x", "admin.note.x", "admin.note.law.x.y", "adm", "admin.notes", "sales.x", "other")
    for name in names:
        [rule] = [each for each in rules(settings.for_event(name)) if each["channel"] == channel]
        assert (name, rule["mandatory_by"]) == (name, settings.categories.mandatory_by(name, channel))


@pytest.mark.parametrize("default", [0, 5, 1440])
def test_the_default_grouping_is_a_number_of_minutes(settings: RoutingSettings, default: int) -> None:
    changed = with_values(settings, default_digest_minutes=default)
    assert rules(changed.for_event("job.failed"))[0]["grouping"] == str(default)


def test_routing_gets_all_its_settings() -> None:
    """Each value differs from its default, so that a mix-up fails the test."""
    settings = RecipientsSettings.load(
        NEEDED | {
            "EMAIL_FROM": "a@example.com", "DEFAULT_IN_APP_ENABLED": "false", "DEFAULT_EMAIL": "all",
            "DEFAULT_PUSH_ENABLED": "true", "DEFAULT_DIGEST_MINUTES": "7", "DEFAULT_TIMEZONE": "Asia/Tokyo",
            "EMAIL_PER_MINUTE": "3", "PUSH_PER_MINUTE": "4",
        }
    )  # fmt: skip
    for for_sql in (settings.for_event("any.event"), settings.for_all_events):
        given = cast("dict[str, Any]", json.loads(for_sql))
        assert {name: value for name, value in given.items() if name != "rules"} == {
            "in_app_enabled": False, "timezone": "Asia/Tokyo",
        }  # fmt: skip
        assert given["rules"][:2] == [complete(EMAIL | {"enabled": True}), complete(PUSH)]


def test_the_shipped_categories_decide() -> None:
    settings = with_values(RoutingSettings(), email_from="a@example.com")
    assert settings.categories.names == read_categories().names
    [email, push] = rules(settings.for_event("security.key_made"))[:2]
    assert (email["mandatory_by"], push["mandatory_by"]) == ("security", None)
    for rule in rules(settings.for_event("mention.created"))[:2]:
        assert (rule["chosen_severity"], rule["chosen_severity_by"]) == ("info", "category:mention")
        assert rule["only_if_unread_minutes"] == 10
    [email, push] = rules(settings.for_event("comment.added"))[:2]
    assert (email["grouping"], email["chosen_severity"], push["grouping"]) == ("10", "info", "5")


@pytest.mark.parametrize(
    ("default", "enabled", "minimum", "by"),
    [("off", False, "warning", "stack"), ("critical", True, "critical", "stack:default_email"),
     ("all", True, "warning", "stack")],
)  # fmt: skip
def test_the_default_of_email_is_for_people_who_never_chose(
    settings: RoutingSettings, default: str, enabled: bool, minimum: str, by: str
) -> None:
    changed = with_values(settings, default_email=default)
    expected = {
        "enabled": enabled, "enabled_by": "stack:default_email", "minimum_severity": minimum, "severity_by": by,
        "chosen_severity": "warning", "chosen_severity_by": "stack",
    }  # fmt: skip
    assert rules(changed.for_event("job.failed"))[:2] == [EMAIL | expected, complete(PUSH)]
    assert changed.default_email_enabled is enabled


def test_a_category_that_switches_email_on_decides_its_severity_too(settings: RoutingSettings) -> None:
    changed = with_values(settings, default_email="critical")
    [won, lead, quiet] = (rules(changed.for_event(event))[0] for event in ("sales.won", "sales.lead.x", "admin.role"))
    assert (won["enabled"], won["minimum_severity"], won["severity_by"]) == (True, "info", "category:sales")
    assert (lead["minimum_severity"], lead["severity_by"]) == ("critical", "category:sales.lead")
    assert (quiet["enabled"], quiet["enabled_by"]) == (False, "category:admin.role")


@pytest.mark.parametrize(
    ("given", "expected"),
    [({}, "critical"), ({"DEFAULT_EMAIL_ENABLED": "false"}, "off"), ({"DEFAULT_EMAIL_ENABLED": "true"}, "all"),
     ({"DEFAULT_EMAIL_ENABLED": "false", "DEFAULT_EMAIL": "critical"}, "critical")],
)  # fmt: skip
def test_the_switch_of_earlier_releases_keeps_its_meaning(given: dict[str, str], expected: str) -> None:
    assert RecipientsSettings.load(NEEDED | given).default_email == expected


def test_another_default_of_email_is_refused() -> None:
    for given in ({"DEFAULT_EMAIL": "some"}, {"DEFAULT_EMAIL_ENABLED": "perhaps"}):
        with pytest.raises(ValueError, match="default_email"):
            RecipientsSettings.load(NEEDED | given)
