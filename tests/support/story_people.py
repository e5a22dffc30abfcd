"""People for end-to-end tests. Each test has its own person, so that no test uses up the limits of another."""

import json
import uuid
from dataclasses import dataclass, field
from typing import Any

from tests.e2e.conftest import Stack

ARRIVES_WITHIN_SECONDS = 20


@dataclass
class Person:
    """A person with an address, with email switched on, and with a feed."""

    stack: Stack
    user_id: str = field(default_factory=lambda: uuid.uuid4().hex[:12])

    @property
    def address(self) -> str:
        return f"{self.user_id}@example.com"

    def settle(self, **preferences: Any) -> "Person":
        """Store the contact data and the preferences of the person."""
        producer = self.stack.producer_token()
        path = f"/recipients/{self.user_id}"
        contact = {"email": self.address, "timezone": "Europe/Berlin"}
        assert self.stack.request("PUT", path, producer, contact).status == 200
        stored = self.stack.request("PUT", f"{path}/preferences", producer, {"email_enabled": True} | preferences)
        assert stored.status == 200, stored.body
        return self

    def notify(self, event_name: str, title: str, *, status: int = 201, **content: Any) -> dict[str, Any]:
        """Notify the person as a producer, and return the notification from the answer."""
        body = {"user_id": self.user_id, "event_name": event_name, "title": title} | content
        answer = self.stack.request("POST", "/notifications", self.stack.producer_token(), body)
        assert answer.status == status, answer.body
        return answer.body["notification"]

    def feed(self, query: str = "limit=100") -> list[dict[str, Any]]:
        return self._page(query)["notifications"]

    def unread(self) -> int:
        return self._page("limit=1")["unread_count"]

    def _page(self, query: str) -> dict[str, Any]:
        return self.stack.request("GET", f"/notifications?{query}", self.stack.token(self.user_id)).body

    def reads(self, notification: dict[str, Any]) -> None:
        path = f"/notifications/{notification['id']}"
        assert self.stack.request("PATCH", path, self.stack.token(self.user_id), {"read": True}).status == 200

    def emails(self) -> list[dict[str, Any]]:
        return self.stack.emails(self.address)

    def one_email(self) -> dict[str, Any]:
        """Wait for an email, and return it. It must be the only one."""
        self.stack.wait_for(self.emails, ARRIVES_WITHIN_SECONDS, "email")
        [email] = self.emails()
        return email


def route_of(stack: Stack, notification: dict[str, Any], channel: str = "email") -> dict[str, Any]:
    """Return the route of a notification on a channel, with its delivery or None."""
    path = f"/notifications/{notification['id']}/deliveries"
    answer = stack.request("GET", path, stack.producer_token()).body
    deliveries = [each for each in answer["deliveries"] if each["channel"] == channel]
    return answer["routing"][channel] | {"delivery": deliveries[0] if deliveries else None}


def make_due(stack: Stack, notification: dict[str, Any], channel: str = "email") -> None:
    """Make the digest of a notification due now, and send its message."""
    delivery_id = route_of(stack, notification, channel)["delivery"]["delivery_id"]
    with stack.database() as database:
        database.execute("UPDATE deliveries SET available_at = now() WHERE id = %s", [delivery_id])
    stack.aws("sqs").send_message(
        QueueUrl=stack.data["queue_url"], MessageBody=json.dumps({"delivery_id": delivery_id})
    )


def wait_for_end(stack: Stack, notification: dict[str, Any], status: str, channel: str = "email") -> dict[str, Any]:
    """Wait until the delivery of a notification ends, and return it. Its status must be `status`."""

    def look() -> dict[str, Any] | None:
        delivery = route_of(stack, notification, channel)["delivery"]
        return delivery if delivery["status"] in ("sent", "skipped", "failed") else None

    delivery = stack.wait_for(look, ARRIVES_WITHIN_SECONDS, "end of the delivery")
    assert delivery is not None
    assert delivery["status"] == status
    return delivery
