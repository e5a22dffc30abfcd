"""A proxy between functions/deliver and the emulator's SES and SNS. It can refuse email, and it keeps each push.

The emulator's SES accepts every email, and its SNS does not keep what it accepted.
"""

import json
import threading
import time
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs

import urllib3
from werkzeug.wrappers import Request, Response

from devstack.aws.proxy import CONCURRENT_REQUESTS, forward

EMAIL = "/v2/email/"
KEPT = 50  # pushes

# The answer of SES to a role without the permission. The worker retries it, because a person can repair it.
_REFUSAL = json.dumps({"message": "The role of functions/deliver is not authorized to perform: ses:SendEmail"})


class Providers:
    """The endpoint of SES and SNS for the worker. It forwards requests to the emulator, unless `broken` is set."""

    def __init__(self, endpoint_url: str) -> None:
        self._upstream = endpoint_url
        self._http = urllib3.PoolManager(maxsize=CONCURRENT_REQUESTS, retries=False, timeout=60)
        self._lock = threading.Lock()
        self._pushes: dict[tuple[str, str], dict[str, Any]] = {}
        self._emails = 0
        self.broken = False

    @property
    def emails(self) -> int:
        """The number of emails that SES has accepted since the start."""
        return self._emails

    @property
    def pushes(self) -> list[dict[str, Any]]:
        """The pushes that devices show, the newest last. A push replaces an earlier one with the same tag."""
        with self._lock:
            return list(self._pushes.values())

    def site(self, request: Request) -> Response:
        """Answer one request of the worker."""
        if self.broken and request.path.startswith(EMAIL):
            return Response(
                _REFUSAL, 403, {"x-amzn-ErrorType": "AccessDeniedException"}, mimetype="application/json"
            )  # fmt: skip
        body = request.get_data()
        answer = forward(self._http, self._upstream, request, body)
        if answer.status_code == HTTPStatus.OK:
            self._record(request, body)
        return answer

    def _record(self, request: Request, body: bytes) -> None:
        if request.path == f"{EMAIL}outbound-emails":
            with self._lock:
                self._emails += 1
            return
        form = {name: values[0] for name, values in parse_qs(body.decode(errors="replace")).items()}
        if form.get("Action") != "Publish" or "TargetArn" not in form:
            return
        shown = shown_push(form.get("Message", ""))
        with self._lock:
            key = (form["TargetArn"], shown["tag"])
            times = self._pushes.pop(key, {"times": 0})["times"] + 1
            self._pushes[key] = shown | {"endpoint": form["TargetArn"], "at": time.time(), "times": times}
            while len(self._pushes) > KEPT:
                self._pushes.pop(next(iter(self._pushes)))


def shown_push(message: str) -> dict[str, Any]:
    """Return what a phone shows of a message for SNS. The message has a payload for APNs or for FCM."""
    try:
        by_platform = json.loads(message)
    except ValueError:
        by_platform = {"default": message}
    apns = next((json.loads(by_platform[key]) for key in ("APNS", "APNS_SANDBOX") if key in by_platform), None)
    if apns is not None:
        alert, data, badge = apns["aps"].get("alert", {}), apns, apns["aps"].get("badge")
    elif "GCM" in by_platform:
        fcm = json.loads(by_platform["GCM"])["fcmV1Message"]["message"]
        alert, data = fcm.get("notification", {}), fcm.get("data", {})
        badge = fcm.get("android", {}).get("notification", {}).get("notification_count")
    else:
        alert, data, badge = {"title": "", "body": by_platform.get("default", "")}, {}, None
    return {
        "title": alert.get("title", ""),
        "body": alert.get("body", ""),
        "url": data.get("url", ""),
        "badge": badge,
        "tag": data.get("delivery_id", ""),  # the worker uses it as APNs' collapse id and as Android's tag
    }
