"""Claiming and finishing deliveries that do nothing: the product against job queues on the same server."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from benchmarks.cases import CASES
from benchmarks.children import Fleet, Start, fleets, python
from benchmarks.figures import Comparison
from benchmarks.install import python_rival, versions
from benchmarks.options import Outcome
from benchmarks.progress import progress
from benchmarks.rounds import interleave
from benchmarks.world import World

BATCHES = (1, 10, 100)
PRODUCT = "deliver"
QUERIES, WORKER, PROCRASTINATE = "pgqueuer, queries", "pgqueuer, worker", "Procrastinate"
CONCURRENCY = 10  # of Procrastinate's worker: its fastest on two processors
DATABASES = ("deliver", "pgqueuer_queries", "pgqueuer_worker", "procrastinate")


def measure(world: World) -> Outcome:
    """Measure batches of the product and of its rivals, and the product with everything in use."""
    url = world.product("deliver")
    with fleets({PRODUCT: python("deliver"), **_rivals(world)}, 1, {"product": url}) as started:
        progress("claim and finish: warming up")
        plans = _plans()
        counts = {name: _count(world, started[plan.program], plan.work) for name, plan in plans.items()}
        settle = partial(world.server.settle, *DATABASES)
        runs = {
            name: partial(started[plan.program].timed, plan.work, counts[name], settle) for name, plan in plans.items()
        }
        samples = interleave(runs, world.options.rounds, "claim and finish")
    return Outcome([_compare(samples)], versions=versions())


@dataclass(frozen=True, slots=True)
class _Plan:
    """A program and what it does in each round."""

    program: str
    work: Mapping[str, Any]


def _plans() -> dict[str, _Plan]:
    critical = CASES["critical"].work()
    plans = {_product(batch): _Plan(PRODUCT, {**critical, "batch": batch}) for batch in BATCHES}
    plans[_full(100)] = _Plan(PRODUCT, {**CASES["full"].work(), "batch": 100})
    plans |= {f"{QUERIES}, {batch}": _Plan(QUERIES, {"batch": batch}) for batch in BATCHES[1:]}
    plans[f"{WORKER}, 100"] = _Plan(WORKER, {"batch": 100})
    return plans | {PROCRASTINATE: _Plan(PROCRASTINATE, {"batch": 1})}


def _product(batch: int) -> str:
    return f"claim + finish, {batch}"


def _full(batch: int) -> str:
    return f"everything in use, {batch}"


def _rivals(world: World) -> dict[str, Start]:
    """Return the rivals, each with a database of its own."""
    programs: dict[str, Start] = {}
    for name, database, worker in ((QUERIES, DATABASES[1], False), (WORKER, DATABASES[2], True)):
        world.server.create_database(database)
        address = {
            "host": str(world.server.socket_dir), "port": world.server.postgres.port, "user": "postgres",
            "database": database,
        }  # fmt: skip
        programs[name] = replace(python_rival("rival_pgqueuer"), config={"rival": address, "worker": worker})
    config = {"rival": world.server.create_database(DATABASES[3]), "pool": CONCURRENCY, "concurrency": CONCURRENCY}
    return programs | {PROCRASTINATE: replace(python_rival("rival_procrastinate"), config=config)}


def _count(world: World, fleet: Fleet, work: Mapping[str, Any]) -> int:
    """Return how many deliveries a round has: whole batches, and enough of them for the clock."""
    batch: int = work["batch"]
    count = fleet.calibrate(work, world.options.seconds, first=max(4 * batch, 40))
    return max(round(count / batch), 4) * batch


def _compare(samples: Mapping[str, list[float]]) -> Comparison:
    result = Comparison(
        key="deliver",
        group="Claim and finish, one connection",
        case="deliveries that do nothing",
        unit="deliveries a second",
        samples=dict(samples),
    )
    for batch in BATCHES[1:]:
        result.add_ratio(f"batch {batch} / one at a time", _product(batch), _product(1))
        result.add_ratio(
            f"batch {batch} / pgqueuer", _product(batch), *(f"{rival}, {batch}" for rival in (QUERIES, WORKER))
        )
        result.add_ratio(f"batch {batch} / Procrastinate", _product(batch), PROCRASTINATE)
    result.add_ratio("everything in use / batch 100", _full(100), _product(100))
    return result
