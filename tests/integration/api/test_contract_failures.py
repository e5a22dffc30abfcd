"""When it is our fault: what the caller hears, and what no log line says."""

import io
from typing import Any

import pytest

import create
import read
from carillon.errors import StatementFailed
from devstack.machine.postgres import Postgres
from tests.support.environment import Connect, free_port
from tests.support.service import Service, clear_containers

GOOD: dict[str, Any] = {"event_name": "a.b", "title": "T"}


@pytest.fixture
def away(service: Service, monkeypatch: pytest.MonkeyPatch) -> Service:
    """The service while its database does not answer."""
    monkeypatch.setenv("DATABASE_URL", f"postgresql://someone:hidden@127.0.0.1:{free_port()}/carillon")
    clear_containers()
    return service


def test_a_database_that_is_away_is_503_and_come_back(away: Service, logs: io.StringIO) -> None:
    new = GOOD | {"title": "Zebra", "body": "Giraffe", "data": {"a": "Okapi"}, "severity": "critical"}
    for method, path, body in (
        ("POST", "/notifications", new), ("GET", "/notifications", None), ("PATCH", "/notifications", {"all": True}),
        ("GET", "/notifications/unread-count", None), ("GET", "/health", None),
    ):  # fmt: skip
        answer = away.call(method, path, body, user="alice")
        assert (answer.status, answer.json["error"]["code"]) == (503, "unavailable")
        assert answer.headers["Retry-After"] == "2"
        assert "details" not in answer.json["error"]
        for internal in ("127.0.0.1", "hidden", "psycopg", "create_", "list_", "Error"):
            assert internal not in answer.text
    assert "ConnectionTimeout" in logs.getvalue() or "OperationalError" in logs.getvalue()
    for private in ("Zebra", "Giraffe", "Okapi", "hidden"):
        assert private not in logs.getvalue()


@pytest.mark.parametrize(
    "failure",
    [RuntimeError("Zebra alice@example.com"), StatementFailed("Zebra", [{"row": "Okapi"}]), KeyError("Zebra")],
)
def test_an_error_of_ours_is_500_without_a_word_of_it(
    service: Service, logs: io.StringIO, monkeypatch: pytest.MonkeyPatch, failure: Exception
) -> None:
    def fail(*_: object) -> None:
        raise failure

    monkeypatch.setattr(create.container().database, "row", fail)
    answer = service.call("POST", "/notifications", GOOD | {"title": "Giraffe"}, user="alice")
    assert answer.status == 500
    assert answer.json == {"error": {"code": "internal", "message": "Something went wrong on our side."}}
    assert "Giraffe" not in logs.getvalue()
    if not isinstance(failure, StatementFailed):  # whose words are our own
        assert type(failure).__name__ in logs.getvalue()
        assert "Zebra" not in logs.getvalue()


def test_nothing_that_a_notification_says_is_logged(service: Service, logs: io.StringIO, connect: Connect) -> None:
    """Nor the address it goes to: when all is well, when the client errs, when SQL fails on a value."""
    connect().execute("INSERT INTO recipients (user_id, email, updated_at) VALUES ('alice', 'lion@example.com', now())")
    connect().execute(
        """INSERT INTO preferences (user_id, channels, updated_at) VALUES ('alice', '{"email": true}', now())"""
    )
    said = {
        "event_name": "a.b", "title": "Zebra", "body": "Giraffe", "summary": "Okapi", "data": {"Gnu": "Kudu"},
        "target_url": "/impala", "severity": "critical", "user_id": "alice",
    }  # fmt: skip
    made = service.call("POST", "/notifications", said, producer="billing")
    assert made.status == 201
    assert service.call("POST", "/notifications", said | {"severity": "Zebra"}, producer="billing").status == 422
    connect().execute("ALTER TABLE notifications ADD CHECK (title <> 'Zebra') NOT VALID")
    assert service.call("POST", "/notifications", said, producer="billing").status == 500
    service.call("GET", "/notifications", user="alice")
    service.call("PATCH", "/notifications", {"notification_id": made.json["notification"]["id"]}, user="alice")
    text = logs.getvalue()
    assert "CheckViolation" in text
    for private in ("Zebra", "Giraffe", "Okapi", "Gnu", "Kudu", "impala", "lion@example.com"):
        assert private not in text


def test_a_database_that_restarts_under_a_warm_function_fails_one_request_at_most(
    service: Service, own_postgres: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", own_postgres.url())
    clear_containers()
    create_body = GOOD | {"idempotency_key": "k"}
    assert service.call("POST", "/notifications", create_body, user="alice").status == 201
    assert service.call("GET", "/notifications", user="alice").json["unread_count"] == 1
    own_postgres.stop()
    assert service.call("GET", "/notifications", user="alice").status == 503
    own_postgres.start()
    assert service.call("GET", "/notifications", user="alice").json["unread_count"] == 1
    own_postgres.stop()
    own_postgres.start()  # between two requests: the warm connection is dead, and nobody notices
    assert service.call("POST", "/notifications", create_body, user="alice").status == 200
    assert service.call("GET", "/notifications", user="alice").json["unread_count"] == 1
    create.container().database.close()
    read.container().database.close()
