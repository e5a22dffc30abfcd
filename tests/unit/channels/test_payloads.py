"""What SNS is asked for each device: the payloads, their names as the platforms know them, and their size."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carillon.channels.push import payload as payloads
from carillon.channels.push.payload import MAX_PAYLOAD_BYTES, WAIT_SECONDS, publish_request
from carillon.channels.rendering import render_push
from carillon.models.delivery import ClaimedDelivery
from carillon.models.severity import SEVERITIES
from tests.support.delivery_samples import DELIVERY_ID, NOTIFICATION_ID, SETTINGS, delivery, device, item

IDENTIFIER = str(DELIVERY_ID)
READ = f"?carillon_notification={NOTIFICATION_ID}"
NOW = 1_795_600_000
KEYS = {"apns": "APNS", "apns_sandbox": "APNS_SANDBOX", "fcm": "GCM"}


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(payloads.time, "time", lambda: NOW + 0.9)


def to(*items: Any, **more: Any) -> ClaimedDelivery:
    return delivery(*items, channel="push", email=None, **{"unread_count": 7} | more)


def request(platform: str, asked: ClaimedDelivery, app_url: str = SETTINGS.app_url) -> dict[str, Any]:
    chosen = SETTINGS.model_copy(update={"app_url": app_url})
    return publish_request(asked, device(1, platform), render_push(asked, chosen), app_url)


def payload(platform: str, asked: ClaimedDelivery, **more: Any) -> Any:
    """The one payload in a request. FCM's is the message itself."""
    message = json.loads(request(platform, asked, **more)["Message"])
    assert message.keys() == {"default", KEYS[platform]}
    text = message[KEYS[platform]]
    assert len(text.encode()) <= MAX_PAYLOAD_BYTES
    told = json.loads(text)
    if platform != "fcm":
        return told
    assert told.keys() == {"fcmV1Message"}
    assert told["fcmV1Message"].keys() == {"message"}
    return told["fcmV1Message"]["message"]


def attributes(platform: str, asked: ClaimedDelivery) -> dict[str, str]:
    told = request(platform, asked)["MessageAttributes"]
    assert {each["DataType"] for each in told.values()} == {"String"}
    return {name: each["StringValue"] for name, each in told.items()}


def test_a_request_goes_to_one_endpoint_and_has_words_for_every_platform() -> None:
    asked = request("fcm", to())
    assert (asked["TargetArn"], asked["MessageStructure"]) == (device(1).endpoint_arn, "json")
    assert json.loads(asked["Message"])["default"] == "Payment failed"


@pytest.mark.parametrize("platform", ["apns", "apns_sandbox"])
def test_apns(platform: str) -> None:
    asked = to(item(target_url="/billing"))
    assert payload(platform, asked) == {
        "aps": {
            "alert": {"title": "Acme · Critical", "body": "Payment failed"},
            "sound": "default",
            "interruption-level": "time-sensitive",
            "badge": 7,
        },
        "url": f"https://app.acme.example/billing{READ}",
        "delivery_id": IDENTIFIER,
    }
    assert attributes(platform, asked) == {
        "AWS.SNS.MOBILE.APNS.COLLAPSE_ID": IDENTIFIER,
        "AWS.SNS.MOBILE.APNS.PUSH_TYPE": "alert",
        f"AWS.SNS.MOBILE.{KEYS[platform]}.TTL": "86400",
    }
    assert len(IDENTIFIER) <= 64  # Apple's limit of a collapse id, in bytes


def test_fcm_has_a_form_for_android_for_browsers_and_for_iphones() -> None:
    asked = to(item(target_url="/billing"))
    url = f"https://app.acme.example/billing{READ}"
    assert payload("fcm", asked) == {
        "notification": {"title": "Acme · Critical", "body": "Payment failed"},
        "data": {"url": url, "delivery_id": IDENTIFIER, "unread_count": "7"},
        "android": {
            "priority": "high",
            "ttl": "86400s",
            "notification": {"tag": IDENTIFIER, "notification_count": 7},
        },
        "webpush": {
            "headers": {"TTL": "86400", "Urgency": "high"},
            "notification": {"tag": IDENTIFIER},
            "fcm_options": {"link": url},
        },
        "apns": {
            "headers": {"apns-collapse-id": IDENTIFIER, "apns-expiration": str(NOW + 86400)},
            "payload": {"aps": {"sound": "default", "interruption-level": "time-sensitive", "badge": 7}},
        },
    }
    assert attributes("fcm", asked) == {"AWS.SNS.MOBILE.FCM.TTL": "86400"}


@pytest.mark.parametrize("severity", SEVERITIES[:-1])
def test_what_is_not_critical_disturbs_no_focus(severity: Any) -> None:
    asked = to(item(severity=severity))
    assert payload("apns", asked)["aps"]["interruption-level"] == "active"
    told = payload("fcm", asked)
    assert told["android"]["priority"] == told["webpush"]["headers"]["Urgency"] == "normal"
    assert told["apns"]["payload"]["aps"]["interruption-level"] == "active"


def test_a_digest_is_as_urgent_as_its_most_urgent() -> None:
    asked = to(item(severity="warning"), item("Key made"), item(severity="info"))
    assert payload("apns", asked)["aps"]["interruption-level"] == "time-sensitive"


def test_without_a_count_there_is_no_badge() -> None:
    """A claim by the release before does not tell it."""
    asked = to(unread_count=None)
    assert "badge" not in payload("apns", asked)["aps"]
    told = payload("fcm", asked)
    assert "notification_count" not in told["android"]["notification"]
    assert "unread_count" not in told["data"]
    assert "badge" not in told["apns"]["payload"]["aps"]


