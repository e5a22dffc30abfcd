"""Each example of docs/routing.md is run line by line; an unknown line fails the test."""

import json
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from carillon.models.severity import SEVERITIES
from tests.support.environment import Connect
from tests.support.paths import ROOT
from tests.support.reasons import routing_reasons
from tests.support.service import Answer, Service
from tests.support.timeline import Timeline

PAGE = (ROOT / "docs" / "routing.md").read_text("utf-8")
FENCED = re.compile(r"^```(.*?)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
BLOCKS = FENCED.findall(PAGE)
EXAMPLES = [
    pytest.param(found[2], id=f"line-{PAGE.count('\n', 0, found.start()) + 1}")
    for found in FENCED.finditer(PAGE)
    if found[1] == "timeline"
]
TIME = r"(?:(\d{4}-\d\d-\d\d) )?(\d\d:\d\d(?::\d\d)?)"
LINE = re.compile(rf"(?:{TIME})?\s+(.+)")
REQUEST = re.compile(r"(?:(\d+) times )?(GET|POST|PUT|PATCH|DELETE) (\S+)(?:\s+(\{.*\}))?")
ROUTE = re.compile(rf"(\w+) (\w+)(?:, by ([\w:.]+))?(?:, leaves {TIME})?")


@dataclass
class Example:
    """A running example: alice, with an address in Paris and email switched on, and the backend of her application."""

    timeline: Timeline
    day: str = "2026-11-24"
    answer: Answer = field(default_factory=lambda: Answer(200, {}, "{}"))
    made: str = ""
    checks: int = 0

    def run(self, text: str) -> None:
        self._call("PUT", "/recipients/alice", {"email": "alice@example.com", "timezone": "Europe/Paris"})
        self._call("PUT", "/preferences", {"email_enabled": True})
        whole_lines = re.sub(r"\n\s+(?=[{\"])", " ", text)  # a body may continue below its request
        for line in whole_lines.splitlines():
            understood = LINE.fullmatch(line)
            assert understood, f"not understood: {line!r}"
            day, time, rest = understood.groups()
            if time:
                self.timeline.at(self._moment(day, time).isoformat())
            if request := REQUEST.fullmatch(rest):
                times, method, path, body = request.groups()
                for _ in range(int(times or 1)):
                    self._call(method, path, json.loads(body) if body else None)
            else:
                name, colon, expected = rest.partition(": ")
                assert colon, f"not understood: {line!r}"
                assert self._found(name) == self._expected(name, expected), line
                self.checks += 1
        assert self.checks, "an example must expect something"

    def _moment(self, day: str | None, time: str) -> datetime:
        self.day = day or self.day
        return datetime.fromisoformat(f"{self.day}T{time}").replace(tzinfo=UTC)

    def _call(self, method: str, path: str, body: Any) -> None:
        """Send a request: as alice for her settings and her feed, else as her backend about her."""
        path, _, query = path.replace("{id}", self.made).partition("?")
        if (method, path) == ("POST", "/notifications"):
            body = {"user_id": "alice", "title": "T"} | body
        hers = path == "/preferences" or method == "PATCH"
        self.answer = self.timeline.service.call(
            method,
            path,
            body,
            user="alice" if hers else None,
            producer=None if hers else "backend",
            query=dict(part.split("=") for part in query.split("&")) if query else None,
        )
        assert self.answer.status < 300, self.answer.text
        if method == "POST":
            self.made = self.answer.json["notification"]["id"]

    def _expected(self, name: str, text: str) -> Any:
        if name not in ("email", "push"):
            return text
        route = ROUTE.fullmatch(text)
        assert route, f"not understood: {text!r}"
        action, reason, rule, day, time = route.groups()
        leaves_at = None
        if time:
            leaves_at = datetime.fromisoformat(f"{day or self.day}T{time}").replace(tzinfo=UTC)
        return action, reason, rule, leaves_at

    def _found(self, name: str) -> Any:
        """Return the real value of a check."""
        match name:
            case "email" | "push":
                route = self.answer.json["notification"]["routing"][name]
                leaves_at = route.get("leaves_at")
                return (
                    route["action"], route["reason"], route.get("rule"),
                    datetime.fromisoformat(leaves_at) if leaves_at else None,
                )  # fmt: skip
            case "emails":
                return ", ".join(map(str, self.timeline.leaves())) or "none"
            case "unread":
                return str(self._asked("/notifications/unread-count")["unread_count"])
            case "in the app" | "why":
                channel = "in_app" if name == "in the app" else "email"
                return self._asked(f"/notifications/{self.made}/deliveries")["channels"][channel]["explanation"]
            case _:
                pytest.fail(f"not understood: {name!r}")

    def _asked(self, path: str) -> Any:
        return self.timeline.service.call("GET", path, user="alice").json


@pytest.fixture(autouse=True)
def declared(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Use the categories of the page as the stack's own."""
    declarations = [text for language, text in BLOCKS if language == "toml"]
    path = tmp_path / "categories.toml"
    path.write_text("\n".join(declarations), "utf-8")
    monkeypatch.setenv("CATEGORIES_FILE", str(path))


@pytest.fixture(autouse=True)
def default_email(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    """Use the default of a new stack. The service of the tests has another."""
    monkeypatch.setenv("DEFAULT_EMAIL", "critical")


@pytest.mark.parametrize("example", EXAMPLES)
def test_each_example_of_the_page_is_true(service: Service, connect: Connect, example: str) -> None:
    Example(Timeline(service, connect)).run(example)


@pytest.mark.parametrize(
    ("claim", "complaint"),
    [
        ("          email: digest severity_warning, by user, leaves 10:06", "leaves 10:06"),
        ("          email: digest severity_warning, leaves 10:05", "leaves 10:05"),
        ("          emails: 1", "emails: 1"),
        ("          unread: 2", "unread: 2"),
        ("          why: Because.", "why: Because."),
        ("          email: soon", "not understood"),
        ("          and so on", "not understood"),
        ("          mail: 1", "not understood"),
        ("and so on", "not understood"),
        ("          POST /notifications {}", "event_name"),
        ("", "not understood"),
    ],
)
def test_a_wrong_line_fails(service: Service, connect: Connect, claim: str, complaint: str) -> None:
    opening = '10:00     POST /notifications {"event_name": "a.b", "severity": "warning"}\n          unread: 1\n'
    with pytest.raises((AssertionError, pytest.fail.Exception), match=complaint):
        Example(Timeline(service, connect)).run(opening + claim + "\n")


def test_each_block_of_the_page_is_an_example() -> None:
    assert len(EXAMPLES) >= 12
    assert PAGE.count("```") == 2 * len(BLOCKS)
    assert {language for language, _ in BLOCKS} <= {"timeline", "toml"}


def test_the_page_lists_all_reasons_and_no_others() -> None:
    written: dict[str, list[str]] = {"off": [], "now": [], "digest": []}
    for action, reasons in re.findall(r"^\| `(off|now|digest)` \| (.*?) \|", PAGE, re.MULTILINE):
        words = re.findall(r"`([a-z_<>]+)`", reasons)
        if "severity_<name>" in words:  # each one but critical, with an example
            others = [f"severity_{severity}" for severity in SEVERITIES[:-1]]
            assert set(words) - {"severity_<name>"} <= set(others)
            words = others
        written[action] += words
    assert {action: sorted(reasons) for action, reasons in written.items()} == {
        action: sorted(reasons) for action, reasons in routing_reasons().items()
    }
