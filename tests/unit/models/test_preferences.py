"""The values that preferences may have, and the verified address of a token."""

from typing import Any

import pytest
from pydantic import ValidationError

from carillon.models.channel import CHANNELS
from carillon.models.preferences import NewPreferences, switch_of
from carillon.people.preferences import verified_email
from carillon.problems import explain


@pytest.mark.parametrize("minutes", [0, 1440, None])
def test_digest_minutes_within_the_limits_are_accepted(minutes: int | None) -> None:
    assert NewPreferences.model_validate({"digest_minutes": minutes}).digest_minutes == minutes


@pytest.mark.parametrize("minutes", [-1, 1441, "5", 5.5, True])
def test_digest_minutes_beyond_the_limits_are_refused(minutes: object) -> None:
    with pytest.raises(ValidationError):
        NewPreferences.model_validate({"digest_minutes": minutes})


@pytest.mark.parametrize("field", ["in_app_enabled", "email_enabled", "push_enabled"])
@pytest.mark.parametrize("value", ["true", 1, 0, "no", []])
def test_a_switch_must_be_true_or_false(field: str, value: object) -> None:
    with pytest.raises(ValidationError):
        NewPreferences.model_validate({field: value})


def test_camel_case_is_accepted_and_unknown_names_are_refused() -> None:
    new = NewPreferences.model_validate(
        {
            "inAppEnabled": False, "emailEnabled": True, "pushEnabled": False, "digestMinutes": 7,
            "quietHours": {"from": "22:00", "to": "07:00"},
            "rules": {"invoice": {"email": {"minimumSeverity": "info"}}},
        }
    )  # fmt: skip
    unchosen = dict.fromkeys(map(switch_of, CHANNELS))
    assert new.model_dump() == unchosen | {
        "in_app_enabled": False, "email_enabled": True, "push_enabled": False, "digest_minutes": 7,
        "quiet_hours": {"from": "22:00", "to": "07:00"}, "rules": {"invoice": {"email": {"minimum_severity": "info"}}},
        "timezone": None, "timezone_known": None, "by_default": None,
    }  # fmt: skip
    with pytest.raises(ValidationError):
        NewPreferences.model_validate({"email": True})


def test_a_rule_keeps_its_values_and_an_empty_rule_is_dropped() -> None:
    rules = {
        "invoice": {"email": {"enabled": False, "grouping": None}, "push": {}},
        "job": {"email": {}, "push": None},
        "sync": {},
        "link": None,
        "invoice.paid": {"push": {"minimum_severity": "critical", "grouping": 1440}},
    }
    assert NewPreferences.model_validate({"rules": rules}).rules_said() == {
        "invoice": {"email": {"enabled": False}},
        "invoice.paid": {"push": {"minimum_severity": "critical", "grouping": 1440}},
    }
    assert NewPreferences().rules_said() == {}


GROUPING = "must be now, hourly, or a whole number of minutes from 1 to 1440"