def test_a_count_of_nothing_clears_the_badge() -> None:
    """The feed may be off, or all of it read by now. On Android 0 would mean: count yourself."""
    asked = to(unread_count=0)
    assert payload("apns", asked)["aps"]["badge"] == 0
    told = payload("fcm", asked)
    assert told["data"]["unread_count"] == "0"
    assert "notification_count" not in told["android"]["notification"]


@pytest.mark.parametrize(
    ("ends", "more", "seconds"),
    [
        ([None], 0, WAIT_SECONDS),
        ([3600], 0, 3600),
        ([WAIT_SECONDS + 1], 0, WAIT_SECONDS),
        ([60, 3600], 0, 3600),  # until all of it has expired
        ([60, None], 0, WAIT_SECONDS),
        ([60, 90], 1, WAIT_SECONDS),  # one is only counted
        ([0], 0, 1),  # 0 would be now or never
    ],
)
def test_a_push_waits_for_its_device_no_longer_than_it_means_something(
    ends: list[int | None], more: int, seconds: int
) -> None:
    items = [item(expires_in=each) for each in ends]
    asked = to(*items, item_count=len(items) + more)
    assert attributes("apns", asked)["AWS.SNS.MOBILE.APNS.TTL"] == str(seconds)
    assert attributes("fcm", asked)["AWS.SNS.MOBILE.FCM.TTL"] == str(seconds)
    told = payload("fcm", asked)
    assert told["android"]["ttl"] == f"{seconds}s"
    assert told["webpush"]["headers"]["TTL"] == str(seconds)
    assert told["apns"]["headers"]["apns-expiration"] == str(NOW + seconds)


def test_a_browser_is_given_https_links_alone() -> None:
    """FCM refuses the whole message for another."""
    asked = to(item(target_url="/billing"))
    told = payload("fcm", asked, app_url="http://127.0.0.1:8080")
    assert told["data"]["url"] == f"http://127.0.0.1:8080/billing{READ}"
    assert "fcm_options" not in told["webpush"]


def test_what_is_too_long_gives_up_the_second_link_then_the_address_then_words() -> None:
    asked = to(item(title="x", target_url="/" + "a" * 2047))
    assert payload("apns", asked)["url"].endswith("a" * 2047 + READ)
    told = payload("fcm", asked)
    assert told["data"]["url"].endswith("a" * 2047 + READ)
    assert "fcm_options" not in told["webpush"]

    asked = to(item(title="\U0001f4a5" * 200, target_url="/" + "é" * 2047))  # 12 KB once percent-encoded
    for platform in ("apns", "fcm"):
        told = payload(platform, asked)
        assert (told["data"] if platform == "fcm" else told)["url"] == SETTINGS.app_url
        words = told["notification"] if platform == "fcm" else told["aps"]["alert"]
        assert words["body"] == render_push(asked, SETTINGS).body

    asked = to(item(title="\U0001f4a5" * 200))
    told = payload("apns", asked, app_url="https://app.acme.example/" + "a" * 4096)
    assert (told["url"], len(told["aps"]["alert"]["body"])) == ("", 80)


WORDS = st.text(st.characters(codec="utf-8"), min_size=1, max_size=200) | st.text(
    '\U0001f468\u200d\U0001f469"\\é\U0001f4a5\ufe0f\u0301</>&', min_size=100, max_size=200
)


@given(
    titles=st.lists(WORDS, min_size=1, max_size=3),
    summary=st.none() | WORDS,
    name=WORDS,
    path=st.none() | st.text("aé%/?\"'\U0001f4a5", max_size=2047).map("/".__add__),
    app_url=st.sampled_from(["https://a.example", "http://a.example", "https://a.example/" + "b" * 3000]),
    platform=st.sampled_from(list(KEYS)),
    severity=st.sampled_from(SEVERITIES),
    unread=st.none() | st.integers(0, 1000),
    count=st.integers(0, 100_000),
)
@settings(max_examples=300, deadline=None)
def test_no_payload_is_too_large_and_each_says_what_it_must(
    titles: list[str], summary: str | None, name: str, path: str | None, app_url: str, platform: str, severity: Any,
    unread: int | None, count: int,
) -> None:  # fmt: skip
    items = [item(title, severity, summary=summary, target_url=path) for title in titles]
    asked = to(*items, item_count=len(items) + count, unread_count=unread)
    chosen = SETTINGS.model_copy(update={"app_url": app_url, "app_name": name})
    made = publish_request(asked, device(1, platform), render_push(asked, chosen), app_url)
    text = json.loads(made["Message"])[KEYS[platform]]
    assert len(text.encode()) <= MAX_PAYLOAD_BYTES
    told = json.loads(text)
    shown = told["fcmV1Message"]["message"]["notification"] if platform == "fcm" else told["aps"]["alert"]
    assert shown["title"]
    assert len(made["Message"].encode()) < 256 * 1024
    assert IDENTIFIER in text


@pytest.mark.parametrize("platform", list(KEYS))
def test_what_leaves_is_what_may(platform: str) -> None:
    """Words, severity, link, and ids of ours: neither who it is for, nor what kind of event it was."""
    text = json.dumps(request(platform, to(item(target_url="/billing"))))
    assert not [private for private in ("alice", "invoice", "user_id", "event") if private in text]
