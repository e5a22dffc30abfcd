"""Recording one notification: the product against the usual way and against the bare insert of the row."""

import json
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import psycopg

from benchmarks import people
from benchmarks.cases import CASES, Case
from benchmarks.children import Child, Fleet, fleets, python
from benchmarks.figures import Comparison
from benchmarks.install import USUAL, node_rival
from benchmarks.machine import node_version
from benchmarks.options import Options, Outcome
from benchmarks.progress import progress
from benchmarks.rounds import interleave
from benchmarks.server import Server, relaxed, running_server

PRODUCT, STATEMENT, BARE = "create", "its statement", "bare insert"
USUAL_WAYS = ("usual, Python", "usual, Node")
TRANSPORTS = {"socket": "Unix socket", "network": "0.5 ms each way"}


def measure(options: Options) -> Outcome:
    """Measure every kind of people, on one and on eight connections, over a socket and over a slow connection."""
    outcome = Outcome(versions={"Node": node_version(), "pg": _pg_version()})
    node = node_rival()
    with running_server(options.data) as server:
        progress("create: setting up people")
        product = server.create_product("product")
        server.create_database("usual")
        with psycopg.connect(server.url("usual"), autocommit=True) as connection:
            connection.execute((USUAL / "schema.sql").read_bytes())
        people.set_up(relaxed(product), server.url("product"))
        commands: dict[str, Sequence[str | Path]] = {
            PRODUCT: python("create"), STATEMENT: python("statement"), USUAL_WAYS[0]: python("usual"),
            USUAL_WAYS[1]: node, BARE: python("bare"),
        }  # fmt: skip
        for processes in (1, 8):
            with fleets(commands, processes, _addresses(server, None)) as started:
                for case in CASES.values():
                    outcome.comparisons.append(_compare(server, options, case, started, "socket"))
    return outcome


def _addresses(server: Server, port: int | None) -> dict[str, object]:
    """Return the addresses of the programs' databases. With a port, all go through the proxy that listens on it."""
    node = {"host": str(server.socket_dir), "port": server.postgres.port} if port is None else {
        "host": "127.0.0.1", "port": port}  # fmt: skip
    return {
        "product": server.url("product", user="carillon", port=port),
        "superuser": server.url("product", port=port),
        "usual": server.url("usual", port=port),
        "usual_node": {**node, "user": "postgres", "database": "usual"},
    }


def _compare(server: Server, options: Options, case: Case, started: dict[str, Fleet], transport: str) -> Comparison:
    """Warm all programs up, let the database rest, and run the rounds of one case."""
    processes = len(next(iter(started.values())).children)
    connections = "one connection" if processes == 1 else f"{processes} connections"
    what = f"create, {case.title}, {connections}, {TRANSPORTS[transport]}"
    progress(f"{what}: warming up")
    counts: dict[str, int] = {}
    for name, fleet in started.items():
        fleet.timed(case.work(), 20)
        rate = fleet.timed(case.work(), 20)
        counts[name] = max(round(rate * options.seconds / processes), 5)
    server.settle("product", "usual")
    programs = {name: partial(fleet.timed, case.work(), counts[name]) for name, fleet in started.items()}
    result = Comparison(
        key=f"create/{transport}-{processes}/{case.key}",
        group=f"{TRANSPORTS[transport]}, {connections}",
        case=case.title,
        unit="notifications a second",
        samples=interleave(programs, options.rounds, what),
    )
    result.add_ratio("create / usual way", PRODUCT, *USUAL_WAYS)
    result.add_ratio("create / bare insert", PRODUCT, BARE)
    result.add_ratio("statement / usual way", STATEMENT, *USUAL_WAYS)
    return result


def _pg_version() -> str:
    return str(json.loads((USUAL / "node_modules" / "pg" / "package.json").read_text())["version"])
