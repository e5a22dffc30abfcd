"""The feed: list, count and mark, for people with few and with many notifications, in small and large tables."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import psycopg

from benchmarks import product_tables
from benchmarks.capture import Captured, capture
from benchmarks.cases import CASES, PRODUCER, create_settings
from benchmarks.figures import Comparison, quantile
from benchmarks.options import Outcome
from benchmarks.progress import progress
from benchmarks.rounds import interleave
from benchmarks.server import Server, relaxed
from benchmarks.world import World
from carillon.database.connection import Database, statement
from carillon.models.new_notification import NewNotification
from carillon.notifications import feed, record

SIZES = {"10 k": 10_000, "1 M": 1_000_000, "10 M": 10_000_000}
EACH, HOT = 200, 25_000  # notifications of a typical person, and of the hot one
PAGE = 20
DEEP = 49  # pages before page 50; a typical person's last page is the tenth
WORKING_SET = 50  # the same number of people in every table, so that the caches do not decide
CALLS = 200
PEOPLE = {"typical": [f"typical-{number}" for number in range(WORKING_SET)], "hot": ["hot"]}


@dataclass(frozen=True, slots=True)
class Person:
    """A person, with what the measured calls need to know."""

    user_id: str
    deep: UUID | None  # the cursor of the deep page
    newest_unread: UUID


@dataclass(frozen=True, slots=True)
class Table:
    """A database with one size of the table, and the people that are measured in it."""

    size: str
    database: Database
    superuser: psycopg.Connection[Any]
    people: dict[str, list[Person]]


Call = Callable[[Database, Person, int], object]

QUERIES: dict[str, Call] = {
    "first page": lambda database, person, _: _page(database, person.user_id, None),
    "page 50": lambda database, person, _: _page(database, person.user_id, person.deep),
    "unread": lambda database, person, _: _page(database, person.user_id, None, unread=True),
    "count": lambda database, person, _: feed.count_unread(database, person.user_id),
    "mark one": lambda database, person, number: feed.mark(
        database, person.user_id, person.newest_unread, read=number // WORKING_SET % 2 == 0
    ),
}


def measure(world: World) -> Outcome:
    """Fill one database for each size, and measure every query in all of them."""
    sizes = list(SIZES) if world.options.full else list(SIZES)[:2]
    tables = [_table(world.server, size) for size in sizes]
    outcome = Outcome()
    for people in PEOPLE:
        for query, call in QUERIES.items():
            outcome.comparisons += _compare(world, tables, people, query, call)
        outcome.comparisons += _compare_mark_all(world, tables, people)
    for table in tables:
        table.database.close()
        table.superuser.close()
    return Outcome(sorted(outcome.comparisons, key=lambda each: each.group))


def _table(server: Server, size: str) -> Table:
    """Fill a database, and look up what the measured calls need."""
    rows, name = SIZES[size], f"feed_{SIZES[size]}"
    progress(f"feed: filling {rows:,} rows")
    url = server.create_product(name)
    superuser = psycopg.connect(relaxed(server.url(name)), autocommit=True)
    superuser.execute("SET search_path = carillon")  # as the roles of the functions have it
    settings = create_settings(url)
    database = Database(settings)
    body = {**CASES["nothing"].contents[0], "user_id": "sample"}
    record.create(database, settings, PRODUCER, NewNotification.model_validate(body), None)
    sample = product_tables.sample_row(superuser, "sample")
    product_tables.fill_feed(superuser, sample, rows, people=rows // EACH, hot=HOT)
    server.settle(name)
    people = {kind: [_person(database, user_id) for user_id in ids] for kind, ids in PEOPLE.items()}
    return Table(size, database, superuser, people)


def _person(database: Database, user_id: str) -> Person:
    cursor: UUID | None = None
    for _ in range(DEEP):
        page = _page(database, user_id, cursor)
        if page.next_cursor is None:
            break
        cursor = page.next_cursor
    return Person(user_id, cursor, _page(database, user_id, None, unread=True).notifications[0].id)


def _page(database: Database, user_id: str, cursor: UUID | None, *, unread: bool = False):
    return feed.list_page(database, user_id, unread=unread, archived=False, event=None, limit=PAGE, cursor=cursor)


def _compare(world: World, tables: list[Table], people: str, query: str, call: Call) -> list[Comparison]:
    """Measure a query in all tables: p50 and p95 of CALLS calls in each round."""

    def run(table: Table) -> list[float]:
        chosen = table.people[people]
        taken: list[float] = []
        for number in range(CALLS):
            person = chosen[number % len(chosen)]
            started = time.perf_counter()
            call(table.database, person, number)
            taken.append((time.perf_counter() - started) * 1000)
        return taken

    for table in tables:
        run(table)
    programs = {table.size: lambda table=table: run(table) for table in tables}
    samples = interleave(programs, world.options.rounds, f"feed, {people} person, {query}")
    pages = {
        table.size: [_buffers(table, capture(lambda database: call(database, person, 0)))]  # noqa: B023 (called at once)
        for table in tables
        for person in table.people[people][:1]
    }
    return _comparisons(people, query, samples, pages)


def _compare_mark_all(world: World, tables: list[Table], people: str) -> list[Comparison]:
    """Measure "mark all" in transactions that are rolled back, so that every round marks the same rows."""

    def run(table: Table) -> list[float]:
        table.superuser.execute("VACUUM")  # the rows of the round before are dead
        taken: list[float] = []
        for person in table.people[people]:
            captured = capture(lambda database: feed.mark_all_read(database, person.user_id, datetime.now(UTC)))  # noqa: B023
            with table.superuser.transaction(force_rollback=True):
                started = time.perf_counter()
                table.superuser.execute(statement(captured.name), captured.parameters)
                taken.append((time.perf_counter() - started) * 1000)
        return taken

    programs = {table.size: lambda table=table: run(table) for table in tables}
    samples = interleave(programs, min(world.options.rounds, 4), f"feed, {people} person, mark all")
    pages = {
        table.size: [_buffers(table, capture(lambda database: feed.mark_all_read(database, person.user_id, None)))]  # noqa: B023
        for table in tables
        for person in table.people[people][:1]
    }
    return _comparisons(people, "mark all", samples, pages)


def _comparisons(
    people: str, query: str, samples: dict[str, list[list[float]]], pages: dict[str, list[float]]
) -> list[Comparison]:
    """Return p95, p50 and the pages read; and the ratio of each p95 to that of the small table."""
    found: list[Comparison] = []
    for name, share in (("p95", 0.95), ("p50", 0.5)):
        result = Comparison(
            key=f"feed/{name}/{people}/{query}",
            group=f"{name}, {people} person",
            case=query,
            unit="milliseconds",
            samples={size: [quantile(taken, share) for taken in rounds] for size, rounds in samples.items()},
        )
        for size in list(SIZES)[1:]:
            result.add_ratio(f"{size} / 10 k", size, "10 k")
        found.append(result)
    found.append(
        Comparison(
            key=f"feed/pages/{people}/{query}", group=f"Pages read, {people} person", case=query, unit="pages of 8 KiB",
            samples=pages,
        )
    )  # fmt: skip
    return found


def _buffers(table: Table, captured: Captured) -> float:
    """Return how many pages a statement reads, from the cache or from disk. Nothing that it changes is kept."""
    with table.superuser.transaction(force_rollback=True):
        explain = b"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) " + statement(captured.name)
        row = table.superuser.execute(explain, captured.parameters).fetchone()
        assert row
        plan: dict[str, Any] = row[0][0]["Plan"]
        return plan["Shared Hit Blocks"] + plan["Shared Read Blocks"]
