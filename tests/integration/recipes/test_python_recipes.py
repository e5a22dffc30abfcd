"""The recipes for Python: each keeps the promise that its page makes."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from carillon_client import Client
from docs.recipes.python import audit, comments, failing_job, payment_webhook
from tests.support.environment import Connect
from tests.support.service import Service

Reachable = Callable[..., None]

FAILED = payment_webhook.PaymentFailed("evt_1", "alice", "in_9", "€40.00")
COMMENT = comments.Comment("c1", "7", "ann", "Ann")
GRANTED = audit.RoleGranted("e1", "Bob", "an owner", "Alice")


def feed(service: Service, user: str) -> Any:
    return service.call("GET", "/notifications", user=user, query={"limit": "100"}).json


def unread(service: Service, user: str) -> int:
    return feed(service, user)["unread_count"]


def emails(connect: Connect, user: str) -> list[int]:
    """Return the number of notifications in each email delivery of a person, the oldest delivery first."""
    rows = connect().execute(
        """
        SELECT count(i.notification_id) AS items
        FROM deliveries AS d LEFT JOIN delivery_items AS i ON i.delivery_id = d.id
        WHERE d.user_id = %s AND d.channel = 'email' GROUP BY d.id ORDER BY d.id
        """,
        (user,),
    )
    return [row["items"] for row in rows]


def send_due(service: Service, connect: Connect) -> None:
    """Send all pending deliveries, as if their time had come."""
    connect().execute("UPDATE deliveries SET available_at = now(), dispatched_at = NULL WHERE status = 'pending'")
    service.reap()
    service.deliver()


def test_the_only_client_reads_its_settings(address: str) -> None:
    from docs.recipes.python import client  # it needs the settings

    client.carillon.notifications.create("alice", event_name="a.b", title="T")
    client.carillon.close()


def test_a_webhook_that_comes_twice_or_at_the_same_time_notifies_once(
    carillon: Client, service: Service, reachable: Reachable, connect: Connect
) -> None:
    reachable("alice")
    with ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(payment_webhook.payment_failed, carillon, FAILED) for _ in range(4)]:
            done.result()
    payment_webhook.payment_failed(carillon, replace(FAILED, amount="40 EUR"))  # a deploy changed the wording
    assert (unread(service, "alice"), emails(connect, "alice")) == (1, [1])
    assert feed(service, "alice")["notifications"][0]["title"] == "Your payment of €40.00 failed"

    payment_webhook.payment_failed(carillon, replace(FAILED, id="evt_2"))  # the next attempt fails too
    assert (unread(service, "alice"), emails(connect, "alice")) == (2, [1, 1])


def test_a_hundred_failures_are_one_email_and_the_bell_counts_each(
    carillon: Client, service: Service, reachable: Reachable, connect: Connect
) -> None:
    reachable("alice")
    for run in range(100):
        failing_job.job_failed(carillon, "alice", "nightly-import", f"run-{run}", "Traceback …")
    assert (unread(service, "alice"), emails(connect, "alice")) == (100, [100])

    failing_job.job_failed(carillon, "alice", "nightly-import", "run-99", "Traceback …")  # a repeat
    failing_job.job_failed(carillon, "alice", "billing", "run-1", "Traceback …")  # another job
    assert (unread(service, "alice"), emails(connect, "alice")) == (101, [100, 1])

    send_due(service, connect)
    sent = json.dumps([vars(email) for email in service.emails], default=str)
    assert (len(service.emails), "nightly-import" in sent, "Traceback" in sent) == (2, True, False)


def test_a_failure_is_not_emailed_to_a_person_who_gets_critical_email_only(
    carillon: Client, service: Service, reachable: Reachable, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DEFAULT_EMAIL", "critical")
    service.call("PUT", "/recipients/alice", {"email": "alice@example.com"}, producer="billing")
    failing_job.job_failed(carillon, "alice", "nightly-import", "run-1", "Traceback …")
    assert (unread(service, "alice"), emails(connect, "alice")) == (1, [])


def test_comments_reach_the_others_and_a_deleted_one_is_retracted(
    carillon: Client, service: Service, reachable: Reachable, connect: Connect
) -> None:
    people = ["ann", "bob", "eve"]
    reachable(*people)
    ids = comments.comment_added(carillon, COMMENT, people)
    comments.comment_added(carillon, replace(COMMENT, id="c2"), people)
    comments.comment_added(carillon, replace(COMMENT, id="c3", document="8"), people)
    assert [unread(service, person) for person in people] == [0, 3, 3]
    assert [emails(connect, person) for person in people] == [[], [2, 1], [2, 1]]
    assert comments.comment_added(carillon, COMMENT, people) == ids  # a repeat
    assert comments.comment_added(carillon, COMMENT, ["ann"]) == []

    service.call("DELETE", "/recipients/eve", producer="billing")
    comments.comment_deleted(carillon, ids)
    comments.comment_deleted(carillon, ids)
    assert [unread(service, person) for person in people] == [0, 2, 0]
    send_due(service, connect)
    assert len(service.emails) == 2
    left_out = connect().execute("SELECT left_out FROM delivery_items WHERE left_out IS NOT NULL").fetchall()
    assert left_out == [{"left_out": "retracted"}]


def test_administrators_get_the_notice_although_they_switched_email_off(
    carillon: Client, service: Service, reachable: Reachable, connect: Connect
) -> None:
    reachable("alice", "bob", email=False)
    assert audit.role_granted(carillon, GRANTED, ["alice", "bob", "eve"]) == ["eve"]
    assert audit.role_granted(carillon, GRANTED, ["alice", "bob", "eve"]) == ["eve"]  # a repeat
    assert [emails(connect, person) for person in ("alice", "bob", "eve")] == [[1], [1], []]
    assert [unread(service, person) for person in ("alice", "bob", "eve")] == [1, 1, 1]

    service.deliver()
    assert len(service.emails) == 2
    forged = {"event_name": "security.role_granted", "title": "T"}
    assert service.call("POST", "/notifications", forged, user="bob").status == 403
