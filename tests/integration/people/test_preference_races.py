"""Concurrent preferences, contact data and erasures: one of them applies as a whole, and no address is lost."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest

from carillon.database.connection import Database
from carillon.models.preferences import NewPreferences
from carillon.models.recipient import NewContact
from carillon.people import erasure, preferences, recipients
from carillon.settings import RecipientsSettings
from tests.support.environment import WAITING_HERE, Connect
from tests.support.service import Service

VERIFIED = {"sub": "alice", "email": "alice@example.com", "email_verified": "true"}


@pytest.fixture
def databases(service: Service) -> Iterator[list[Database]]:
    """Yield the connections of eight containers."""
    made = [Database(RecipientsSettings.load()) for _ in range(8)]
    yield made
    for database in made:
        database.close()


def together(calls: list[Callable[[], Any]]) -> list[Any]:
    """Run calls at the same moment; an exception in one of them fails the test."""
    start = Barrier(len(calls))

    def run(call: Callable[[], Any]) -> Any:
        start.wait(10)
        return call()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def test_of_concurrent_puts_one_is_stored_as_a_whole(databases: list[Database], connect: Connect) -> None:
    settings = RecipientsSettings.load()
    for round_ in range(10):
        user = f"user{round_}"
        fields = [{"in_app_enabled": n % 2 == 0, "email_enabled": True, "digest_minutes": n} for n in range(8)]
        new = [NewPreferences.model_validate(each) for each in fields]
        answers = together([
            lambda d=d, n=n, user=user: preferences.put(d, settings, user, n, VERIFIED)
            for d, n in zip(databases, new, strict=True)
        ])  # fmt: skip
        assert all(answer.address_known for answer in answers)
        [row] = connect().execute(
            "SELECT in_app_enabled, digest_minutes FROM preferences WHERE user_id = %s", [user]
        ).fetchall()  # fmt: skip
        assert row["in_app_enabled"] == (row["digest_minutes"] % 2 == 0)


def test_a_producers_address_has_precedence_over_the_tokens_in_any_order(
    databases: list[Database], connect: Connect
) -> None:
    settings = RecipientsSettings.load()
    new, contact = NewPreferences.model_validate({"email_enabled": True}), NewContact(email="work@example.com")
    for round_ in range(20):
        user = f"user{round_}"
        calls: list[Callable[[], Any]] = [
            lambda d=d, user=user: preferences.put(d, settings, user, new, VERIFIED) for d in databases[1:]
        ]
        answers = together([lambda user=user: recipients.put(databases[0], user, contact), *calls])
        assert all(answer.address_known for answer in answers[1:])
    rows = connect().execute("SELECT DISTINCT email FROM recipients").fetchall()
    assert rows == [{"email": "work@example.com"}]


def test_an_address_that_is_stored_meanwhile_is_neither_overwritten_nor_reported_as_missing(
    databases: list[Database], connect: Connect
) -> None:
    """The producer's transaction is open when the statement starts: its row is in no snapshot, but locked."""
    producer = connect(autocommit=False)
    producer.execute("INSERT INTO recipients (user_id, email, updated_at) VALUES ('alice', 'work@example.com', now())")
    with ThreadPoolExecutor(1) as pool:
        put = pool.submit(
            preferences.put,
            databases[0],
            RecipientsSettings.load(),
            "alice",
            NewPreferences.model_validate({"email_enabled": True}),
            VERIFIED,
        )
        watcher = connect()
        while not watcher.execute(WAITING_HERE).fetchall():
            assert not put.done()
        producer.commit()
        assert put.result(10).address_known is True
    assert recipients.get(databases[0], "alice").email == "work@example.com"


def test_concurrent_puts_and_erasures_leave_all_or_nothing(databases: list[Database], connect: Connect) -> None:
    settings = RecipientsSettings.load()
    new, contact = NewPreferences.model_validate({"email_enabled": True}), NewContact(email="work@example.com")
    endpoints: Any = None  # no person here has a device
    for round_ in range(20):
        user = f"user{round_}"
        together([
            *[lambda d=d, user=user: preferences.put(d, settings, user, new, VERIFIED) for d in databases[:3]],
            *[lambda d=d, user=user: recipients.put(d, user, contact) for d in databases[3:6]],
            *[lambda d=d, user=user: erasure.erase(d, endpoints, user, "tests") for d in databases[6:]],
        ])  # fmt: skip
        erasure.erase(databases[0], endpoints, user, "tests")
    for table in ("preferences", "recipients"):
        assert connect().execute(f"SELECT FROM {table}".encode()).fetchall() == []
