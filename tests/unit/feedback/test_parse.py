"""From a provider's words to ours: every recorded event, and what is none."""

import json
from typing import Any
from uuid import UUID

import pytest

from carillon.feedback.parse import NotAnEvent, parse_event
from carillon.models.provider_event import Ignored, ProviderEvent
from tests.support.provider_events import EMAIL_EVENTS, PUSH_FAILURE, TOPIC, body, envelope, recorded

DELIVERY = UUID("0199c1f0-0000-7000-8000-00000000d001")
KINDS = {
    "provider-send": "accepted",
    "provider-delivery": "delivered",
    "provider-delivery-delay": "delayed",
    "provider-bounce-permanent": "bounced",
    "provider-bounce-transient": "soft_bounced",
    "provider-complaint-abuse": "complained",
    "provider-complaint-not-spam": "delivered",
    "provider-reject": "rejected",
}


def understood(text: str) -> ProviderEvent:
    event = parse_event(text, TOPIC)
    assert isinstance(event, ProviderEvent), event
    return event


def changed(name: str, **parts: Any) -> str:
    """A recorded event with some of its parts' values changed: `bounce={"bounceType": "Undetermined"}`."""
    told = recorded(name)
    for part, values in parts.items():
        told[part] = told[part] | values if isinstance(values, dict) else values
    return body(told)


@pytest.mark.parametrize("name", EMAIL_EVENTS)
def test_every_recorded_event_of_an_email_is_understood(name: str) -> None:
    event = understood(json.dumps(envelope(name)))

    assert (event.channel, event.kind, event.delivery_id, event.claim_no) == ("email", KINDS[name], DELIVERY, 1)
    assert event.message_id.startswith("0107019ab8d1f3a2-")
    # Only what is of the address itself names it.
    assert event.addresses == (["alice@example.com"] if event.kind in ("bounced", "complained") else [])
    assert "alice" not in (event.detail or "")
    assert event.counts


def test_the_time_is_that_of_the_event_and_of_one_form() -> None:
    bounced = understood(json.dumps(envelope("provider-bounce-permanent")))
    assert bounced.for_sql(0)["at"] == "2026-11-24T10:05:23.741Z"
    sent = understood(changed("provider-send", mail={"timestamp": "2026-11-24T12:05:21+02:00"}))
    assert sent.for_sql(0)["at"] == "2026-11-24T10:05:21.000Z"


def test_a_bounce_says_why_without_the_address() -> None:
    assert understood(json.dumps(envelope("provider-bounce-permanent"))).detail == (
        "permanent/general smtp; 550 5.1.1 [address] Recipient address rejected: User unknown"
    )


@pytest.mark.parametrize("kind", ["Transient", "Undetermined"])
def test_what_may_get_through_later_suppresses_nothing(kind: str) -> None:
    event = understood(changed("provider-bounce-permanent", bounce={"bounceType": kind}))
    assert (event.kind, event.addresses) == ("soft_bounced", [])


def test_what_ses_did_not_even_try_does_not_count_against_a_producer() -> None:
    bounced = changed("provider-bounce-permanent", bounce={"bounceSubType": "OnAccountSuppressionList"})
    complained = changed("provider-complaint-abuse", complaint={"complaintSubType": "OnAccountSuppressionList"})
    for text in (bounced, complained):
        event = understood(text)
        assert (event.counts, event.addresses) == (False, ["alice@example.com"])


@pytest.mark.parametrize(
    ("feedback_type", "kind"),
    [("abuse", "complained"), ("fraud", "complained"), ("virus", "complained"), ("other", "complained"),
     ("auth-failure", "complained"), (None, "complained"), ("not-spam", "delivered")],
)  # fmt: skip
def test_every_type_of_feedback_but_one_is_a_complaint(feedback_type: str | None, kind: str) -> None:
    assert understood(changed("provider-complaint-abuse", complaint={"complaintFeedbackType": feedback_type})).kind == (
        kind
    )


@pytest.mark.parametrize(
    ("failure_type", "gone"),
    [("InvalidPlatformToken", True), ("EndpointDisabled", True), ("InternalError", False), ("Throttled", False)],
)
def test_a_push_failure_names_the_device_that_is_gone(failure_type: str, gone: bool) -> None:
    told = recorded(PUSH_FAILURE) | {"FailureType": failure_type}
    event = understood(body(told))
    assert (event.channel, event.kind, event.delivery_id) == ("push", "undelivered", None)
    assert event.endpoint_arn == (told["EndpointArn"] if gone else None)
    assert "arn:" not in (event.detail or "")


@pytest.mark.parametrize("event_type", ["Open", "Click", "Subscription", "Rendering Failure", "Something new"])
def test_what_tells_nothing_of_a_delivery_is_ignored(event_type: str) -> None:
    assert isinstance(parse_event(changed("provider-send", eventType=event_type), TOPIC), Ignored)


@pytest.mark.parametrize(
    "tags",
    [{}, {"delivery_id": ["x"], "claim_no": ["1"]}, {"delivery_id": [str(DELIVERY)]},
     {"delivery_id": [], "claim_no": []}, {"delivery_id": [str(DELIVERY)], "claim_no": ["one"]}],
)  # fmt: skip
def test_an_email_that_is_not_ours_is_ignored(tags: dict[str, list[str]]) -> None:
    told = recorded("provider-send")
    told["mail"]["tags"] = tags
    assert parse_event(body(told), TOPIC) == Ignored(why="not about an email of ours")


@pytest.mark.parametrize("kind", ["SubscriptionConfirmation", "UnsubscribeConfirmation"])
def test_what_the_topic_says_of_itself_is_ignored(kind: str) -> None:
    assert isinstance(parse_event(json.dumps(envelope("provider-send") | {"Type": kind}), TOPIC), Ignored)


def test_an_event_of_another_topic_is_none() -> None:
    for topic in (TOPIC + "-2", "", None):
        with pytest.raises(NotAnEvent, match="not from our topic"):
            parse_event(json.dumps(envelope("provider-send") | {"TopicArn": topic}), TOPIC)


@pytest.mark.parametrize(
    "text",
    ["", "null", "[]", "{}", "not JSON", '{"Type": "Notification"}', "[" * 100_000,
     json.dumps(envelope("provider-send") | {"Message": "not JSON"}),
     json.dumps(envelope("provider-send") | {"Message": {"eventType": "Send"}}),
     changed("provider-send", mail={"timestamp": "yesterday"}),
     changed("provider-send", mail={"messageId": "with a\nline"}),
     changed("provider-send", mail={"messageId": ""}),
     changed("provider-bounce-permanent", mail={"destination": ["alice\x00@example.com"]}),
     changed("provider-bounce-permanent", bounce={"bounceType": None})],
)  # fmt: skip
def test_what_cannot_be_understood_is_said_without_quoting_it(text: str) -> None:
    with pytest.raises(NotAnEvent) as told:
        parse_event(text, TOPIC)
    assert "alice" not in str(told.value)
    assert "\n" not in str(told.value)


@pytest.mark.parametrize("claim_no", ["0", "-1", str(2**31), "9" * 5000])
def test_a_claim_that_cannot_be_is_no_event(claim_no: str) -> None:
    told = recorded("provider-send")
    told["mail"]["tags"]["claim_no"] = [claim_no]
    try:
        assert isinstance(parse_event(body(told), TOPIC), Ignored)
    except NotAnEvent:
        return
