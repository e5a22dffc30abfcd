"""A database that refuses, hangs or is lost: each request ends soon, and the container recovers by itself."""

import time
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest

import create
import read
from carillon.database import breaker, connection
from carillon.database.connection import Database
from carillon.errors import Unavailable
from carillon.settings import ReadSettings
from devstack.machine.postgres import Postgres
from tests.support.environment import Connect, free_port
from tests.support.flow import Flow
from tests.support.service import Service, clear_containers, end_containers
from tests.support.stalls import stalled

COUNT = "notifications/count_unread"
ALICE = {"user_id": "alice"}


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Return the breaker's clock: a list with the current time."""
    clock = [1000.0]
    monkeypatch.setattr(breaker, "monotonic", lambda: clock[0])
    return clock


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Return a list that gets one entry for each attempt to connect."""
    attempts: list[float] = []

    def counted(*arguments: Any) -> Any:
        attempts.append(time.monotonic())
        return psycopg_connect(*arguments)

    psycopg_connect = connection.connect
    monkeypatch.setattr(connection, "connect", counted)
    return attempts


@pytest.fixture
def hanging(own_postgres: Postgres) -> Iterator[Database]:
    """Yield a connected database of a function whose server a test may stop. It waits a second for an answer."""
    settings = ReadSettings(database_url=own_postgres.url(user="carillon_read"), answer_timeout_seconds=1)
    database = Database(settings)
    database.check()
    yield database
    database.close()


def test_a_refused_connection_is_not_repeated_and_opens_the_breaker(now: list[float], asked: list[float]) -> None:
    database = Database(ReadSettings(database_url=f"postgresql://carillon_read@127.0.0.1:{free_port()}/carillon"))
    for expected in (1, 1, 1):
        with pytest.raises(Unavailable):
            database.check()
        assert len(asked) == expected
    now[0] += breaker.FIRST_PAUSE_SECONDS
    with pytest.raises(Unavailable):
        database.check()
    assert len(asked) == 2


def test_an_answer_closes_the_breaker(database_url: str, now: list[float], asked: list[float]) -> None:
    database = Database(ReadSettings(database_url=database_url))
    for _ in range(5):
        database._breaker.failed()
    now[0] += breaker.LAST_PAUSE_SECONDS
    database.check()
    database.close()
    database.check()
    assert len(asked) == 2
    database.close()


def test_a_statement_on_a_stalled_server_ends_and_the_next_one_fails_at_once(
    hanging: Database, own_postgres: Postgres, asked: list[float], now: list[float]
) -> None:
    with stalled(own_postgres):
        began = time.monotonic()
        with pytest.raises(Unavailable) as failure:
            hanging.rows(COUNT, ALICE)
        assert 1 <= time.monotonic() - began < 2
        assert failure.value.details == [{"statement": COUNT, "error": "NoAnswer"}]
        began = time.monotonic()
        with pytest.raises(Unavailable):
            hanging.rows(COUNT, ALICE)
        assert time.monotonic() - began < 0.1
        assert asked == []

        now[0] += breaker.FIRST_PAUSE_SECONDS
        began = time.monotonic()
        with pytest.raises(Unavailable):
            hanging.rows(COUNT, ALICE)
        assert 2 <= time.monotonic() - began < 3, "the time to connect"
    now[0] += 2 * breaker.FIRST_PAUSE_SECONDS
    assert hanging.rows(COUNT, ALICE) == [{"unread_count": 0}]


def test_an_error_of_the_server_keeps_the_connection(database_url: str, connect: Connect, asked: list[float]) -> None:
    database = Database(ReadSettings(database_url=database_url))
    database.check()
    [row] = database.rows("connection/set_statement_timeout", {"timeout": "100ms"})
    assert row
    with connect(autocommit=False) as blocking:
        blocking.execute("LOCK notifications")
        with pytest.raises(Unavailable) as failure:
            database.rows(COUNT, ALICE)
    assert "57014" in str(failure.value.details)
    assert database.rows(COUNT, ALICE) == [{"unread_count": 0}]
    assert len(asked) == 1
    database.close()


def test_requests_get_503_within_seconds_while_the_database_is_stalled_and_a_repeat_records_once(
    service: Service, own_postgres: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", own_postgres.url())
    clear_containers()
    new = {"event_name": "a.b", "title": "T", "idempotency_key": "k", "severity": "critical"}
    assert service.call("GET", "/notifications/unread-count", user="alice").json == {"unread_count": 0}
    assert service.call("POST", "/notifications", new | {"idempotency_key": "j"}, user="alice").status == 201
    with stalled(own_postgres):
        for method, path, body, most in (
            ("GET", "/notifications/unread-count", None, 4), ("GET", "/notifications", None, 0.5),
            ("POST", "/notifications", new, 6), ("POST", "/notifications", new, 0.5),
        ):  # fmt: skip
            began = time.monotonic()
            answer = service.call(method, path, body, user="alice")
            assert (answer.status, answer.json["error"]["code"]) == (503, "unavailable")
            assert 2 <= int(answer.headers["Retry-After"]) <= 8
            assert time.monotonic() - began < most
    with psycopg.connect(own_postgres.url(), autocommit=True) as connection:
        # The server runs what it had received. Wait for its end, by an event: the statement's row, or its lock.
        connection.execute("SET search_path = carillon")
        deadline = time.monotonic() + 10
        while connection.execute("SELECT count(*) FROM notifications").fetchone() != (2,):
            assert time.monotonic() < deadline, "the statement without an answer was received, so it must run"
    monkeypatch.setattr(breaker, "monotonic", lambda: time.monotonic() + breaker.LAST_PAUSE_SECONDS)
    repeated = service.call("POST", "/notifications", new, user="alice")
    assert repeated.status == 200, "recorded by the request that got 503"
    assert service.call("GET", "/notifications", user="alice").json["unread_count"] == 2
    for each in (create, read):
        each.container().database.close()
    end_containers()


def test_a_batch_waits_for_its_connection_and_is_then_sent_with_its_first_attempt(
    flow: Flow, asked: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    delivery_id = flow.one()
    flow.settings = flow.settings.model_copy(update={"patience_seconds": 6})
    worker = flow.new_worker()
    refuse_once(monkeypatch)

    worked = flow.work(flow.message(delivery_id), worker=worker)

    assert (worked.reported, worked.counts) == ([], {"sent": 1})
    assert flow.row(delivery_id)["attempts"] == 1
    assert flow.sqs.visibility == []


def test_a_batch_without_a_connection_returns_to_the_queue_and_uses_up_no_attempt(
    flow: Flow, monkeypatch: pytest.MonkeyPatch
) -> None:
    delivery_id = flow.one()
    worker = flow.new_worker()
    message = flow.message(delivery_id)
    refuse_once(monkeypatch)

    assert flow.work(message, worker=worker).reported == [message.message_id]

    row = flow.row(delivery_id)
    assert (row["status"], row["attempts"]) == ("pending", 0)
    monkeypatch.setattr(breaker, "monotonic", lambda: time.monotonic() + breaker.FIRST_PAUSE_SECONDS)
    assert flow.work(message, worker=worker).counts == {"sent": 1}
    assert flow.row(delivery_id)["attempts"] == 1


def refuse_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the next connection be refused, as at the limit of a role."""
    real: Callable[..., Any] = connection.connect
    answers = [psycopg.OperationalError("too many connections for role")]

    def refusing(*arguments: Any) -> Any:
        if answers:
            raise answers.pop()
        return real(*arguments)

    monkeypatch.setattr(connection, "connect", refusing)
