"""The idempotency key across failures: a key that becomes free meanwhile, a crash before the dispatch, a deploy."""

import json
from collections.abc import Callable
from typing import Any

import create
from carillon.database.connection import Database
from carillon.identity import Identity
from carillon.models.new_notification import NewNotification
from carillon.models.recorded import CreatedMany
from carillon.notifications import record
from tests.support.environment import Connect, counts
from tests.support.service import Service

CRITICAL: dict[str, Any] = {"event_name": "invoice.payment_failed", "title": "Payment failed", "severity": "critical"}
KEY = {"Idempotency-Key": "invoice_9"}


def test_a_key_that_is_freed_between_two_snapshots_is_free(
    service: Service, reachable: Callable[..., None], connect: Connect
) -> None:
    """A trigger deletes the row with the key after the insert has met it and before the statement reads it."""
    reachable("alice", "bob")
    body = {**CRITICAL, "idempotency_key": "k"}
    service.call("POST", "/notifications", body | {"user_id": "bob"}, producer="billing")
    service.messages()
    connect().execute(
        """
        CREATE FUNCTION forget() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN DELETE FROM notifications WHERE created_at < statement_timestamp(); RETURN NULL; END $$;
        CREATE TRIGGER forget AFTER INSERT ON notifications FOR EACH STATEMENT
        WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION forget()
        """
    )
    settings, database = create.container().settings, Database(create.container().settings)
    new = NewNotification.model_validate(body | {"user_ids": ["alice", "bob"]})
    billing = Identity(subject=None, producer="billing")
    runs: list[str] = []
    run = database.rows

    def once_then_let_be(name: str, parameters: Any = None) -> Any:
        if runs:
            connect().execute("DROP TRIGGER IF EXISTS forget ON notifications")
        runs.append(name)
        return run(name, parameters)

    database.rows = once_then_let_be
    made = record.create(database, settings, billing, new, None)
    database.close()

    assert runs == ["notifications/create"] * 2
    assert isinstance(made.answer, CreatedMany)
    assert (made.answer.created, made.answer.replayed, made.answer.conflicts) == (2, 0, 0)
    pending = connect().execute(
        "SELECT i.delivery_id FROM delivery_items AS i JOIN notifications USING (id) "
        "ORDER BY 1".replace("USING (id)", "AS n ON n.id = i.notification_id")
    ).fetchall()  # fmt: skip
    assert sorted(each.delivery_id for each in made.dispatch) == [row["delivery_id"] for row in pending]
    assert len(pending) == 2


def test_deliveries_of_a_crash_between_commit_and_dispatch_are_dispatched_by_the_reaper(
    service: Service, reachable: Callable[..., None], connect: Connect
) -> None:
    reachable("alice")
    body = {**CRITICAL, "user_id": "alice"}
    settings, database = create.container().settings, create.container().database
    billing = Identity(subject=None, producer="billing")
    record.create(database, settings, billing, NewNotification.model_validate(body), "invoice_9")
    # Here the process died before its dispatch.
    assert service.messages() == []

    repeat = service.call("POST", "/notifications", body, producer="billing", headers=KEY)
    assert (repeat.status, counts(connect)) == (200, (1, 1))
    assert service.messages() == []
    service.reap()
    assert service.messages() == []  # its message may still arrive

    connect().execute(
        "UPDATE deliveries SET available_at = now() - interval '3 minutes', "
        "dispatched_at = now() - interval '3 minutes'"
    )
    service.reap()
    [message] = service.messages()
    [row] = connect().execute("SELECT id FROM deliveries").fetchall()
    assert json.loads(message["Body"]) == {"delivery_id": str(row["id"])}
    assert service.deliver(message) == []
    assert len(service.emails) == 1


def test_a_new_field_changes_no_stored_hash() -> None:
    """A hash ignores fields without a value, so that a repeat after a deploy is no conflict."""
    new = NewNotification.model_validate({"event_name": "a.b", "title": "T"})

    class Later(NewNotification):
        colour: str | None = None

    assert Later.model_validate({"event_name": "a.b", "title": "T"}).content_hash() == new.content_hash()
