"""One run: make the requests, send them, and judge the answers."""

import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from time import monotonic

import psycopg
from psycopg.rows import DictRow, dict_row

from carillon.links import tokens
from carillon.links.tokens import Link
from carillon.models.delivery import SigningKey
from tests.hostile.attacks import CLAIMS, USER, Attacker
from tests.hostile.described import describe
from tests.hostile.functions import Functions
from tests.hostile.gateway import Gateway, Sent
from tests.hostile.judge import Tally

DESCRIBED_SHARE = 0.4  # of all requests; the others are attacks made by hand
LARGE_NOTIFICATIONS = 60  # before the first request
WARM_SHARE = 0.3  # of all requests: caches and pools have filled by then
MAX_GROWTH = 24.0  # megabytes after that; allocators keep what they get, so a level memory still moves a little


@dataclass
class Run:
    """The result of a run. `memory` has the megabytes of the functions at each twentieth of the run."""

    tally: Tally = field(default_factory=Tally)
    memory: list[float] = field(default_factory=list[float])
    seconds: float = 0.0

    @property
    def growth(self) -> float:
        """The megabytes by which the functions grew after they were warm."""
        warm = self.memory[round(len(self.memory) * WARM_SHARE) :] or [0.0]
        return max(warm[len(warm) // 2 :]) - max(warm[: max(1, len(warm) // 2)])

    @property
    def problems(self) -> list[str]:
        """All problems, with that of the memory."""
        grown = [f"the functions grew by {self.growth:.0f} MB"] if self.growth > MAX_GROWTH else []
        return self.tally.problems + grown


def run(
    functions: Functions, database_url: str, *, count: int, seed: int, minutes: float,
    progress: Callable[[int], None] = lambda _: None,
) -> Run:  # fmt: skip
    """Send up to `count` requests for at most so many minutes. `database_url` is the superuser's."""
    gateway, result, began = Gateway(), Run(), monotonic()
    sample = max(1, count // 20)
    for sent in _requests(functions, gateway, database_url, count, seed):
        result.tally.kinds[sent.kind] += 1
        accepted = gateway.accept(sent)
        if accepted is None:
            result.tally.by_gateway += 1
        else:
            route, event = accepted
            result.tally.add(sent, route, *functions.answer(event))
        if result.tally.count % sample == 0:
            result.memory.append(functions.memory())
            progress(result.tally.count)
        if monotonic() - began > minutes * 60:
            result.tally.problems.append(f"only {result.tally.count} of {count} requests within {minutes} minutes")
            break
    result.seconds = monotonic() - began
    return result


def _requests(functions: Functions, gateway: Gateway, database_url: str, count: int, seed: int) -> Iterator[Sent]:
    dice = random.Random(seed)
    attacker = Attacker(dice, list(_recorded(functions, gateway)), _links(database_url))
    described = list(describe(round(count * DESCRIBED_SHARE), seed, CLAIMS))
    dice.shuffle(described)
    described = described[:count]
    is_described = [True] * len(described) + [False] * (count - len(described))
    dice.shuffle(is_described)
    for each in is_described:
        yield described.pop() if each else attacker.attack()


def _recorded(functions: Functions, gateway: Gateway) -> Iterator[str]:
    """Record notifications as large as they may be, and yield their ids: a page of the feed has many of them."""
    large = {"event_name": "a.b", "title": "T", "body": "\x01" * 4000, "data": {"a": "\x01" * 2700}}
    for number in range(LARGE_NOTIFICATIONS):
        body = json.dumps(large | {"severity": "warning" if number < 5 else "info"}).encode()
        accepted = gateway.accept(Sent("first", "POST", "/notifications", body, claims=USER))
        if accepted is not None:
            answer, _seconds = functions.answer(accepted[1])
            yield json.loads(answer["body"])["notification"]["id"]


def _links(database_url: str) -> list[str]:
    """Return genuine tokens of links to unsubscribe."""
    with psycopg.Connection[DictRow].connect(
        database_url, row_factory=dict_row, options="-c search_path=carillon"
    ) as connection:
        [row] = connection.execute("SELECT id, encode(secret, 'hex') AS secret FROM signing_keys").fetchall()
    key, now = SigningKey.model_validate(row), datetime.now(UTC)
    return [tokens.sign(Link(user, names), key, now) for user in ("alice", "é🔔") for names in ((), ("a",))]
