"""Recording one notification: the product against the usual way and against the bare insert of the row."""

import json
from functools import partial

import psycopg

from benchmarks.cases import CASES, Case
from benchmarks.children import Fleet, Start, fleets, python
from benchmarks.figures import Comparison
from benchmarks.install import USUAL, node_rival
from benchmarks.machine import node_version
from benchmarks.options import Outcome
from benchmarks.progress import progress
from benchmarks.proxy import overhead, running_proxy
from benchmarks.rounds import interleave
from benchmarks.server import Server
from benchmarks.world import World

PRODUCT, STATEMENT, BARE, SAME_ROWS = "create", "its statement", "bare insert", "same rows"
USUAL_WAYS = ("usual, Python", "usual, Node")
DELAY_SECONDS = 0.0005  # each way, as between a function and RDS in another availability zone
MANY = 8  # processes, with one connection each
TRANSPORTS = {"socket": "Unix socket", "network": "0.5 ms each way"}
DATABASES = ("create", "usual")


def measure(world: World) -> Outcome:
    """Measure every kind of people, on one and on eight connections, over a socket and over a slow connection."""
    node = node_rival()
    outcome = Outcome(versions={"Node": node_version(), "pg": _pg_version()})
    world.product("create")
    with psycopg.connect(world.server.create_database("usual"), autocommit=True) as connection:
        connection.execute((USUAL / "schema.sql").read_bytes())
    programs = {
        PRODUCT: python("create"), STATEMENT: python("statement"), USUAL_WAYS[0]: python("usual"), USUAL_WAYS[1]: node,
        BARE: python("bare"), SAME_ROWS: python("same_rows"),
    }  # fmt: skip
    cases = list(CASES.values())
    for processes in (1, MANY):
        with fleets(_of(programs, processes), processes, _addresses(world.server, None)) as started:
            outcome.comparisons += [_compare(world, case, started, "socket") for case in cases]
    with running_proxy(world.server.socket, DELAY_SECONDS) as port:
        for processes, measured in ((1, cases), (MANY, [CASES["critical"]])):
            with fleets(_of(programs, processes), processes, _addresses(world.server, port)) as started:
                outcome.comparisons += [_compare(world, case, started, "network") for case in measured]
    outcome.notes.append(
        f"The proxy adds {overhead(DELAY_SECONDS) * 1e6:.0f} µs to a round trip of {2000 * DELAY_SECONDS:g} ms"
        " (median), to that of every program alike."
    )
    return outcome


def _of(programs: dict[str, Start], processes: int) -> dict[str, Start]:
    """Return the programs for so many processes: parts of create are measured on one connection."""
    parts = () if processes == 1 else (STATEMENT, SAME_ROWS)
    return {name: each for name, each in programs.items() if name not in parts}


def _addresses(server: Server, port: int | None) -> dict[str, object]:
    """Return the addresses of the programs' databases. With a port, all go through the proxy that listens on it."""
    host = str(server.socket_dir) if port is None else "127.0.0.1"
    return {
        "product": server.url("create", user="carillon", port=port),
        "superuser": server.url("create", port=port),
        "usual": server.url("usual", port=port),
        "usual_node": {"host": host, "port": port or server.postgres.port, "user": "postgres", "database": "usual"},
    }


def _compare(world: World, case: Case, started: dict[str, Fleet], transport: str) -> Comparison:
    """Warm all programs up, let the databases rest, and run the rounds of one case."""
    processes = len(next(iter(started.values())).children)
    connections = "one connection" if processes == 1 else f"{processes} connections"
    what = f"create, {case.title}, {connections}, {TRANSPORTS[transport]}"
    if case.key != "critical":  # the only case in which each notification opens deliveries of its own
        started = {name: fleet for name, fleet in started.items() if name != SAME_ROWS}
    progress(f"{what}: warming up")
    counts = {name: fleet.calibrate(case.work(), world.options.seconds, first=20) for name, fleet in started.items()}
    world.server.settle(*DATABASES)
    programs = {name: partial(fleet.timed, case.work(), counts[name]) for name, fleet in started.items()}
    result = Comparison(
        key=f"create/{transport}-{processes}/{case.key}",
        group=f"{TRANSPORTS[transport]}, {connections}",
        case=case.title,
        unit="notifications a second",
        samples=interleave(programs, world.options.rounds, what),
    )
    result.add_ratio("create / usual way", PRODUCT, *USUAL_WAYS)
    result.add_ratio("create / bare insert", PRODUCT, BARE)
    result.add_ratio("statement / usual way", STATEMENT, *USUAL_WAYS)
    result.add_ratio("same rows / usual way", SAME_ROWS, *USUAL_WAYS)
    result.add_ratio("statement / same rows", STATEMENT, SAME_ROWS)
    return result


def _pg_version() -> str:
    return str(json.loads((USUAL / "node_modules" / "pg" / "package.json").read_text())["version"])
