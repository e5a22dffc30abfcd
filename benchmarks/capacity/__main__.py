"""Measure whether a size keeps its rate, and what it answers beyond: `python -m benchmarks.capacity --size small`.

The run takes about three minutes: the rate, three times the rate, the rate, a database that is stalled for 20 seconds,
and the rate again. It prints the bars, and draws the latencies and answers by second. The exit status is 1 if a bar is
missed. `--rate` measures another rate on the connections of the size.
"""

import argparse
import asyncio
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from benchmarks import machine
from benchmarks.capacity import containers, figures, picture
from benchmarks.capacity.load import Gateway, Load, Phase, Record
from benchmarks.capacity.requests import Clients
from benchmarks.capacity.sizes import SIZES, Size
from benchmarks.product_tables import count_deliveries, store_addresses
from benchmarks.server import Server, running_server
from carillon.database.connection import Database, statement
from carillon.database.migrations import migrate
from carillon.identity import Identity
from carillon.models.new_notification import NewNotification
from carillon.notifications import record
from carillon.settings import CreateSettings
from tests.support.environment import memory_dir

DATABASE = "capacity"
FEED = 30  # notifications of each person
PER_REQUEST = 1000


def main() -> int:
    """Run what the command line asks for, and return the exit status."""
    given = _parse()
    size = SIZES[given.size]
    rate = given.rate or size.rate
    phases = [
        Phase("warm-up", 10, rate), Phase("rated", given.seconds, rate), Phase("three times the rate", 20, 3 * rate),
        Phase("between", 20, rate), Phase("stalled", 20, rate, stalled=True), Phase("after the stall", 25, rate),
    ]  # fmt: skip
    config = {"max_connections": str(size.connections)}
    with running_server(memory_dir(), config) as server:
        people = [f"person-{number:05}" for number in range(given.people)]
        _prepare(server, people)
        with _containers(server, size) as processes_of_functions:
            gateway = Gateway(rate, size.burst) if given.gateway else None
            load = Load(processes_of_functions, Clients(people), server.postgres, gateway)
            measured = asyncio.run(load.run(phases))
        states = _states(server)
    _tell(measured, phases, states)
    if given.svg:
        title = f"Size {given.size}, {rate:g} requests a second"
        given.svg.write_text(picture.draw(title, figures.by_second(measured, _seconds(phases)), phases), "utf-8")
    verdicts = figures.judge(measured, phases, states.get("failed", 0))
    for each in verdicts:
        print(f"{'met   ' if each.met else 'MISSED'}  {each.text}: {each.measured}")
    return 0 if all(each.met for each in verdicts) else 1


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.capacity", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--size", choices=list(SIZES), default="small")
    parser.add_argument("--rate", type=float, metavar="N", help="requests a second (that of the size)")
    parser.add_argument("--seconds", type=int, default=30, metavar="N", help="length of the rated phase (30)")
    parser.add_argument("--people", type=int, default=2000, metavar="N", help="people with a feed (2,000)")
    parser.add_argument("--gateway", action="store_true", help="put API Gateway's throttle before the functions")
    parser.add_argument("--svg", type=Path, metavar="FILE", help="draw the run into this file")
    return parser.parse_args()


def _prepare(server: Server, people: list[str]) -> None:
    """Create the database as a deploy does, with the limits of the roles, and fill the feeds."""
    with psycopg.connect(server.create_database(DATABASE), autocommit=True) as administrator:
        administrator.execute(statement("migrations/prepare_roles"))
    with psycopg.connect(server.url(DATABASE, user="carillon_owner"), autocommit=True) as owner:
        migrate(owner)
    url = server.url(DATABASE, user="carillon")
    settings = CreateSettings.load({"DATABASE_URL": url, "QUEUE_URL": "simulated"})
    database = Database(settings)
    for number in range(FEED):
        for start in range(0, len(people), PER_REQUEST):
            new = NewNotification.model_validate({
                "event_name": "report.ready", "title": f"Report {number} is ready", "body": "It has all figures.",
                "user_ids": people[start : start + PER_REQUEST],
            })  # fmt: skip
            record.create(database, settings, Identity(subject="jobs", producer="jobs"), new, None)
    database.close()
    with psycopg.connect(server.url(DATABASE), autocommit=True) as administrator:
        store_addresses(administrator, people)
    server.settle(DATABASE)


@contextmanager
def _containers(server: Server, size: Size) -> Generator[list[containers.Process]]:
    """Start as many containers of each function as the template lets run at once, and end them."""
    wanted: dict[containers.Kind, int] = {
        "read": size.reads_at_once, "create": size.creates_at_once, "recipients": size.recipients_at_once,
        "deliver": size.deliveries,
    }  # fmt: skip
    started: list[containers.Process] = []
    try:
        for kind, many in wanted.items():
            url = server.url(DATABASE, user=containers.ROLES[kind], port=server.postgres.port)
            for _ in range(many):
                started.append(containers.fork(kind, url, started))
        yield started
    finally:
        containers.end(started)


def _states(server: Server) -> dict[str, int]:
    with psycopg.connect(server.url(DATABASE), autocommit=True) as administrator:
        return count_deliveries(administrator)


def _seconds(phases: list[Phase]) -> int:
    return sum(phase.seconds for phase in phases)


def _tell(measured: Record, phases: list[Phase], states: dict[str, int]) -> None:
    """Print the figures of each phase and of the run."""
    facts = machine.describe()
    print(", ".join(f"{name} {text}" for name, text in facts.items()))
    for phase in phases:
        answers, *_ = figures.of_phase(measured, phases, phase.name)
        taken = figures.milliseconds(answers)
        refused = len(answers) - len(taken)
        print(
            f"{phase.name:22} {phase.rate:6g}/s  {len(taken):6} answered  {refused:6} refused"
            f"  p50 {figures.percentile(taken, 50):5.0f} ms  p99 {figures.percentile(taken, 99):5.0f} ms"
        )
    rated, *_ = figures.of_phase(measured, phases, "rated")
    function = 1000 * sum(each.cpu for each in rated) / len(rated)
    database = 1000 * measured.server_seconds["rated"] / len(rated)
    late = 1000 * measured.late_seconds
    print(f"CPU for a request: function {function:.2f} ms, database {database:.2f} ms. Latest start {late:.0f} ms.")
    sent = sum(many for _, many in measured.sends)
    print(f"Deliveries: {measured.dispatched} dispatched, {sent} sent, {measured.returned} returned; now {states}.")


if __name__ == "__main__":
    sys.exit(main())
