"""The users that a devstack begins with, made through the HTTP API like anybody's; and its warm-up."""

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
from devstack.machine.options import PRODUCER_SCOPE, DevstackError, Options

PRODUCER = "devstack"
PEOPLE: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {  # contact data, and preferences
    "alice": ({"email": "alice@example.com"}, {"email_enabled": True, "push_enabled": True}),
    "bob": ({"email": "bob@example.com"}, {"in_app_enabled": False, "email_enabled": False, "push_enabled": False}),
    "carol": ({"timezone": "Europe/Berlin"}, {"push_enabled": True}),
}
USERS = tuple(PEOPLE)
PHONES = {"alice": "apns", "carol": "fcm"}
WARM_WITHIN_SECONDS = 60.0


class ApiClient:
    """Calls the API as a user or, with `producer`, as the application's backend."""

    def __init__(self, options: Options, issuer: Issuer) -> None:
        self._options = options
        self._issuer = issuer
        self._http = urllib3.PoolManager(maxsize=4, retries=False, timeout=60)

    def producer_token(self, expires_in: int = HOUR) -> str:
        """A token that may notify others."""
        return self._issuer.token(PRODUCER, scope=PRODUCER_SCOPE, client_id=PRODUCER, expires_in=expires_in)

    def user_token(self, user: str, expires_in: int = HOUR) -> str:
        """A token of a person who is signed in."""
        return self._issuer.token(user, expires_in=expires_in)

    def call(self, method: str, path: str, body: object = None, *, user: str | None = None) -> tuple[int, Any]:
        """One request, as `user` or else as the producer; the status and the parsed answer."""
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
        """One request, as `user` or else as the producer, and all of its answer."""
        token = self.user_token(user) if user else self.producer_token()
        return self._http.request(
            method,
            self._options.api_url + path,
            body=None if body is None else json.dumps(body),
            headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json", **(headers or {})},
        )


def seed(api: ApiClient) -> None:
    """Make those of alice, bob and carol who are not there yet: what was changed about them later stays."""
    for user, (contact, preferences) in PEOPLE.items():
        status, _ = api.call("GET", f"/recipients/{user}")
        if status == HTTPStatus.NOT_FOUND:
            _expect(api.call("PUT", f"/recipients/{user}", contact), f"the contact data of {user}")
            _expect(api.call("PUT", f"/recipients/{user}/preferences", preferences), f"the preferences of {user}")
    # Each time: the emulator's SNS forgets its endpoints when it stops.
    for user, platform in PHONES.items():
        device = {"platform": platform, "token": f"{user}s-phone"}
        _expect(api.call("POST", "/devices", device, user=user), f"{user}'s device")


def warm_up(api: ApiClient, emulator: Emulator, queue_url: str) -> None:
    """Start a worker of every function on the way of a notification, so that the first one is as quick as the next."""
    queue = emulator.client("sqs")
    queue.send_message(QueueUrl=queue_url, MessageBody=json.dumps({"delivery_id": str(uuid.uuid4())}))
    nobody = {"event_name": "devstack.started", "title": "Warm-up"}
    with ThreadPoolExecutor() as pool:  # a cold start is seconds of work, and there is more than one processor
        health = pool.submit(api.call, "GET", "/health")
        preferences = pool.submit(api.call, "GET", "/preferences", user="alice")
        create = pool.submit(api.call, "POST", "/notifications", nobody)
    _expect(health.result(), "the health check")
    _expect(preferences.result(), "a look at preferences")
    # A producer that names nobody: refused, after all that a create loads was loaded.
    _expect(create.result(), "a create for nobody", {422})
    deadline = time.monotonic() + WARM_WITHIN_SECONDS
    while depth(emulator, queue_url):
        if time.monotonic() > deadline:
            raise DevstackError("functions/deliver takes nothing from its queue. logs/emulator.log may say why.")
        time.sleep(0.2)


def depth(emulator: Emulator, queue_url: str) -> int:
    """How many messages a queue holds: waiting, delayed, or in a worker's hands."""
    names = [f"ApproximateNumberOfMessages{kind}" for kind in ("", "NotVisible", "Delayed")]
    answer = emulator.client("sqs").get_queue_attributes(QueueUrl=queue_url, AttributeNames=names)
    return sum(int(answer["Attributes"].get(name, 0)) for name in names)


def _expect(answer: tuple[int, Any], what: str, statuses: set[int] | None = None) -> None:
    status, body = answer
    if status not in (statuses or {200, 201, 204}):
        raise DevstackError(f"The API answered {status} to {what}: {json.dumps(body)}")
