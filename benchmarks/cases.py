"""The kinds of people and requests that create is measured with, and the settings of the stack."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

from carillon.identity import Identity
from carillon.settings import CreateSettings, DeliverSettings

PRODUCER = Identity(subject=None, producer="benchmark")
CATEGORIES = Path(__file__).with_name("categories.toml")
# The numbers of people of a case. A quarter of each is odd, so that each of the four kinds of people meets all
# contents. The processes of a program notify different people. MANY keeps the messages of a person in a minute few, as
# the limits of a stack do: create counts them, and a fan-out notifies 10,000 people a second.
MANY, FEW = 20_020, 252

Body = dict[str, Any]

_CONTENT: Body = {
    "event_name": "job.failed",
    "title": "The job nightly-export failed",
    "body": "The job stopped after 12 minutes: the target did not answer. It will run again at 02:00.",
    "summary": "A job failed",
    "target_url": "/jobs/4711",
    "data": {"job": 4711, "attempt": 2, "region": "eu-central-1"},
}
_STACK: Mapping[str, object] = {
    "queue_url": "unused",
    "email_from": "no-reply@example.com",
    "fcm_application_arn": "arn:aws:sns:eu-central-1:123456789012:app/GCM/benchmark",
    "default_digest_minutes": 1440,
    "email_per_minute": 100_000,
    "push_per_minute": 100_000,
}


@dataclass(frozen=True, slots=True)
class Case:
    """A kind of people and of requests. `channels` are those that the usual way opens a queue row for."""

    key: str
    title: str
    channels: Sequence[str]
    contents: Sequence[Body]
    people: int = FEW
    full: bool = False  # every feature is in use: categories, rules, quiet hours, limits, digests and pauses

    def work(self) -> dict[str, Any]:
        """Return what a child process needs to know."""
        return {
            "case": self.key, "channels": self.channels, "contents": self.contents, "full": self.full,
            "people": self.people,
        }  # fmt: skip


CASES = {
    case.key: case
    for case in (
        Case("nothing", "nothing routed", [], [_CONTENT | {"severity": "info"}], MANY),
        Case("critical", "critical, two channels", ["email", "push"], [_CONTENT | {"severity": "critical"}], MANY),
        Case("digest", "a digest joined on two channels", ["email", "push"], [_CONTENT | {"severity": "warning"}]),
        Case(
            "full",
            "everything in use",
            ["email", "push"],
            [_CONTENT | {"severity": "warning"}, _CONTENT | {"severity": "critical"}],
            full=True,
        ),
    )
}


def person(case: str, number: int) -> str:
    """Return the id of a person of a case."""
    return f"{case}-{number % CASES[case].people:05}"


def bodies(work: Mapping[str, Any], number: int, processes: int, first: int) -> list[Body]:
    """Return request bodies as a handler gets them: parsed JSON, each with its own resource.

    `number` is the number of this process. `first` is the number of requests that it has sent before.
    """
    positions = [(first + each) * processes + number for each in range(work["count"])]
    contents: Sequence[Body] = work["contents"]
    return [
        contents[position // 4 % len(contents)]
        | {"user_id": person(work["case"], position), "resource_id": uuid4().hex}
        for position in positions
    ]


def create_settings(url: str, *, full: bool = False) -> CreateSettings:
    """Return the settings of create. With `full`, the limits and the categories are those of a stack in use."""
    return CreateSettings.model_validate({"database_url": url, **_STACK, **(_in_use() if full else {})})


def deliver_settings(url: str, *, full: bool = False) -> DeliverSettings:
    """Return the settings of deliver for the same stack."""
    return DeliverSettings.model_validate({"database_url": url, **_STACK, **(_in_use() if full else {})})


def _in_use() -> dict[str, object]:
    return {
        "categories_file": CATEGORIES, "default_digest_minutes": 5, "email_per_minute": 5, "push_per_minute": 20,
    }  # fmt: skip