@pytest.mark.parametrize(
    ("given", "field", "message"),
    [
        ({"rules": {"Invoice": {}}}, "rules.Invoice", "must be lower-case words"),
        ({"rules": {"invoice.": {}}}, "rules.invoice.", "must be lower-case words"),
        ({"rules": {"": {}}}, "rules.", "must not be empty"),
        ({"rules": {"a" * 101: {}}}, "rules." + "a" * 99 + "…", "must have at most 100 characters"),
        (
            {"by_default": ["digest_minutes"] * (len(CHANNELS) + 3)},
            "by_default",
            f"must have at most {len(CHANNELS) + 2} entries",
        ),
        ({"by_default": [1] * 20_000}, "by_default", f"must have at most {len(CHANNELS) + 2} entries"),
        ({f"a{number}": 1 for number in range(200)}, "request", "must have at most 100 fields"),
        ({"rules": []}, "rules", "must be a JSON object"),
        ({"rules": {"invoice": False}}, "rules.invoice", "must be a JSON object"),
        ({"rules": {"invoice": {"email": False}}}, "rules.invoice.email", "must be a JSON object"),
        ({"rules": {"invoice": {"fax": {}}}}, "rules.invoice.fax", "is not a field"),
        ({"rules": {"invoice": {"email": {"severity": "info"}}}}, "rules.invoice.email.severity", "is not a field"),
        ({"rules": {"invoice": {"email": {"enabled": "no"}}}}, "rules.invoice.email.enabled", "must be true or false"),
        (
            {"rules": {"body": {"push": {"minimum_severity": "low"}}}},
            "rules.body.push.minimum_severity",
            "must be 'inf",
        ),
        ({"rules": {"invoice": {"push": {"grouping": 0}}}}, "rules.invoice.push.grouping", GROUPING),
        ({"rules": {"invoice": {"push": {"grouping": 1441}}}}, "rules.invoice.push.grouping", GROUPING),
        ({"rules": {"invoice": {"push": {"grouping": True}}}}, "rules.invoice.push.grouping", GROUPING),
        ({"rules": {"invoice": {"push": {"grouping": "10"}}}}, "rules.invoice.push.grouping", GROUPING),
        ({"rules": {f"a{number}": {} for number in range(201)}}, "rules", "must have at most 200 entries"),
        ({"quiet_hours": "22:00"}, "quiet_hours", "must be a JSON object"),
        ({"quiet_hours": {"from": "22:00"}}, "quiet_hours.to", "is required"),
        ({"quiet_hours": {"from": "22:00", "to": "7:00"}}, "quiet_hours.to", "must be a time of day like 22:00"),
        ({"quiet_hours": {"from": "24:00", "to": "07:00"}}, "quiet_hours.from", "must be a time of day like 22:00"),
        ({"quiet_hours": {"from": "22:00:30", "to": "07:00"}}, "quiet_hours.from", "must be a time of day"),
        ({"quiet_hours": {"from": "22:60", "to": "07:00"}}, "quiet_hours.from", "must be a time of day"),
        ({"quiet_hours": {"from": 22, "to": "07:00"}}, "quiet_hours.from", "must be text"),
        ({"quiet_hours": {"from": "07:00", "to": "07:00"}}, "quiet_hours", "from and to must differ"),
        ({"quiet_hours": {"from": "22:00", "to": "07:00", "zone": "UTC"}}, "quiet_hours.zone", "is not a field"),
    ],
)
def test_an_error_has_the_path_of_the_field(given: object, field: str, message: str) -> None:
    with pytest.raises(ValidationError) as refused:
        NewPreferences.model_validate(given)
    [problem] = [explain(problem) for problem in refused.value.errors()]
    assert problem["field"] == field
    assert problem["message"].startswith(message)


def test_two_hundred_rules_are_accepted() -> None:
    rules = {f"a{number}": {"email": {"enabled": True}} for number in range(200)}
    assert len(NewPreferences.model_validate({"rules": rules}).rules_said()) == 200


@pytest.mark.parametrize("verified", [True, "true"])
def test_a_verified_address_is_used(verified: object) -> None:
    assert verified_email({"email": "alice@example.com", "email_verified": verified}) == "alice@example.com"


@pytest.mark.parametrize(
    "claims",
    [
        {"email": "alice@example.com"},
        {"email": "alice@example.com", "email_verified": False},
        {"email": "alice@example.com", "email_verified": "false"},
        {"email": "alice@example.com", "email_verified": "True "},
        {"email": "alice@example.com", "email_verified": 1.5},
        {"email_verified": "true"},
        {"email": "", "email_verified": "true"},
        {"email": "alice@example.com\nBcc: bob@example.com", "email_verified": "true"},
        {"email": ["alice@example.com"], "email_verified": "true"},
    ],
)
def test_any_other_address_is_ignored(claims: dict[str, Any]) -> None:
    assert verified_email(claims) is None
