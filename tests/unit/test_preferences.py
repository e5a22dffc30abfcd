"""What may be chosen, and which address a token proves."""

from typing import Any

import pytest
from pydantic import ValidationError

from carillon.models.preferences import NewPreferences
from carillon.preferences import verified_email


@pytest.mark.parametrize("minutes", [0, 1440, None])
def test_digest_minutes_within_the_limits(minutes: int | None) -> None:
    assert NewPreferences.model_validate({"digest_minutes": minutes}).digest_minutes == minutes


@pytest.mark.parametrize("minutes", [-1, 1441, "5", 5.5, True])
def test_digest_minutes_beyond_them(minutes: object) -> None:
    with pytest.raises(ValidationError):
        NewPreferences.model_validate({"digest_minutes": minutes})


@pytest.mark.parametrize("field", ["in_app_enabled", "email_enabled", "push_enabled"])
@pytest.mark.parametrize("value", ["true", 1, 0, "no", []])
def test_a_switch_is_true_or_false_and_nothing_like_it(field: str, value: object) -> None:
    with pytest.raises(ValidationError):
        NewPreferences.model_validate({field: value})


def test_camel_case_is_taken_and_unknown_names_are_refused() -> None:
    new = NewPreferences.model_validate(
        {"inAppEnabled": False, "emailEnabled": True, "pushEnabled": False, "digestMinutes": 7}
    )
    assert new.model_dump() == {
        "in_app_enabled": False, "email_enabled": True, "push_enabled": False, "digest_minutes": 7,
    }  # fmt: skip
    with pytest.raises(ValidationError):
        NewPreferences.model_validate({"email": True})


@pytest.mark.parametrize("verified", [True, "true"])
def test_a_verified_address_is_taken(verified: object) -> None:
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
def test_any_other_is_not(claims: dict[str, Any]) -> None:
    assert verified_email(claims) is None
