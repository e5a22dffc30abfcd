"""A mixed load for half an hour, to see that memory, connections, the size of a row and dead rows stay level.

The tables grow, because nothing is old enough to be deleted. So their size is judged by live row. The soak is apart
from `make bench`, because it takes as long as the user wants: `python -m benchmarks soak --minutes 30`.
"""

import json
import time
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil
import psycopg

from benchmarks import report
from benchmarks.cases import CASES
from benchmarks.children import Child, Fleet, fleets, python
from benchmarks.options import Options
from benchmarks.progress import clear, progress
from benchmarks.results import LATEST
from benchmarks.server import Server
from benchmarks.world import world

A_STEP = 50  # notifications of each kind, then as many deliveries: a step of the load
STEP_SECONDS = 1.0
SAMPLE_SECONDS = 15
WARM_SHARE = 0.2  # of the run: caches fill and tables grow to their working size
# By what factor the mean of the last third may exceed that of the first third after the warm-up, or this least value.
LEVEL = {
    "memory of clients, MB": (1.1, 0),
    "memory of the server, MB": (1.25, 0),
    "connections": (1.0, 0),
    "bytes for each live row": (1.15, 0),
    "dead rows for 100 live rows": (1.5, 10),
}


@dataclass(frozen=True, slots=True)
class Sample:
    """The state of all processes and tables at one moment."""

    seconds: float
    clients: float  # MB of resident memory, of all client processes
    server: float  # MB of private memory, of all server processes
    connections: int
    dead: int  # rows that vacuum has not removed yet, in all tables
    live: int
    bytes: int  # of the database
    vacuums: int


def soak(minutes: float, data: Path | None) -> int:
    """Run the load, print what was sampled, and return 1 if something did not stay level."""
    options = Options(data=data)
    with world(options) as shared:
        url = shared.product("soak")
        shared.server.settle("soak")
        config = {"product": url, "superuser": shared.server.url("soak")}
        programs = {"create": python("create"), "deliver": python("deliver"), "read": python("read")}
        with fleets(programs, 1, config) as started, ExitStack() as stack:
            connection = psycopg.connect(shared.server.url("soak"), autocommit=True)
            connection.execute("SET search_path = carillon")  # as the roles of the functions have it
            stack.callback(connection.close)
            samples = _run(shared.server, started, connection, minutes * 60)
    clear()
    path = LATEST.with_name("soak.json")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"started": datetime.now(UTC).isoformat(), "samples": [asdict(s) for s in samples]}))
    return _report(samples)


def _run(
    server: Server, started: dict[str, Fleet], connection: psycopg.Connection[Any], seconds: float
) -> list[Sample]:
    """Run steps at a steady rate until the time is over. Take a sample every few seconds."""
    begin = time.monotonic()
    samples: list[Sample] = []
    children = [child for fleet in started.values() for child in fleet.children]
    step = 0
    while (elapsed := time.monotonic() - begin) < seconds:
        progress(f"soak: {elapsed / 60:.0f} of {seconds / 60:.0f} minutes")
        case = list(CASES.values())[step % len(CASES)]
        started["create"].timed(case.work(), A_STEP)
        delivered = CASES["full" if step % 2 else "critical"]
        started["deliver"].timed({**delivered.work(), "batch": 10}, A_STEP)
        started["read"].timed(case.work(), A_STEP)
        if not samples or elapsed - samples[-1].seconds >= SAMPLE_SECONDS:
            samples.append(_sample(elapsed, server, children, connection))
        step += 1
        time.sleep(max(begin + step * STEP_SECONDS - time.monotonic(), 0))
    return samples


def _sample(elapsed: float, server: Server, children: list[Child], connection: psycopg.Connection[Any]) -> Sample:
    postmaster = int((server.postgres.data_dir / "postmaster.pid").read_text().split("\n", 1)[0])
    backends = [each for each in psutil.Process(postmaster).children() if each.is_running()]
    row = connection.execute(
        """
        SELECT
            (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'),
            sum(n_dead_tup), sum(n_live_tup), pg_database_size(current_database()),
            sum(autovacuum_count + vacuum_count)
        FROM pg_stat_user_tables
        """
    ).fetchone()
    assert row
    return Sample(
        elapsed,
        sum(psutil.Process(child.pid).memory_info().rss for child in children) / 1e6,
        sum(_private(each) for each in backends) / 1e6,
        *map(int, row),
    )


def _private(process: psutil.Process) -> int:
    """Return the memory of a process without what it shares, so that the shared buffers are not counted for each."""
    try:
        info = process.memory_info()
        return info.rss - getattr(info, "shared", 0)
    except psutil.Error:
        return 0  # it has just ended


def level(samples: list[Sample]) -> dict[str, tuple[float, float, bool]]:
    """Return the means of each quantity in the first and the last third after the warm-up, and if it stayed level."""
    warm = samples[round(len(samples) * WARM_SHARE) :]
    third = max(len(warm) // 3, 1)
    values = {
        "memory of clients, MB": [each.clients for each in warm],
        "memory of the server, MB": [each.server for each in warm],
        "connections": [float(each.connections) for each in warm],
        "bytes for each live row": [each.bytes / max(each.live, 1) for each in warm],
        "dead rows for 100 live rows": [100 * each.dead / max(each.live, 1) for each in warm],
    }
    found: dict[str, tuple[float, float, bool]] = {}
    for name, taken in values.items():
        first, last = sum(taken[:third]) / third, sum(taken[-third:]) / third
        found[name] = (first, last, last <= max(first * LEVEL[name][0], LEVEL[name][1]))
    return found


def _report(samples: list[Sample]) -> int:
    if len(samples) < 6:
        print(f"{len(samples)} samples: too few to judge. Run it for at least three minutes.")
        return 2
    rows = [
        (
            name,
            report.number(first),
            report.number(last),
            report.number(max(first * LEVEL[name][0], LEVEL[name][1])),
            "level" if flat else "grew",
        )
        for name, (first, last, flat) in level(samples).items()
    ]
    print("\n".join(report.table(["", "first third", "last third", "may grow to", ""], rows)))
    last, first = samples[-1], samples[0]
    print(
        f"\nDatabase {first.bytes / 1e6:.0f} to {last.bytes / 1e6:.0f} MB, {last.live:,} live rows, "
        f"{last.vacuums - first.vacuums} vacuums in {last.seconds / 60:.0f} minutes."
    )
    grew = [row[0] for row in rows if row[-1] == "grew"]
    print(f"{len(rows) - len(grew)} of {len(rows)} stayed level." + (f" Grew: {', '.join(grew)}." if grew else ""))
    return 1 if grew else 0
