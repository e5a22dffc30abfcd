"""A database that takes no writes, as before a move: people read on, nothing else changes, and nothing is lost."""

from collections.abc import Callable

import pytest
from psycopg import Connection
from psycopg.rows import DictRow

from tests.support.environment import Connect
from tests.support.service import Service, end_containers

BODY = {"user_id": "alice", "event_name": "job.failed", "title": "T", "severity": "critical"}


def set_read_only(connection: Connection[DictRow], setting: str) -> None:
    """Set it for new sessions of this database, and end the others, because a parameter group holds for all."""
    connection.execute(
        f"""DO $$ BEGIN
            EXECUTE format('ALTER DATABASE %I SET default_transaction_read_only = {setting}', current_database());
        END $$""".encode()
    )
    connection.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )


def test_people_read_while_writes_wait_and_then_all_goes_on(
    service: Service, connect: Connect, reachable: Callable[..., None]
) -> None:
    database = connect()
    reachable("alice")
    first = service.call("POST", "/notifications", BODY, producer="app").json["notification"]["id"]
    waiting = service.messages()
    set_read_only(database, "on")

    refused = service.call("POST", "/notifications", BODY, producer="app", headers={"Idempotency-Key": "again"})
    assert refused.status == 503
    assert int(refused.headers["Retry-After"]) > 0
    listed = service.call("GET", "/notifications", user="alice")
    assert [each["id"] for each in listed.json["notifications"]] == [first]
    assert service.call("PATCH", f"/notifications/{first}", {"read": True}, user="alice").status == 503
    assert service.deliver(*waiting) == [message["MessageId"] for message in waiting]
    with pytest.raises(RuntimeError):
        service.reap()
    assert service.emails == []

    set_read_only(database, "off")
    end_containers()
    assert (
        service.call("POST", "/notifications", BODY, producer="app", headers={"Idempotency-Key": "again"}).status == 201
    )
    assert service.deliver(*waiting) == []
    assert len(service.emails) == 1
    [sent] = database.execute("SELECT attempts, claim_no FROM deliveries WHERE status = 'sent'").fetchall()
    assert sent == {"attempts": 1, "claim_no": 1}  # the refused batch used up nothing
