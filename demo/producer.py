"""The producer of the demo: it sends a story through the HTTP API, and returns the request and the answer."""

import json
import shlex
import threading
import uuid
from collections import Counter, OrderedDict
from dataclasses import dataclass
from typing import Any

import urllib3

from demo.stories import STORIES
from devstack.machine.options import PRODUCER_SCOPE
from devstack.seed import PRODUCER, ApiClient

REMEMBERED = 50  # firings that can be repeated
SHOWN_HEADERS = ("Idempotency-Replayed", "Content-Type")


@dataclass(frozen=True)
class Sent:
    """One request without its token. `key` is its idempotency key."""

    key: str
    body: dict[str, Any]


class Producer:
    """Sends stories about a person, and repeats them."""

    def __init__(self, api: ApiClient, api_url: str) -> None:
        self._api = api
        self._api_url = api_url
        self._orders: OrderedDict[str, list[Sent]] = OrderedDict()
        self._lock = threading.Lock()

    def fire(self, story: str, user: str) -> dict[str, Any]:
        """Send a new occurrence of a story. Raise KeyError if there is no such story."""
        sent = [Sent(f"{story}-{uuid.uuid4()}", {"user_id": user, **content}) for content in STORIES[story].requests()]
        order = uuid.uuid4().hex
        with self._lock:
            self._orders[order] = sent
            while len(self._orders) > REMEMBERED:
                self._orders.popitem(last=False)
        return self._send(order, sent)

    def again(self, order: str) -> dict[str, Any]:
        """Send exactly the same requests again, as a webhook without an answer does. Raise KeyError if forgotten."""
        with self._lock:
            sent = self._orders[order]
        return self._send(order, sent)

    def _send(self, order: str, sent: list[Sent]) -> dict[str, Any]:
        # One at a time, because for concurrent requests the emulator starts workers, which takes seconds.
        answers = [self._post(each) for each in sent]
        replayed = sum(answer.headers.get("Idempotency-Replayed") == "true" for answer in answers)
        return {
            "order": order,
            "request": self._describe(sent[-1]),
            "response": _response(answers[-1]),
            "requests": len(sent),
            "statuses": Counter(str(answer.status) for answer in answers),
            "replayed": replayed,
        }

    def _post(self, sent: Sent) -> urllib3.BaseHTTPResponse:
        return self._api.request("POST", "/notifications", sent.body, headers={"Idempotency-Key": sent.key})

    def _describe(self, sent: Sent) -> dict[str, Any]:
        """Return the request for the page. The `curl` line makes its own token, so the page shows no token."""
        token = f".venv/bin/carillon token --user {PRODUCER} --client-id {PRODUCER} --scope {PRODUCER_SCOPE}"
        url = f"{self._api_url}/notifications"
        return {
            "method": "POST",
            "url": url,
            "headers": {
                "Authorization": "Bearer •••",
                "Content-Type": "application/json",
                "Idempotency-Key": sent.key,
            },
            "body": sent.body,
            "curl": f"curl -i -X POST {url} -H \"Authorization: Bearer $({token})\" -H 'Content-Type: application/json'"
            f" -H 'Idempotency-Key: {sent.key}' -d {shlex.quote(json.dumps(sent.body))}",
        }


def _response(answer: urllib3.BaseHTTPResponse) -> dict[str, Any]:
    return {
        "status": answer.status,
        "headers": {name: answer.headers[name] for name in SHOWN_HEADERS if name in answer.headers},
        "body": answer.json() if answer.data else None,
    }
