"""The request of SNS Publish for one device, with a payload in the form of its platform.

`channels/rendering.py` makes the words: the headline, the severity and a link. A push also carries:

- the person's unread count, as its badge;
- its urgency, and how long it may wait for its device;
- the delivery's id, so that a repeated push replaces the first.

Sources: SNS's developer guide (reserved message attributes, time to live, FCM v1 payloads), Apple's "Generating a
remote notification", FCM's reference of `projects.messages`. Android gets no `collapse_key`: FCM keeps four of them for
a device that is offline, and every delivery would need its own.
"""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from carillon.channels.rendering import RenderedPush, shorten
from carillon.models.delivery import ClaimedDelivery, DeviceEndpoint

MAX_PAYLOAD_BYTES = 4096  # the limit of APNs and of FCM; SNS takes 256 KiB after escaping
# A push waits so long for a device that is off. After that the list in the application shows the notification, and
# the phone may belong to another person.
WAIT_SECONDS = 24 * 3600


@dataclass(frozen=True, slots=True)
class _Push:
    """One push, independent of a platform. `badge` is None if the unread count is not known."""

    identifier: str
    title: str
    body: str
    url: str
    link: bool  # also give the URL to a browser, which takes https alone
    badge: int | None
    critical: bool
    wait_seconds: int


def publish_request(
    delivery: ClaimedDelivery, device: DeviceEndpoint, rendered: RenderedPush, app_url: str
) -> dict[str, Any]:
    """Return the parameters of SNS Publish for one device, with a payload that its platform accepts."""
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
    """Return the seconds that a push may wait for its device: WAIT_SECONDS, or less if all its items expire before."""
    ends = [item.expires_in for item in delivery.items if item.expires_in is not None]
    if len(ends) < delivery.item_count:  # an item never expires, or is not listed
        return WAIT_SECONDS
    return max(1, min(WAIT_SECONDS, max(ends, default=WAIT_SECONDS)))  # with 0 the platform never stores the push


def _fitting(build: Callable[[_Push], dict[str, Any]], push: _Push, app_url: str) -> str:
    """Return the first version of the payload that is at most MAX_PAYLOAD_BYTES long.

    A link can take half of the payload, and a browser gets it twice. A push that opens the application's front page is
    better than no push.
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
    """Return the part for Apple's devices, which is the same through APNs and through FCM.

    iOS shows `time-sensitive` at once, also in a focus mode. Without the entitlement it is treated as `active`.
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
        shown["notification_count"] = push.badge  # with 0 Android counts by itself
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
