"""Concurrent creates for a person and erasures of the person."""

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import boto3
import pytest

from carillon.aws.endpoints import Endpoints
from carillon.database.connection import Database
from carillon.identity import Identity
from carillon.models.new_notification import NewNotification
from carillon.notifications import record
from carillon.people import erasure
from carillon.settings import CreateSettings, RecipientsSettings
from tests.support.environment import WAITING_HERE, Connect, rows_about
from tests.support.service import Service

CRITICAL = {"event_name": "job.failed", "title": "It failed", "severity": "critical"}


def test_concurrent_creates_and_erasures_neither_fail_nor_leave_partial_data(
    service: Service, connect: Connect, reachable: Callable[..., None], caplog: pytest.LogCaptureFixture
) -> None:
    reachable("alice")
    settings = CreateSettings.load()
    producer = Identity(None, "jobs")
    new = NewNotification.model_validate({**CRITICAL, "user_ids": ["alice", "bob"]})
    endpoints = Endpoints(RecipientsSettings.load(), boto3.client("sns"))

    def work(kind: str) -> None:
        database = Database(settings)
        for _ in range(15):
            if kind == "create":
                record.create(database, settings, producer, new, None)
            else:
                erasure.erase(database, endpoints, "alice", "tests")
        database.close()

    with caplog.at_level(logging.WARNING), ThreadPoolExecutor(6) as pool:
        for done in [pool.submit(work, kind) for kind in ("create", "create", "create", "create", "erase", "erase")]:
            done.result(60)
    assert "statement_repeated" not in caplog.text  # no deadlock
    orphans = connect().execute(
        """
        SELECT FROM deliveries AS d
        WHERE NOT EXISTS (SELECT FROM delivery_items AS i WHERE i.delivery_id = d.id)
        """
    ).fetchall()  # fmt: skip
    assert orphans == []
    parted = connect().execute(
        """
        SELECT FROM notifications AS n
        WHERE n.routing -> 'email' ->> 'action' = 'now'
            AND NOT EXISTS (SELECT FROM delivery_items AS i WHERE i.notification_id = n.id)
        """
    ).fetchall()  # fmt: skip
    assert parted == []
    assert rows_about(connect, "bob")["notifications"] == 60
    assert service.call("DELETE", "/recipients/alice", producer="app").status == 200
    assert set(rows_about(connect, "alice").values()) == {0}


def test_an_erasure_locks_the_rate_limit_before_the_deliveries_as_a_create_does(
    service: Service, connect: Connect, reachable: Callable[..., None]
) -> None:
    """A create locks the person's row of the rate limits and then a digest. The other order would deadlock."""
    reachable("alice")
    service.call("POST", "/notifications", CRITICAL | {"user_id": "alice"}, producer="jobs")
    create = connect(autocommit=False)
    assert len(create.execute("SELECT FROM rate_limits WHERE user_id = 'alice' FOR UPDATE").fetchall()) == 1
    with ThreadPoolExecutor(1) as pool:
        erased = pool.submit(service.call, "DELETE", "/recipients/alice", producer="app")
        watcher = connect()
        while not watcher.execute(WAITING_HERE).fetchall():
            assert not erased.done()
        assert len(create.execute("SELECT FROM deliveries FOR UPDATE NOWAIT").fetchall()) == 1
        create.commit()
        assert erased.result(10).status == 200
    assert set(rows_about(connect, "alice").values()) == {0}
