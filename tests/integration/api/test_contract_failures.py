"""Failures of the service: the answer to the caller, and the content that no log line may have."""

import io
import time
from typing import Any

import pytest

import create
import read
from carillon.database import breaker
from carillon.errors import StatementFailed
from devstack.machine.postgres import Postgres
from tests.support.environment import Connect, free_port
from tests.support.service import Service, clear_containers

GOOD: dict[str, Any] = {"event_name": "a.b", "title": "T"}


@pytest.fixture
def away(service: Service, monkeypatch: pytest.MonkeyPatch) -> Service:
    """Return the service with a database that does not answer."""
    monkeypatch.setenv("DATABASE_URL", f"postgresql://someone:hidden@127.0.0.1:{free_port()}/carillon")
    clear_containers()
    return service


def test_a_database_that_does_not_answer_is_503_with_retry_after(away: Service, logs: io.StringIO) -> None:
    new = GOOD | {"title": "Zebra", "body": "Giraffe", "data": {"a": "Okapi"}, "severity": "critical"}
    for method, path, body in (
        ("POST", "/notifications", new), ("GET", "/notifications", None), ("PATCH", "/notifications", {"all": True}),
        ("GET", "/notifications/unread-count", None), ("GET", "/health", None),
    ):  # fmt: skip
        answer = away.call(method, path, body, user="alice")
        assert (answer.status, answer.json["error"]["code"]) == (503, "unavailable")
        assert 2 <= int(answer.headers["Retry-After"]) <= 8
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
def test_an_internal_error_is_500_without_its_details(
    service: Service, logs: io.StringIO, monkeypatch: pytest.MonkeyPatch, failure: Exception
) -> None:
    def fail(*_: object) -> None:
        raise failure

    monkeypatch.setattr(create.container().database, "rows", fail)
    answer = service.call("POST", "/notifications", GOOD | {"title": "Giraffe"}, user="alice")
    assert answer.status == 500
    error = answer.json["error"]
    assert (error["code"], error["message"]) == ("internal", "Something went wrong on our side.")
    assert set(error) == {"code", "message", "request_id", "docs"}
    assert "Giraffe" not in logs.getvalue()
    if not isinstance(failure, StatementFailed):  # its text is Carillon's own
        assert type(failure).__name__ in logs.getvalue()
        assert "Zebra" not in logs.getvalue()


def test_no_content_of_a_notification_is_logged(service: Service, logs: io.StringIO, connect: Connect) -> None:
    """Neither content nor address is logged: not for a success, a client error, or a failed SQL statement."""
    connect().execute("INSERT INTO recipients (user_id, email, updated_at) VALUES ('alice', 'lion@example.com', now())")
    connect().execute(
        """INSERT INTO preferences (user_id, channels, updated_at) VALUES ('alice', '{"email": true}', now())"""
    )
    new = {
        "event_name": "a.b", "title": "Zebra", "body": "Giraffe", "summary": "Okapi", "data": {"Gnu": "Kudu"},
        "target_url": "/impala", "severity": "critical", "user_id": "alice",
    }  # fmt: skip
    made = service.call("POST", "/notifications", new, producer="billing")
    assert made.status == 201
    assert service.call("POST", "/notifications", new | {"severity": "Zebra"}, producer="billing").status == 422
    connect().execute("ALTER TABLE notifications ADD CHECK (title <> 'Zebra') NOT VALID")
    assert service.call("POST", "/notifications", new, producer="billing").status == 500
    service.call("GET", "/notifications", user="alice")
    service.call("PATCH", "/notifications", {"notification_id": made.json["notification"]["id"]}, user="alice")
    text = logs.getvalue()
    assert "CheckViolation" in text
    for private in ("Zebra", "Giraffe", "Okapi", "Gnu", "Kudu", "impala", "lion@example.com"):
        assert private not in text


def test_a_database_restart_fails_at_most_one_request_of_a_warm_function(
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
    monkeypatch.setattr(breaker, "monotonic", lambda: time.monotonic() + breaker.FIRST_PAUSE_SECONDS)
    assert service.call("GET", "/notifications", user="alice").json["unread_count"] == 1
    own_postgres.stop()
    own_postgres.start()  # between two requests: the warm connection is broken, and the function does not know it yet
    assert service.call("POST", "/notifications", create_body, user="alice").status == 200
    assert service.call("GET", "/notifications", user="alice").json["unread_count"] == 1
    create.container().database.close()
    read.container().database.close()
