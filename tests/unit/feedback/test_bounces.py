"""The verdict of a bounce on its address: the recipient's status comes before the label of SES."""

from typing import Any

import pytest

from carillon.feedback.bounces import is_final
from carillon.models.provider_event import Bounce


def bounce(label: str, sub_type: str | None = "General", **recipient: Any) -> Bounce:
    return Bounce.model_validate({
        "bounceType": label, "bounceSubType": sub_type, "bouncedRecipients": [recipient],
        "timestamp": "2026-11-24T10:05:23Z",
    })  # fmt: skip


@pytest.mark.parametrize(
    "answer",
    [
        {"status": "5.1.1", "diagnosticCode": "smtp; 550 5.1.1 <alice@example.com> does not exist"},
        {"status": "5.1.1"},
        {"status": " 5.1.2 "},
        {"status": "5.1.1 (bad destination mailbox address)"},
        {"status": "550 5.1.1"},
        {"diagnosticCode": "smtp; 550 5.1.1 user unknown"},
        {"diagnosticCode": "smtp; 550-5.1.1 The email account does not exist.\r\n550 5.1.1 Learn more"},
        {"diagnosticCode": "smtp; 556 5.1.10 null MX"},
        {"status": "5.0.0", "diagnosticCode": "smtp; 550 #5.1.1 no such user"},
        {"smtpResponse": "550 5.1.3 bad syntax"},
        {"status": "", "diagnosticCode": "", "smtpResponse": "550 5.1.6 moved"},
    ],
)
@pytest.mark.parametrize("label", ["Permanent", "Transient", "Undetermined"])
def test_an_address_that_does_not_exist_is_dead_whatever_the_label(label: str, answer: dict[str, str]) -> None:
    assert is_final(bounce(label, **answer))


@pytest.mark.parametrize(
    "answer",
    [
        {"status": "4.4.7", "diagnosticCode": "smtp; 550 4.4.7 Message expired"},
        {"status": "5.2.2", "diagnosticCode": "smtp; 552 5.2.2 mailbox is full"},
        {"diagnosticCode": "smtp; 452 4.2.2 over quota"},
        {"status": "5.3.4"},
        {"status": "4.2.2 (mailbox full)"},
        {"status": "5.6.1"},
    ],
)
@pytest.mark.parametrize("label", ["Permanent", "Transient", "Undetermined"])
def test_an_address_that_may_work_later_is_not_dead(label: str, answer: dict[str, str]) -> None:
    assert not is_final(bounce(label, **answer))


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"status": "5.0.0"},
        {"status": "5.7.1"},
        {"status": "5.1.8"},  # about the sender
        {"status": "5.1.11"},
        {"status": "5.1.1.1"},
        {"status": "5.\u0661.1"},
        {"diagnosticCode": "smtp; 550 rejected by 5.1.1.7"},
        {"diagnosticCode": "smtp; 550 5.1.1.7 is on a list"},
    ],
)
@pytest.mark.parametrize(("label", "final"), [("Permanent", True), ("Transient", False), ("Undetermined", False)])
def test_without_a_clear_status_the_label_decides(label: str, answer: dict[str, str], final: bool) -> None:
    assert is_final(bounce(label, **answer)) == final


@pytest.mark.parametrize("sub_type", ["Suppressed", "OnAccountSuppressionList"])
def test_an_address_on_a_list_of_ses_is_dead(sub_type: str) -> None:
    assert is_final(bounce("Permanent", sub_type, status="4.4.7"))


def test_the_answer_of_the_server_may_stand_beside_the_recipients() -> None:
    made = bounce("Transient").model_copy(update={"smtp_response": "550 5.1.1 unknown"})
    assert is_final(made)
