"""The explanations of a notification. Every result that can be stored has a sentence."""

import re
from typing import Any, get_args

import pytest

from carillon.models.story import Digest, Story
from carillon.notifications.explanation import SENTENCES, explain
from tests.support.reasons import digest_kinds, excluded_reasons, routing_reasons

ID = "00000000-0000-7000-8000-000000000001"
NOW, LATER, NEXT_WEEK = "2026-11-24T10:00:00Z", "2026-11-24T10:05:30Z", "2026-12-01T09:00:00+00:00"
OFF = {"action": "off", "reason": "not_configured"}
GROUPED = {"action": "digest", "reason": "severity_warning", "rule": "stack", "leaves_at": LATER}
AT_ONCE = {"action": "now", "reason": "severity_critical", "rule": "user", "leaves_at": NOW}


def story(route: dict[str, Any] = OFF, *, channel: str = "email", **given: Any) -> Story:
    """Return a stored notification, with a delivery if `delivery` has its columns."""
    delivery = given.pop("delivery", None)
    stored = {
        "delivery_id": ID, "channel": channel, "status": "pending", "attempts": 0, "digest": "event", "items": 12,
        "available_at": LATER, "finished_at": None, "error_code": None, "left_out": None, "history": [],
    }  # fmt: skip
    columns = dict.fromkeys(("send_at", "expires_at", "read_at", "archived_at", "retracted_at"))
    return Story.model_validate(
        {
            "notification_id": ID, "severity": "warning", "in_app": True, "asked_at": NOW, **columns,
            "routing": {"email": OFF, "push": OFF, channel: route},
            "deliveries": [] if delivery is None else [stored | delivery], **given,
        }
    )  # fmt: skip


def says(*arguments: Any, channel: str = "email", **given: Any) -> str:
    return getattr(explain(story(*arguments, channel=channel, **given)), channel).explanation


def off(reason: str, rule: str | None = None) -> dict[str, Any]:
    return {"action": "off", "reason": reason, "rule": rule}


@pytest.mark.parametrize(
    ("given", "reason", "words"),
    [
        ({}, "shown", "Shown in the app."),
        ({"read_at": NOW}, "shown", "Shown in the app, and read at 10:00 UTC."),
        ({"send_at": NOW}, "shown", "Shown in the app."),
        ({"send_at": NEXT_WEEK}, "scheduled", "Shown in the app from 2026-12-01 09:00 UTC on (scheduled)."),
        ({"in_app": False}, "disabled", "Not shown in the app: switched off when it was recorded."),
        ({"in_app": False, "send_at": NEXT_WEEK}, "disabled",
         "Not shown in the app: switched off when it was recorded."),
        ({"archived_at": NOW}, "archived", "You archived it at 10:00 UTC: the app shows it in the archive."),
        (
            {"in_app": False, "send_at": NEXT_WEEK, "retracted_at": "2026-11-23T23:59:00Z"},
            "retracted", "Retracted by the producer at 2026-11-23 23:59 UTC: the app no longer shows it.",
        ),
    ],
)  # fmt: skip
def test_the_explanation_for_the_app(given: dict[str, Any], reason: str, words: str) -> None:
    answer = explain(story(**given)).in_app
    assert (answer.reason, answer.explanation) == (reason, words)


@pytest.mark.parametrize(
    ("route", "words"),
    [
        (off("not_configured"), "No email: this stack was not set up to send any."),
        (off("no_address"), "No email: no address was known for you."),
        (off("bounced"), "No email: mail to your address had bounced."),
        (off("complained"), "No email: mail to your address had been reported as unwanted."),
        (off("disabled", "stack"), "No email: the stack's default switches it off."),
        (off("disabled", "category:report"), "No email: the stack's default for report switches it off."),
        (off("disabled", "user"), "No email: your settings switch it off."),
        (off("disabled", "user:invoice"), "No email: your rule for invoice switches it off."),
        (off("disabled"), "No email: a setting switches it off."),
        (off("below_severity", "stack"), "No email: warnings stay in the app, by the stack's default."),
        (off("below_severity", "user:job"), "No email: warnings stay in the app, by your rule for job."),
        (off("expired"), "No email: it would have expired before it could leave."),
        (off("of_a_newer_version"), "Not sent (of_a_newer_version)."),
    ],
)
def test_the_reason_why_nothing_is_sent(route: dict[str, Any], words: str) -> None:
    assert says(route) == words


