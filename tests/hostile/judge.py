"""The rules for an answer to a hostile request."""

import json
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from tests.hostile.gateway import Route, Sent

MAX_BYTES = 1_000_000  # of an answer
MAX_SECONDS = 2.0  # of work for one request
MAX_DETAILS = 20


@dataclass
class Tally:
    """The answers so far, and the problems that they had."""

    answered: Counter[int] = field(default_factory=Counter[int])
    kinds: Counter[str] = field(default_factory=Counter[str])
    by_gateway: int = 0
    largest: int = 0
    slowest: float = 0.0
    problems: list[str] = field(default_factory=list[str])

    @property
    def count(self) -> int:
        """The number of requests, with those that the gateway answers."""
        return sum(self.kinds.values())

    def add(self, sent: Sent, route: Route, answer: dict[str, Any], seconds: float) -> None:
        """Count an answer, and note what is wrong with it."""
        size = len((answer.get("body") or "").encode())
        self.answered[answer["statusCode"]] += 1
        self.largest, self.slowest = max(self.largest, size), max(self.slowest, seconds)
        for problem in _problems(sent, route, answer, seconds):
            self.problems.append(f"{sent.kind}: {route.label}: {problem} ({sent.target[:80]!a} {sent.body[:120]!r})")


def _problems(sent: Sent, route: Route, answer: dict[str, Any], seconds: float) -> list[str]:
    status, body, headers = answer["statusCode"], answer.get("body") or "", answer["headers"]
    found = [
        (status >= 500, f"answered {status}"),
        (status not in route.statuses, f"answered {status}, which its description does not have"),
        (len(body.encode()) >= MAX_BYTES, f"answered {len(body.encode())} bytes"),
        (seconds > MAX_SECONDS, f"worked for {seconds:.1f} s"),
        ("Cache-Control" not in headers, "does not say what a cache may store"),
        (sent.method == "HEAD" and body != "", "answered HEAD with a body"),
        (status >= 400 and body != "" and not _is_short_error(headers, body), "has another form of errors"),
    ]
    return [problem for is_so, problem in found if is_so]


def _is_short_error(headers: dict[str, str], body: str) -> bool:
    if headers["Content-Type"].startswith("text/html"):
        return "<html" in body
    error = json.loads(body)["error"]
    details = error.get("details", [])
    return bool(error["code"] and error["message"]) and len(details) <= MAX_DETAILS and len(body) < 20_000
