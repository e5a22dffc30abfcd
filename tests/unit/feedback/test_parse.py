"""The provider event parser: every recorded event, and messages that are no event."""

import json
from typing import Any
from uuid import UUID

import pytest

from carillon.channels.errors import snake_case
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
    says_something = event.kind in ("delivered", "soft_bounced", "bounced", "complained")
    assert event.addresses == (["alice@example.com"] if says_something else [])
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
    [("InvalidPlatformToken", True), ("EndpointDisabled", True), ("EndpointNotFound", True), ("Unregistered", True),
     ("ExpiredToken", True), ("NOT_REGISTERED", True), ("InternalError", False), ("Throttled", False),
     ("InvalidTokenFormat", False)],
)  # fmt: skip
def test_a_push_failure_names_the_device_that_is_gone(failure_type: str, gone: bool) -> None:
    event_data = recorded(PUSH_FAILURE) | {"FailureType": failure_type}
    event = parsed(body(event_data))
    assert (event.channel, event.kind, event.delivery_id) == ("push", "undelivered", None)
    assert event.endpoint_arn == (event_data["EndpointArn"] if gone else None)
    assert "arn:" not in (event.detail or "")


CREDENTIALS = [
    "ExpiredProviderToken", "InvalidProviderToken", "BadCertificate", "BadCertificateEnvironment", "TopicDisallowed",
    "MissingTopic", "BadTopic", "THIRD_PARTY_AUTH_ERROR", "InvalidCredentials", "PlatformApplicationDisabled",
]  # fmt: skip
AMBIGUOUS = ["BadDeviceToken", "DeviceTokenNotForTopic", "SENDER_ID_MISMATCH", "MismatchSenderId"]


@pytest.mark.parametrize("word", CREDENTIALS)
def test_a_fault_of_the_credentials_is_not_that_of_the_device(word: str) -> None:
    for failure in ({"FailureType": word}, {"FailureMessage": f'APNs: {{"reason": "{word}"}}'}):
        event = parsed(body(recorded(PUSH_FAILURE) | failure))
        assert event.fault == snake_case(word)
        assert event.endpoint_arn is None


@pytest.mark.parametrize("word", AMBIGUOUS)
def test_a_fault_that_may_be_anybodys_has_no_consequence(word: str) -> None:
    event = parsed(body(recorded(PUSH_FAILURE) | {"FailureMessage": word}))
    assert (event.fault, event.endpoint_arn) == (None, None)


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


VALIDATED = "Successfully validated SNS topic for Amazon SES event publishing."


@pytest.mark.parametrize(
    "text",
    [VALIDATED, "", "not JSON", "null", "[]", "7", '"text"', "{}", '{"AlarmName": "x"}', '{"eventType": null}',
     '{"notificationType": "AmazonSnsSubscriptionSucceeded", "message": "You have successfully subscribed."}',
     '{"eventType": "Bounce"}', '{"eventType": "Send", "mail": "x"}', '{"eventType": "Send", "mail": {"tags": null}}',
     '{"EventType": "EndpointCreated", "EndpointArn": "arn:x"}', "[" * 100_000],
)  # fmt: skip
def test_what_is_surely_not_about_a_message_of_ours_is_ignored(text: str) -> None:
    assert isinstance(parse_event(json.dumps(envelope("provider-send") | {"Message": text}), TOPIC), Ignored)


def test_an_explicit_null_is_read_like_an_absent_field() -> None:
    def nulls(value: Any) -> Any:
        """Return the value with a null beside each field and each entry."""
        if isinstance(value, dict):
            return {"reject": None, "status": None} | {name: nulls(inner) for name, inner in value.items()}
        return [*map(nulls, value), None] if isinstance(value, list) else value

    for name in EMAIL_EVENTS:
        event = recorded(name)
        for part in (event.get("bounce", {}), event.get("complaint", {})):
            for field in ("bounceSubType", "complaintSubType", "userAgent"):
                part.pop(field, None)
        for recipient in event.get("bounce", {}).get("bouncedRecipients", []):
            recipient.pop("status")
        assert parsed(body(nulls(event))) == parsed(body(event)), name
    labelled = changed("provider-bounce-permanent", bounce={"bounceSubType": None, "bouncedRecipients": None})
    assert parsed(labelled).detail == "permanent"


@pytest.mark.parametrize("name", ["provider-bounce-permanent", "provider-complaint-abuse"])
def test_without_a_destination_the_recipients_of_the_event_are_suppressed(name: str) -> None:
    assert parsed(changed(name, mail={"destination": None})).addresses == ["alice@example.com"]


def test_an_address_is_compared_in_punycode() -> None:
    text = changed("provider-bounce-permanent", mail={"destination": ["info@münchen.example"]})
    assert parsed(text).addresses == ["info@xn--mnchen-3ya.example"]
    with pytest.raises(NotAnEvent, match=r"mail\.destination"):
        parse_event(changed("provider-bounce-permanent", mail={"destination": ["jürgen@example.com"]}), TOPIC)


def test_a_message_of_another_topic_is_refused() -> None:
    for topic in (TOPIC + "-2", "", None):
        with pytest.raises(NotAnEvent, match="not from our topic"):
            parse_event(json.dumps(envelope("provider-send") | {"TopicArn": topic}), TOPIC)


@pytest.mark.parametrize(
    "text",
    ["", "null", "[]", "{}", "not JSON", '{"Type": "Notification"}', "[" * 100_000,
     json.dumps(envelope("provider-send") | {"Message": json.dumps(recorded("provider-send"))[:-1]}),
     json.dumps(envelope("provider-send") | {"Message": None}),
     body(recorded("provider-delivery") | {"delivery": None}),
     body(recorded("provider-bounce-transient") | {"bounce": 1}),
     body(recorded(PUSH_FAILURE) | {"MessageId": None}),
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
