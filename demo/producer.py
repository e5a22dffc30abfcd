"""The demo's producer: it fires a story through the HTTP API, and shows what it sent and was answered."""

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

REMEMBERED = 50  # orders that can be fired again
SHOWN_HEADERS = ("Idempotency-Replayed", "Content-Type")


@dataclass(frozen=True)
class Sent:
    """One request as it is sent, but for its token."""

    key: str
    body: dict[str, Any]


class Producer:
    """Fires stories for a person, and fires the same again."""

    def __init__(self, api: ApiClient, api_url: str) -> None:
        self._api = api
        self._api_url = api_url
        self._orders: OrderedDict[str, list[Sent]] = OrderedDict()
        self._lock = threading.Lock()

    def fire(self, story: str, user: str) -> dict[str, Any]:
        """Send a new occurrence of a story. KeyError when there is no such story."""
        sent = [Sent(f"{story}-{uuid.uuid4()}", {"user_id": user, **content}) for content in STORIES[story].requests()]
        order = uuid.uuid4().hex
        with self._lock:
            self._orders[order] = sent
            while len(self._orders) > REMEMBERED:
                self._orders.popitem(last=False)
        return self._send(order, sent)

    def again(self, order: str) -> dict[str, Any]:
        """Send the very same requests once more, as a webhook does that heard no answer. KeyError when forgotten."""
        with self._lock:
            sent = self._orders[order]
        return self._send(order, sent)

    def _send(self, order: str, sent: list[Sent]) -> dict[str, Any]:
        # One after the other: a second one at the same time costs the emulator a cold start of seconds.
        answers = [self._post(each) for each in sent]
        replayed = sum(answer.headers.get("Idempotency-Replayed") == "true" for answer in answers)
        return {
            "order": order,
            "request": self.described(sent[-1]),
            "response": _response(answers[-1]),
            "requests": len(sent),
            "statuses": Counter(str(answer.status) for answer in answers),
            "replayed": replayed,
        }

    def _post(self, sent: Sent) -> urllib3.BaseHTTPResponse:
        return self._api.request("POST", "/notifications", sent.body, headers={"Idempotency-Key": sent.key})

    def described(self, sent: Sent) -> dict[str, Any]:
        """The request as the page shows it. The `curl` line gets a token of its own, so that no token is shown."""
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
