"""The request to SNS for each device: the payload, its fields on each platform, and its size."""

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


def request(platform: str, claimed: ClaimedDelivery, app_url: str = SETTINGS.app_url) -> dict[str, Any]:
    chosen = SETTINGS.model_copy(update={"app_url": app_url})
    return publish_request(claimed, device(1, platform), render_push(claimed, chosen), app_url)


def payload(platform: str, claimed: ClaimedDelivery, **more: Any) -> Any:
    """Return the only payload of a request. For FCM, return the message inside it."""
    message = json.loads(request(platform, claimed, **more)["Message"])
    assert message.keys() == {"default", KEYS[platform]}
    text = message[KEYS[platform]]
    assert len(text.encode()) <= MAX_PAYLOAD_BYTES
    content = json.loads(text)
    if platform != "fcm":
        return content
    assert content.keys() == {"fcmV1Message"}
    assert content["fcmV1Message"].keys() == {"message"}
    return content["fcmV1Message"]["message"]


def attributes(platform: str, claimed: ClaimedDelivery) -> dict[str, str]:
    values = request(platform, claimed)["MessageAttributes"]
    assert {each["DataType"] for each in values.values()} == {"String"}
    return {name: each["StringValue"] for name, each in values.items()}


def test_a_request_has_one_endpoint_and_a_default_text() -> None:
    published = request("fcm", to())
    assert (published["TargetArn"], published["MessageStructure"]) == (device(1).endpoint_arn, "json")
    assert json.loads(published["Message"])["default"] == "Payment failed"


@pytest.mark.parametrize("platform", ["apns", "apns_sandbox"])
def test_the_payload_for_apns(platform: str) -> None:
    claimed = to(item(target_url="/billing"))
    assert payload(platform, claimed) == {
        "aps": {
            "alert": {"title": "Acme · Critical", "body": "Payment failed"},
            "sound": "default",
            "interruption-level": "time-sensitive",
            "badge": 7,
        },
        "url": f"https://app.acme.example/billing{READ}",
        "delivery_id": IDENTIFIER,
    }
    assert attributes(platform, claimed) == {
        "AWS.SNS.MOBILE.APNS.COLLAPSE_ID": IDENTIFIER,
        "AWS.SNS.MOBILE.APNS.PUSH_TYPE": "alert",
        f"AWS.SNS.MOBILE.{KEYS[platform]}.TTL": "86400",
    }
    assert len(IDENTIFIER) <= 64  # Apple's limit of a collapse id, in bytes


