"""The provider event parser: every recorded event, and messages that are no event."""

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


def parsed(text: str) -> ProviderEvent:
    event = parse_event(text, TOPIC)
    assert isinstance(event, ProviderEvent), event
    return event


def changed(name: str, **parts: Any) -> str:
    """Return a recorded event with changed values, such as `bounce={"bounceType": "Undetermined"}`."""
    event_data = recorded(name)
    for part, values in parts.items():
        event_data[part] = event_data[part] | values if isinstance(values, dict) else values
    return body(event_data)


@pytest.mark.parametrize("name", EMAIL_EVENTS)
def test_every_recorded_event_of_an_email_is_parsed(name: str) -> None:
    event = parsed(json.dumps(envelope(name)))

    assert (event.channel, event.kind, event.delivery_id, event.claim_no) == ("email", KINDS[name], DELIVERY, 1)
    assert event.message_id.startswith("0107019ab8d1f3a2-")
    # Only an event about the address itself names the address.
    assert event.addresses == (["alice@example.com"] if event.kind in ("bounced", "complained") else [])
    assert "alice" not in (event.detail or "")
    assert event.counts


def test_the_time_is_that_of_the_event_in_utc() -> None:
    bounced = parsed(json.dumps(envelope("provider-bounce-permanent")))
    assert bounced.for_sql(0)["at"] == "2026-11-24T10:05:23.741Z"
    sent = parsed(changed("provider-send", mail={"timestamp": "2026-11-24T12:05:21+02:00"}))
    assert sent.for_sql(0)["at"] == "2026-11-24T10:05:21.000Z"


def test_a_bounce_keeps_its_reason_without_the_address() -> None:
    assert parsed(json.dumps(envelope("provider-bounce-permanent"))).detail == (
        "permanent/general smtp; 550 5.1.1 [address] Recipient address rejected: User unknown"
    )


@pytest.mark.parametrize("kind", ["Transient", "Undetermined"])
def test_a_bounce_that_may_be_temporary_suppresses_no_address(kind: str) -> None:
    event = parsed(changed("provider-bounce-permanent", bounce={"bounceType": kind}))
    assert (event.kind, event.addresses) == ("soft_bounced", [])


def test_an_email_that_ses_did_not_try_to_send_does_not_count_against_the_producer() -> None:
    bounced = changed("provider-bounce-permanent", bounce={"bounceSubType": "OnAccountSuppressionList"})
    complained = changed("provider-complaint-abuse", complaint={"complaintSubType": "OnAccountSuppressionList"})
    for text in (bounced, complained):
        event = parsed(text)
        assert (event.counts, event.addresses) == (False, ["alice@example.com"])


@pytest.mark.parametrize(
    ("feedback_type", "kind"),
    [("abuse", "complained"), ("fraud", "complained"), ("virus", "complained"), ("other", "complained"),
     ("auth-failure", "complained"), (None, "complained"), ("not-spam", "delivered")],
)  # fmt: skip
def test_every_feedback_type_except_not_spam_is_a_complaint(feedback_type: str | None, kind: str) -> None:
    assert parsed(changed("provider-complaint-abuse", complaint={"complaintFeedbackType": feedback_type})).kind == (
        kind
    )


@pytest.mark.parametrize(
    ("failure_type", "gone"),
    [("InvalidPlatformToken", True), ("EndpointDisabled", True), ("InternalError", False), ("Throttled", False)],
)
def test_a_push_failure_names_the_device_that_is_gone(failure_type: str, gone: bool) -> None:
    event_data = recorded(PUSH_FAILURE) | {"FailureType": failure_type}
    event = parsed(body(event_data))
    assert (event.channel, event.kind, event.delivery_id) == ("push", "undelivered", None)
    assert event.endpoint_arn == (event_data["EndpointArn"] if gone else None)
    assert "arn:" not in (event.detail or "")


@pytest.mark.parametrize("event_type", ["Open", "Click", "Subscription", "Rendering Failure", "Something new"])
def test_events_of_other_types_are_ignored(event_type: str) -> None:
    assert isinstance(parse_event(changed("provider-send", eventType=event_type), TOPIC), Ignored)


@pytest.mark.parametrize(
    "tags",
    [{}, {"delivery_id": ["x"], "claim_no": ["1"]}, {"delivery_id": [str(DELIVERY)]},
     {"delivery_id": [], "claim_no": []}, {"delivery_id": [str(DELIVERY)], "claim_no": ["one"]}],
)  # fmt: skip
def test_an_event_without_valid_tags_of_carillon_is_ignored(tags: dict[str, list[str]]) -> None:
    event_data = recorded("provider-send")
    event_data["mail"]["tags"] = tags
    assert parse_event(body(event_data), TOPIC) == Ignored(why="not about an email of ours")


@pytest.mark.parametrize("kind", ["SubscriptionConfirmation", "UnsubscribeConfirmation"])
def test_a_message_about_the_subscription_is_ignored(kind: str) -> None:
    assert isinstance(parse_event(json.dumps(envelope("provider-send") | {"Type": kind}), TOPIC), Ignored)


def test_a_message_of_another_topic_is_refused() -> None:
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
def test_the_error_does_not_quote_an_unreadable_message(text: str) -> None:
    with pytest.raises(NotAnEvent) as refused:
        parse_event(text, TOPIC)
    assert "alice" not in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("claim_no", ["0", "-1", str(2**31), "9" * 5000])
def test_an_impossible_claim_number_is_no_event(claim_no: str) -> None:
    event_data = recorded("provider-send")
    event_data["mail"]["tags"]["claim_no"] = [claim_no]
    try:
        assert isinstance(parse_event(body(event_data), TOPIC), Ignored)
    except NotAnEvent:
        return
