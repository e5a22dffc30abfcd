"""Create the users of a devstack through its HTTP API, and warm its functions up."""

import json
import time
import uuid
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from typing import Any

import urllib3

from devstack.aws.emulator import Emulator
from devstack.aws.issuer import HOUR, Issuer
from devstack.machine.options import ALL_SCOPES, DevstackError, Options

PRODUCER = "devstack"
PEOPLE: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {  # contact data, and preferences
    "alice": ({"email": "alice@example.com"}, {"email_enabled": True, "push_enabled": True}),
    "bob": ({"email": "bob@example.com"}, {"in_app_enabled": False, "email_enabled": False, "push_enabled": False}),
    "carol": ({"timezone": "Europe/Berlin"}, {"push_enabled": True}),
}
USERS = tuple(PEOPLE)
PHONES = {"alice": "apns", "carol": "fcm"}
PHONE_TOKENS = {"apns": "a11ce5" + "0" * 58, "fcm": "carols-phone"}  # Apple's are hexadecimal
WARM_WITHIN_SECONDS = 60.0


class ApiClient:
    """Calls the API as a person, or as the producer: the application's backend."""

    def __init__(self, options: Options, issuer: Issuer) -> None:
        self._options = options
        self._issuer = issuer
        self._http = urllib3.PoolManager(maxsize=4, retries=False, timeout=60)

    def producer_token(self, expires_in: int = HOUR) -> str:
        """Return a token that may do all for others. `expires_in` is in seconds."""
        return self._issuer.token(PRODUCER, scope=ALL_SCOPES, client_id=PRODUCER, expires_in=expires_in)

    def user_token(self, user: str, expires_in: int = HOUR) -> str:
        """Return a token of a person who is signed in. `expires_in` is in seconds."""
        return self._issuer.token(user, expires_in=expires_in)

    def call(self, method: str, path: str, body: object = None, *, user: str | None = None) -> tuple[int, Any]:
        """Send a request as `user`, or without one as the producer. Return the status and the parsed answer."""
        answer = self.request(method, path, body, user=user)
        return answer.status, answer.json() if answer.data else None

    def request(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        user: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> urllib3.BaseHTTPResponse:
        """Send a request as `user`, or without one as the producer. Return the whole answer."""
        token = self.user_token(user) if user else self.producer_token()
        return self._http.request(
            method,
            self._options.api_url + path,
            body=None if body is None else json.dumps(body),
            headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json", **(headers or {})},
        )


def seed(api: ApiClient) -> None:
    """Create alice, bob and carol unless they exist, because later changes of them must stay. Register the phones."""
    for user, (contact, preferences) in PEOPLE.items():
        status, _ = api.call("GET", f"/recipients/{user}")
        if status == HTTPStatus.NOT_FOUND:
            _expect(api.call("PUT", f"/recipients/{user}", contact), f"the contact data of {user}")
            _expect(api.call("PUT", f"/recipients/{user}/preferences", preferences), f"the preferences of {user}")
    # At every start, because the emulator's SNS loses its endpoints when it stops.
    for user, platform in PHONES.items():
        device = {"platform": platform, "token": PHONE_TOKENS[platform]}
        _expect(api.call("POST", "/devices", device, user=user), f"{user}'s device")


def warm_up(api: ApiClient, emulator: Emulator, queue_url: str) -> None:
    """Start a worker of each function that a notification passes, so that the first notification is not slow."""
    queue = emulator.client("sqs")
    queue.send_message(QueueUrl=queue_url, MessageBody=json.dumps({"delivery_id": str(uuid.uuid4())}))
    without_recipient = {"event_name": "devstack.started", "title": "Warm-up"}
    with ThreadPoolExecutor() as pool:  # a cold start takes seconds of one processor, and most machines have several
        health = pool.submit(api.call, "GET", "/health")
        preferences = pool.submit(api.call, "GET", "/preferences", user="alice")
        create = pool.submit(api.call, "POST", "/notifications", without_recipient)
    _expect(health.result(), "GET /health")
    _expect(preferences.result(), "GET /preferences")
    # The API refuses it because a producer must name a recipient. By then the function has loaded all its code.
    _expect(create.result(), "POST /notifications without a recipient", {422})
    deadline = time.monotonic() + WARM_WITHIN_SECONDS
    while depth(emulator, queue_url):
        if time.monotonic() > deadline:
            raise DevstackError("functions/deliver receives nothing from its queue. See logs/emulator.log.")
        time.sleep(0.2)


def depth(emulator: Emulator, queue_url: str) -> int:
    """Return how many messages a queue has: visible, delayed or in flight."""
    names = [f"ApproximateNumberOfMessages{kind}" for kind in ("", "NotVisible", "Delayed")]
    answer = emulator.client("sqs").get_queue_attributes(QueueUrl=queue_url, AttributeNames=names)
    return sum(int(answer["Attributes"].get(name, 0)) for name in names)


def _expect(answer: tuple[int, Any], what: str, statuses: set[int] | None = None) -> None:
    status, body = answer
    if status not in (statuses or {200, 201, 204}):
        raise DevstackError(f"The API answered {status} to {what}: {json.dumps(body)}")