def test_the_payload_for_fcm_covers_android_browsers_and_iphones() -> None:
    claimed = to(item(target_url="/billing"))
    url = f"https://app.acme.example/billing{READ}"
    assert payload("fcm", claimed) == {
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
    assert attributes("fcm", claimed) == {"AWS.SNS.MOBILE.FCM.TTL": "86400"}


@pytest.mark.parametrize("severity", SEVERITIES[:-1])
def test_only_a_critical_push_breaks_a_focus(severity: Any) -> None:
    claimed = to(item(severity=severity))
    assert payload("apns", claimed)["aps"]["interruption-level"] == "active"
    content = payload("fcm", claimed)
    assert content["android"]["priority"] == content["webpush"]["headers"]["Urgency"] == "normal"
    assert content["apns"]["payload"]["aps"]["interruption-level"] == "active"


def test_a_digest_is_as_urgent_as_its_most_urgent_item() -> None:
    claimed = to(item(severity="warning"), item("Key made"), item(severity="info"))
    assert payload("apns", claimed)["aps"]["interruption-level"] == "time-sensitive"


def test_without_a_count_there_is_no_badge() -> None:
    """A claim of an earlier release has no count."""
    claimed = to(unread_count=None)
    assert "badge" not in payload("apns", claimed)["aps"]
    content = payload("fcm", claimed)
    assert "notification_count" not in content["android"]["notification"]
    assert "unread_count" not in content["data"]
    assert "badge" not in content["apns"]["payload"]["aps"]


def test_a_count_of_zero_clears_the_badge() -> None:
    """The count is 0 if the feed is off or read. On Android, 0 would let the phone count by itself."""
    claimed = to(unread_count=0)
    assert payload("apns", claimed)["aps"]["badge"] == 0
    content = payload("fcm", claimed)
    assert content["data"]["unread_count"] == "0"
    assert "notification_count" not in content["android"]["notification"]


@pytest.mark.parametrize(
    ("ends", "more", "seconds"),
    [
        ([None], 0, WAIT_SECONDS),
        ([3600], 0, 3600),
        ([WAIT_SECONDS + 1], 0, WAIT_SECONDS),
        ([60, 3600], 0, 3600),  # until every item has expired
        ([60, None], 0, WAIT_SECONDS),
        ([60, 90], 1, WAIT_SECONDS),  # one more item is counted but not shown
        ([0], 0, 1),  # a TTL of 0 allows no wait at all
    ],
)
def test_a_push_waits_for_its_device_until_its_items_expire(ends: list[int | None], more: int, seconds: int) -> None:
    items = [item(expires_in=each) for each in ends]
    claimed = to(*items, item_count=len(items) + more)
    assert attributes("apns", claimed)["AWS.SNS.MOBILE.APNS.TTL"] == str(seconds)
    assert attributes("fcm", claimed)["AWS.SNS.MOBILE.FCM.TTL"] == str(seconds)
    content = payload("fcm", claimed)
    assert content["android"]["ttl"] == f"{seconds}s"
    assert content["webpush"]["headers"]["TTL"] == str(seconds)
    assert content["apns"]["headers"]["apns-expiration"] == str(NOW + seconds)


def test_a_browser_gets_only_https_links() -> None:
    """FCM refuses a message with any other link."""
    claimed = to(item(target_url="/billing"))
    content = payload("fcm", claimed, app_url="http://127.0.0.1:8080")
    assert content["data"]["url"] == f"http://127.0.0.1:8080/billing{READ}"
    assert "fcm_options" not in content["webpush"]


def test_a_long_payload_drops_the_second_link_then_the_path_then_text() -> None:
    claimed = to(item(title="x", target_url="/" + "a" * 2047))
    assert payload("apns", claimed)["url"].endswith("a" * 2047 + READ)
    content = payload("fcm", claimed)
    assert content["data"]["url"].endswith("a" * 2047 + READ)
    assert "fcm_options" not in content["webpush"]

    claimed = to(item(title="\U0001f4a5" * 200, target_url="/" + "é" * 2047))  # 12 KB once percent-encoded
    for platform in ("apns", "fcm"):
        content = payload(platform, claimed)
        assert (content["data"] if platform == "fcm" else content)["url"] == SETTINGS.app_url
        words = content["notification"] if platform == "fcm" else content["aps"]["alert"]
        assert words["body"] == render_push(claimed, SETTINGS).body

    claimed = to(item(title="\U0001f4a5" * 200))
    content = payload("apns", claimed, app_url="https://app.acme.example/" + "a" * 4096)
    assert (content["url"], len(content["aps"]["alert"]["body"])) == ("", 80)


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
def test_every_payload_fits_and_has_a_title_and_the_delivery_id(
    titles: list[str], summary: str | None, name: str, path: str | None, app_url: str, platform: str, severity: Any,
    unread: int | None, count: int,
) -> None:  # fmt: skip
    items = [item(title, severity, summary=summary, target_url=path) for title in titles]
    claimed = to(*items, item_count=len(items) + count, unread_count=unread)
    chosen = SETTINGS.model_copy(update={"app_url": app_url, "app_name": name})
    made = publish_request(claimed, device(1, platform), render_push(claimed, chosen), app_url)
    text = json.loads(made["Message"])[KEYS[platform]]
    assert len(text.encode()) <= MAX_PAYLOAD_BYTES
    content = json.loads(text)
    shown = content["fcmV1Message"]["message"]["notification"] if platform == "fcm" else content["aps"]["alert"]
    assert shown["title"]
    assert len(made["Message"].encode()) < 256 * 1024
    assert IDENTIFIER in text


@pytest.mark.parametrize("platform", list(KEYS))
def test_a_request_has_no_user_id_and_no_event_name(platform: str) -> None:
    """It has only text, severity, link, and ids of Carillon."""
    text = json.dumps(request(platform, to(item(target_url="/billing"))))
    assert not [private for private in ("alice", "invoice", "user_id", "event") if private in text]
