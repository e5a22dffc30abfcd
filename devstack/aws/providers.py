"""The door between functions/deliver and the emulator's SES and SNS: it can refuse email, and keeps each push.

The emulator's SES accepts everything, and its SNS forgets what it accepted.
"""

import json
import threading
import time
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs

import urllib3
from werkzeug.wrappers import Request, Response

from devstack.aws.proxy import AT_ONCE, pass_on

EMAIL = "/v2/email/"
KEPT = 50  # pushes

# As SES answers a role that lacks the permission: a definite no that a person can repair.
_REFUSAL = json.dumps({"message": "The role of functions/deliver is not authorized to perform: ses:SendEmail"})


class Providers:
    """A web application that plays SES and SNS towards the worker by passing requests on to the emulator."""

    def __init__(self, endpoint_url: str) -> None:
        self._upstream = endpoint_url
        self._http = urllib3.PoolManager(maxsize=AT_ONCE, retries=False, timeout=60)
        self._lock = threading.Lock()
        self._pushes: dict[tuple[str, str], dict[str, Any]] = {}
        self._emails = 0
        self.broken = False

    @property
    def emails(self) -> int:
        """How many emails SES has accepted since the start."""
        return self._emails

    @property
    def pushes(self) -> list[dict[str, Any]]:
        """What each device shows, the newest last: a push with the tag of an earlier one has replaced it."""
        with self._lock:
            return list(self._pushes.values())

    def site(self, request: Request) -> Response:
        """The door as a web application."""
        if self.broken and request.path.startswith(EMAIL):
            return Response(
                _REFUSAL, 403, {"x-amzn-ErrorType": "AccessDeniedException"}, mimetype="application/json"
            )  # fmt: skip
        body = request.get_data()
        answer = pass_on(self._http, self._upstream, request, body)
        if answer.status_code == HTTPStatus.OK:
            self._note(request, body)
        return answer

    def _note(self, request: Request, body: bytes) -> None:
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
    """What a phone shows of a message for SNS: APNs' or FCM's payload, whichever it holds."""
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
        "tag": data.get("delivery_id", ""),  # the collapse id and the Android tag are the same
    }
