"""What SNS is asked to hand to a phone or browser, in the form that its platform takes.

The words are those of rendering.py, and all that leaves: headline, severity, link. Besides, a push carries the
person's unread count as its badge, says how urgent it is and how long it may wait for its device, and bears the
delivery's id, so that a repeat replaces itself.

Sources: SNS's developer guide (reserved message attributes, time to live, FCM v1 payloads), Apple's "Generating a
remote notification", FCM's reference of `projects.messages`. No `collapse_key` for Android: FCM keeps four of them for
a device that is offline, and every delivery would be another.
"""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from carillon.channels.rendering import RenderedPush, shorten
from carillon.models.delivery import ClaimedDelivery, DeviceEndpoint

MAX_PAYLOAD_BYTES = 4096  # of APNs and of FCM alike; SNS takes 256 KiB, escaping and all
# How long a push waits for a device that is off. Later it is in the application's list, and the phone may be another's.
WAIT_SECONDS = 24 * 3600


@dataclass(frozen=True, slots=True)
class _Push:
    """One push, before it takes a platform's form. `badge` is None when the count is not known."""

    identifier: str
    title: str
    body: str
    url: str
    link: bool  # whether a browser is told separately what a tap opens: it takes https alone
    badge: int | None
    critical: bool
    wait_seconds: int


def publish_request(
    delivery: ClaimedDelivery, device: DeviceEndpoint, rendered: RenderedPush, app_url: str
) -> dict[str, Any]:
    """SNS Publish's parameters for one device, with a payload that its platform takes."""
    push = _Push(
        identifier=str(delivery.delivery_id),
        title=rendered.title,
        body=rendered.body,
        url=rendered.url,
        link=rendered.url.startswith("https://"),
        badge=delivery.unread_count,
        critical=any(item.severity == "critical" for item in delivery.items),
        wait_seconds=wait_seconds(delivery),
    )
    if device.platform == "apns":
        # arn:aws:sns:<region>:<account>:endpoint/<APNS or APNS_SANDBOX>/<application>/<id>
        key = "APNS_SANDBOX" if ":endpoint/APNS_SANDBOX/" in device.endpoint_arn else "APNS"
        payload = _fitting(_apns, push, app_url)
        attributes = {
            "AWS.SNS.MOBILE.APNS.COLLAPSE_ID": push.identifier,
            "AWS.SNS.MOBILE.APNS.PUSH_TYPE": "alert",
            f"AWS.SNS.MOBILE.{key}.TTL": str(push.wait_seconds),
        }
    else:
        key = "GCM"
        payload = _fitting(_fcm, push, app_url)
        attributes = {"AWS.SNS.MOBILE.FCM.TTL": str(push.wait_seconds)}
    return {
        "TargetArn": device.endpoint_arn,
        "MessageStructure": "json",
        "Message": json.dumps({"default": rendered.body, key: payload}, ensure_ascii=False),
        "MessageAttributes": {name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()},
    }


def wait_seconds(delivery: ClaimedDelivery) -> int:
    """How long a push may wait for its device: WAIT_SECONDS, or until all that it tells of has expired."""
    ends = [item.expires_in for item in delivery.items if item.expires_in is not None]
    if len(ends) < delivery.item_count:  # something does not expire, or is not told
        return WAIT_SECONDS
    return max(1, min(WAIT_SECONDS, max(ends, default=WAIT_SECONDS)))  # 0 would be now or never


def _fitting(build: Callable[[_Push], dict[str, Any]], push: _Push, app_url: str) -> str:
    """The payload, as much of it as a platform takes.

    A link may take half of it by itself, and a browser is told twice: rather the application's front page than no push.
    """
    payload = ""
    for version in (
        push,
        replace(push, link=False),
        replace(push, link=False, url=app_url),
        replace(push, link=False, url="", title=shorten(push.title, 40), body=shorten(push.body, 80)),
    ):
        payload = json.dumps(build(version), ensure_ascii=False)
        if len(payload.encode()) <= MAX_PAYLOAD_BYTES:
            break
    return payload


def _apns(push: _Push) -> dict[str, Any]:
    alert = {"alert": {"title": push.title, "body": push.body}}
    return {"aps": alert | _aps(push), "url": push.url, "delivery_id": push.identifier}


def _aps(push: _Push) -> dict[str, Any]:
    """What Apple's devices take, whichever way they are reached.

    `time-sensitive` shows at once in a focus mode as well. An application without the entitlement is treated as if it
    had said `active`.
    """
    aps: dict[str, Any] = {
        "sound": "default",
        "interruption-level": "time-sensitive" if push.critical else "active",
    }
    return aps if push.badge is None else aps | {"badge": push.badge}


def _fcm(push: _Push) -> dict[str, Any]:
    data = {"url": push.url, "delivery_id": push.identifier}
    shown: dict[str, Any] = {"tag": push.identifier}
    if push.badge is not None:
        data["unread_count"] = str(push.badge)  # values are strings
    if push.badge:
        shown["notification_count"] = push.badge  # 0 would make Android count by itself
    webpush: dict[str, Any] = {
        "headers": {"TTL": str(push.wait_seconds), "Urgency": "high" if push.critical else "normal"},
        "notification": {"tag": push.identifier},
    }
    if push.link:
        webpush["fcm_options"] = {"link": push.url}
    message = {
        "notification": {"title": push.title, "body": push.body},
        "data": data,
        "android": {
            "priority": "high" if push.critical else "normal",
            "ttl": f"{push.wait_seconds}s",
            "notification": shown,
        },
        "webpush": webpush,
        "apns": {  # an iOS app may be registered with FCM too
            "headers": {
                "apns-collapse-id": push.identifier,
                "apns-expiration": str(int(time.time()) + push.wait_seconds),
            },
            "payload": {"aps": _aps(push)},
        },
    }
    return {"fcmV1Message": {"message": message}}