def test_a_push_has_its_own_words() -> None:
    assert says(off("no_device"), channel="push") == "No push message: you had no registered device."


WAITS = "The email waits in a digest with 11 others and leaves at 10:05 UTC, because"
ALONE = "The email waits in a digest with no others so far and leaves at 10:05 UTC, because"
BY_STACK, BY_ME = "Switched on by the stack's default.", "Switched on by your settings."
TOMORROW = "2026-11-25 00:01 UTC"
SINGLE = {"digest": "single", "items": 1}
SENT = {"status": "sent", "attempts": 1, "finished_at": LATER}
FAILED = {"status": "failed", "attempts": 5, "finished_at": LATER}
SKIPPED = {"status": "skipped", "attempts": 1, "finished_at": LATER}


@pytest.mark.parametrize(
    ("route", "delivery", "words"),
    [
        (GROUPED, {}, f"{WAITS} warnings are grouped. {BY_STACK}"),
        (GROUPED, {"items": 2}, f"{WAITS} warnings are grouped. {BY_STACK}".replace("11 others", "1 other")),
        (
            GROUPED | {"rule": "user:sync"},
            {"items": 1},
            f"{ALONE} warnings are grouped. Switched on by your rule for sync.",
        ),
        ({"action": "digest", "reason": "severity_warning"}, {}, f"{WAITS} warnings are grouped."),
        (
            GROUPED | {"reason": "only_if_unread"},
            {"items": 1},
            f"{ALONE} it is only sent if you have not read it by then. {BY_STACK}",
        ),
        (
            GROUPED | {"reason": "quiet_hours"},
            {"digest": "quiet"},
            f"{WAITS} it waits for the end of your quiet hours. {BY_STACK}",
        ),
        (
            GROUPED | {"reason": "rate_limited"},
            {"digest": "limit"},
            f"{WAITS} more was to leave in one minute than the limit allows. {BY_STACK}",
        ),
        (
            AT_ONCE,
            SINGLE | {"available_at": NOW},
            f"The email is due and about to leave, because it is critical. {BY_ME}",
        ),
        (
            AT_ONCE | {"leaves_at": NEXT_WEEK},
            SINGLE | {"available_at": NEXT_WEEK},
            f"The email leaves at 2026-12-01 09:00 UTC, because it is critical. {BY_ME}",
        ),
        (
            AT_ONCE | {"reason": "severity_warning"},
            SINGLE,
            f"The email leaves at 10:05 UTC, because warnings are sent at once. {BY_ME}",
        ),
        (
            AT_ONCE | {"reason": "mandatory", "rule": "category:security"},
            SINGLE,
            "The email leaves at 10:05 UTC, because security is mandatory and cannot be switched off.",
        ),
        (
            GROUPED,
            {"attempts": 2, "error_code": "no_route", "available_at": "2026-11-25T00:01:00Z"},
            f"The email could not be sent so far (2 attempts, no_route) and is tried again at {TOMORROW}. {BY_STACK}",
        ),
        (
            GROUPED,
            {"status": "sending", "attempts": 1},
            "The email is being sent; the provider has not confirmed it yet.",
        ),
        (
            GROUPED,
            SENT,
            f"Sent at 10:05 UTC together with 11 others, because warnings are grouped. {BY_STACK}",
        ),
        (AT_ONCE, SENT | SINGLE, f"Sent at 10:05 UTC, because it is critical. {BY_ME}"),
        (
            AT_ONCE,
            FAILED | {"error_code": "stuck"},
            "Not sent: given up at 10:05 UTC after 5 attempts (stuck). An operator can send it again.",
        ),
        (
            AT_ONCE,
            FAILED | {"attempts": 1},
            "Not sent: given up at 10:05 UTC after 1 attempt (no reason given). An operator can send it again.",
        ),
        (
            GROUPED,
            SKIPPED | {"error_code": "already_read", "left_out": "read"},
            "Not sent: you had read it in the app before the email left.",
        ),
        (GROUPED, SENT | {"left_out": "archived"}, "Not sent: you had archived it in the app before the email left."),
        (
            GROUPED,
            SKIPPED | {"error_code": "retracted"},
            "Not sent: the producer retracted it before the email left.",
        ),
        (GROUPED, SKIPPED | {"error_code": "of_a_newer_version"}, "Not sent (of_a_newer_version)."),
        (GROUPED, SKIPPED, "Not sent (no reason given)."),
        (GROUPED, None, "The email was to leave at 10:05 UTC, but no delivery is stored."),
    ],
)
def test_the_explanation_of_a_delivery_in_each_state(
    route: dict[str, Any], delivery: dict[str, Any] | None, words: str
) -> None:
    assert says(route, delivery=delivery) == words


