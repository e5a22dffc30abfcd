"""Pruning: what it costs a create while a large backlog is past its retention, and how fast it is."""

import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

import psycopg

from benchmarks import product_tables
from benchmarks.cases import CASES, PRODUCER, create_settings
from benchmarks.children import Fleet, fleets, python
from benchmarks.figures import Comparison
from benchmarks.options import Outcome
from benchmarks.progress import progress
from benchmarks.rounds import interleave
from benchmarks.server import relaxed
from benchmarks.world import World
from carillon.database.connection import Database
from carillon.deliveries import pruning
from carillon.models.new_notification import NewNotification
from carillon.notifications import record
from carillon.settings import ReaperSettings

NAME = "retention"
OLD = 1_000_000  # notifications past their retention; every second one has a delivery
CASE = CASES["critical"]
ALONE, PACED, FLAT_OUT = "alone", "with rests", "without rests"


@dataclass(slots=True)
class Done:
    """The work of a pruner: how many notifications it deleted, in how many seconds."""

    deleted: int = 0
    seconds: float = 0.0


class Pruner:
    """The reaper's pruning on a connection of its own, in a thread: this process does nothing else meanwhile."""

    def __init__(self, url: str) -> None:
        self._settings = ReaperSettings.model_validate({"database_url": url, "queue_url": "unused"})
        self._database = Database(self._settings)
        self._database.check()

    @contextmanager
    def running(self, done: Done, *, rests: bool) -> Generator[None]:
        """Prune while the block runs, and add to `done` what was deleted in it."""
        stop = threading.Event()
        wait: Callable[[float], object] = stop.wait if rests else lambda _seconds: stop.is_set()

        def prune() -> None:
            while not stop.is_set():
                done.deleted += pruning.prune_due(self._database, self._settings, time.monotonic() + 3600, wait)

        thread = threading.Thread(target=prune)
        started = time.monotonic()
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()
            done.seconds += time.monotonic() - started


def measure(world: World) -> Outcome:
    """Fill a database with old notifications, and record in it alone and while they are pruned."""
    url = world.product(NAME)
    with psycopg.connect(relaxed(world.server.url(NAME)), autocommit=True) as superuser:
        _fill(url, superuser)
    world.server.settle(NAME)
    pruner = Pruner(url)
    addresses: dict[str, object] = {"product": url, "superuser": world.server.url(NAME)}
    with fleets({ALONE: python("create")}, 1, addresses) as started:
        return _compare(world, started[ALONE], pruner)


def _fill(url: str, superuser: psycopg.Connection) -> None:
    progress(f"retention: filling {OLD:,} old notifications")
    settings = create_settings(url)
    database = Database(settings)
    body = {**CASES["nothing"].contents[0], "user_id": "sample"}
    record.create(database, settings, PRODUCER, NewNotification.model_validate(body), None)
    database.close()
    product_tables.fill_old(superuser, product_tables.sample_row(superuser, "sample"), OLD)


def _compare(world: World, fleet: Fleet, pruner: Pruner) -> Outcome:
    what = f"create beside pruning, {CASE.title}"
    progress(f"{what}: warming up")
    count = fleet.calibrate(CASE.work(), world.options.seconds, first=200)
    done = {PACED: Done(), FLAT_OUT: Done()}

    def run(name: str) -> float:
        if name == ALONE:
            return fleet.timed(CASE.work(), count)
        with pruner.running(done[name], rests=name == PACED):
            return fleet.timed(CASE.work(), count)

    outcome = Outcome()
    # Short rounds in turn, because the bar is close to 1. Without rests, the old ones would soon be gone.
    for name, rounds in ((PACED, 4 * world.options.rounds), (FLAT_OUT, min(world.options.rounds, 4))):
        programs = {ALONE: partial(run, ALONE), name: partial(run, name)}
        creates = Comparison(
            key=f"retention/{name}", group=f"Create, {CASE.title}, one connection", case=name,
            unit="notifications a second", samples=interleave(programs, rounds, what),
        )  # fmt: skip
        creates.samples["beside pruning"] = creates.samples.pop(name)
        creates.add_ratio("beside pruning / alone", "beside pruning", ALONE)
        outcome.comparisons.append(creates)
    outcome.comparisons.append(
        Comparison(
            key="retention/pruned",
            group="Pruned meanwhile",
            case="old notifications",
            unit="notifications a second",
            samples={name: [each.deleted / each.seconds] for name, each in done.items()},
        )
    )
    return outcome
