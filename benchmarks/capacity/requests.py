"""The requests of the load: open bells that poll, people who read, and producers that record."""

import json
import random
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from benchmarks.capacity.containers import Kind
from tests.support.service import http_event

# Of a hundred requests. An open bell polls the first page with If-None-Match; an application shows the count alone.
SHARES = {"list": 60, "count": 25, "create": 8, "mark": 5, "preferences": 2}
FUNCTIONS: dict[str, Kind] = {
    "list": "read", "count": "read", "mark": "read", "create": "create", "preferences": "recipients",
}  # fmt: skip


@dataclass
class Visitor:
    """The knowledge of one person's client: the tags of its last answers, and a notification to mark."""

    tags: dict[str, str] = field(default_factory=dict[str, str])
    notification_id: str | None = None


@dataclass
class Clients:
    """All clients. The seed makes each run alike."""

    people: list[str]
    seed: int = 1

    def __post_init__(self) -> None:
        """Begin without knowledge."""
        self.random = random.Random(self.seed)  # noqa: S311 - a load, no secret
        self._visitors = {person: Visitor() for person in self.people}

    def next(self) -> tuple[str, str]:
        """Return the next request: its name and its person."""
        [name] = self.random.choices(list(SHARES), list(SHARES.values()))
        person = self.random.choice(self.people)
        if name == "mark" and self._visitors[person].notification_id is None:
            name = "list"
        return name, person

    def event(self, name: str, person: str) -> dict[str, Any]:
        """Return the event that Lambda gets for a request."""
        visitor = self._visitors[person]
        headers = {"If-None-Match": visitor.tags[name]} if name in visitor.tags else {}
        claims = {"sub": person}
        match name:
            case "list":
                return http_event("GET", "/notifications", claims=claims, headers=headers, query={"limit": "30"})
            case "count":
                return http_event("GET", "/notifications/unread-count", claims=claims, headers=headers)
            case "mark":
                path, visitor.notification_id = f"/notifications/{visitor.notification_id}", None
                return http_event("PATCH", path, {"read": True}, claims=claims)
            case "preferences":
                return http_event("GET", "/preferences", claims=claims)
            case _:
                new = {
                    "user_id": person, "event_name": "job.failed", "title": "A job failed", "severity": "critical",
                    "idempotency_key": str(uuid4()),
                }  # fmt: skip
                producer = {"client_id": "jobs", "sub": "jobs", "scope": "carillon/send"}
                return http_event("POST", "/notifications", new, claims=producer)

    def learn(self, name: str, person: str, answer: dict[str, Any]) -> None:
        """Keep what an answer tells the client."""
        visitor = self._visitors[person]
        if "ETag" in answer["headers"]:
            visitor.tags[name] = answer["headers"]["ETag"]
        if name == "list" and answer["statusCode"] == 200:
            page = json.loads(answer["body"])["notifications"]
            visitor.notification_id = page[0]["id"] if page else None