@pytest.mark.parametrize(
    ("given", "ending"),
    [
        ({"read_at": NOW}, "You have read it: if that stays so, it is left out."),
        ({"read_at": NOW, "archived_at": NOW}, "You have archived it: if that stays so, it is left out."),
        ({"expires_at": LATER}, "It expires before that, and is then left out."),
        ({"expires_at": NEXT_WEEK}, "Switched on by the stack's default."),
    ],
)
def test_a_pending_delivery_explains_why_it_may_be_skipped(given: dict[str, Any], ending: str) -> None:
    assert says(GROUPED, delivery={}, **given).endswith(f" {ending}")
    sent = says(GROUPED, delivery={"status": "sent", "finished_at": LATER}, **given)
    assert sent.endswith("Switched on by the stack's default.")


def test_a_retracted_notification_is_no_longer_pending() -> None:
    waiting = says(GROUPED, delivery={}, retracted_at=NOW, in_app=False)
    assert waiting == "Not sent: the producer retracted it before the email left."
    sent = says(GROUPED, delivery={"status": "sent", "finished_at": LATER}, retracted_at=NOW, in_app=False)
    assert sent.startswith("Sent at 10:05 UTC")
    failed = says(GROUPED, delivery=FAILED | {"error_code": "stuck"}, retracted_at=NOW, in_app=False)
    assert failed == "Not sent: given up at 10:05 UTC after 5 attempts (stuck)."


def test_every_reason_has_a_sentence() -> None:
    reasons = routing_reasons()
    wanted = {f"off.{reason}" for reason in reasons["off"]}
    wanted |= {f"because.{reason}" for reason in reasons["now"] | reasons["digest"]}
    wanted |= {f"left_out.{reason}" for reason in excluded_reasons()}
    assert wanted == {key for key in SENTENCES if re.match(r"off\.|because\.|left_out\.", key)}


def test_every_kind_of_digest_has_a_name() -> None:
    assert digest_kinds() | {"single"} == set(get_args(Digest))


def test_every_sentence_can_be_filled_in() -> None:
    for reason in excluded_reasons():
        words = says(GROUPED, delivery={"left_out": reason, "status": "skipped", "finished_at": LATER})
        assert re.fullmatch(r"Not sent: [^{}]+\.", words), reason
    for action, reasons in routing_reasons().items():
        for reason in reasons:
            route = {"action": action, "reason": reason}
            words = says(route, delivery=None if action == "off" else {})
            wanted = r"No email: [^{}]+\." if action == "off" else r"The email waits [^{}]+, because [^{}]+\."
            assert re.fullmatch(wanted, words), reason
