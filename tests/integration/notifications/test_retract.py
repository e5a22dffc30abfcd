"""Retracting a notification: what the person sees, what is still sent, and what the producer gets as its answer."""

from collections.abc import Callable
from datetime import UTC

import pytest

from tests.support.environment import Connect
from tests.support.retractions import create, email_of, only_delivery, retract
from tests.support.service import Service

OFF = {"state": "off", "reason": "no_device"}


@pytest.fixture(autouse=True)
def alice(reachable: Callable[..., None]) -> None:
    reachable("alice")


# Answers
# -------------------------------------------------------------------------------------------------------------


def test_a_delivery_that_was_not_sent_is_cancelled(service: Service, connect: Connect) -> None:
    made = create(service)
    answer = retract(service, made)
    delivery = only_delivery(connect)
    [row] = connect().execute("SELECT in_app, retracted_at, updated_at, now() FROM notifications").fetchall()
    assert (row["in_app"], row["retracted_at"]) == (False, row["updated_at"])
    assert answer.json == {
        "notification_id": made["id"],
        "user_id": "alice",
        "retracted_at": row["retracted_at"].astimezone(UTC).isoformat().replace("+00:00", "Z"),
        "channels": {"email": {"state": "cancelled", "delivery_id": str(delivery["id"])}, "push": OFF},
    }
    assert (delivery["status"], delivery["error_code"], delivery["claim_no"]) == ("skipped", "retracted", 0)
    entry = delivery["history"][-1]
    assert (entry["event"], entry["code"]) == ("skipped", "retracted")

    assert service.call("GET", "/notifications", user="alice").json == {
        "notifications": [], "next_cursor": None, "unread_count": 0, "live": None,
    }  # fmt: skip
    assert service.deliver() == []
    assert service.emails == []


def test_a_second_retraction_changes_nothing_and_returns_the_same(service: Service, connect: Connect) -> None:
    made = create(service)
    first = retract(service, made)
    stored = connect().execute("SELECT * FROM notifications, deliveries").fetchall()
    again = retract(service, made)
    assert (again.status, again.json) == (200, first.json)
    assert connect().execute("SELECT * FROM notifications, deliveries").fetchall() == stored


def test_the_answer_says_that_the_email_was_already_sent(service: Service) -> None:
    made = create(service)
    service.deliver()
    answer = retract(service, made)
    assert email_of(answer)["state"] == "sent"
    assert "reason" not in email_of(answer)
    assert service.call("GET", "/notifications", user="alice").json["notifications"] == []


def test_retracted_during_a_send_it_is_not_sent_at_the_next_attempt(service: Service, connect: Connect) -> None:
    made = create(service)
    connect().execute("UPDATE deliveries SET status = 'sending', locked_at = now(), claim_no = 1, attempts = 1")
    assert email_of(retract(service, made))["state"] == "sending"
    assert only_delivery(connect)["status"] == "sending"

    connect().execute("UPDATE deliveries SET locked_at = now() - interval '1 hour'")
    assert service.reap()["stuck_reset"] == 1
    connect().execute("UPDATE deliveries SET available_at = now()")
    service.deliver()
    assert service.emails == []
    assert only_delivery(connect)["error_code"] == "retracted"
    assert email_of(retract(service, made))["state"] == "cancelled"


def test_the_answer_names_a_failure_and_a_replay_does_not_send_the_item(service: Service, connect: Connect) -> None:
    made = create(service)
    [message] = service.messages()
    connect().execute(
        """
        UPDATE deliveries
        SET status = 'failed', finished_at = now() - interval '1 hour', attempts = 5, error_code = 'timeout'
        """
    )
    assert email_of(retract(service, made)) == {
        "state": "failed", "reason": "timeout", "delivery_id": str(only_delivery(connect)["id"])
    }  # fmt: skip
    assert service.deliver(message) == []
    assert service.emails == []
    assert only_delivery(connect)["error_code"] == "retracted"


def test_the_answer_says_that_it_was_read_before_it_was_due(service: Service) -> None:
    made = create(service)
    service.call("PATCH", "/notifications", {"all": True}, user="alice")
    service.deliver()
    answer = email_of(retract(service, made))
    assert (answer["state"], answer["reason"]) == ("skipped", "read")


def test_a_retracted_scheduled_notification_is_never_shown(service: Service, connect: Connect) -> None:
    made = create(service, send_at="2027-06-01T00:00:00Z")
    assert email_of(retract(service, made))["state"] == "cancelled"
    assert connect().execute("SELECT in_app FROM notifications").fetchall() == [{"in_app": False}]


# Digests --------------------------------------------------------------------------------------------------------------


def test_a_digest_is_sent_without_the_retracted_item(service: Service, connect: Connect) -> None:
    first = create(service, severity="warning", title="First")
    create(service, severity="warning", title="Second")
    answer = email_of(retract(service, first))
    assert (answer["state"], answer["reason"]) == ("left_out", "retracted")
    delivery = only_delivery(connect)
    assert (delivery["status"], delivery["open_digest_key"]) == ("pending", "event:job.failed")
    assert create(service, severity="warning", title="Third")["routing"]["email"]["action"] == "digest"

    connect().execute("UPDATE deliveries SET available_at = now(), dispatched_at = NULL")
    assert service.reap()["dispatched"] == 1
    service.deliver()
    [email] = service.emails
    assert "Second" in email.body
    assert "Third" in email.body
    assert "First" not in email.body
    assert email_of(retract(service, first)) == answer  # sent, and still without the retracted item


def test_the_answer_says_that_the_digest_was_sent_without_the_item(service: Service, connect: Connect) -> None:
    read, _ = (create(service, severity="warning") for _ in range(2))
    service.call("PATCH", f"/notifications/{read['id']}", {"read": True}, user="alice")
    connect().execute("UPDATE deliveries SET available_at = now(), dispatched_at = NULL")
    service.reap()
    service.deliver()
    answer = email_of(retract(service, read))
    assert (answer["state"], answer["reason"]) == ("left_out", "read")


def test_a_digest_without_items_closes_and_the_next_create_opens_another(service: Service, connect: Connect) -> None:
    made = [create(service, severity="warning") for _ in range(2)]
    assert [email_of(retract(service, each))["state"] for each in made] == ["left_out", "cancelled"]
    # By now both get the same answer.
    assert email_of(retract(service, made[0]))["state"] == "cancelled"
    emptied = only_delivery(connect)
    assert (emptied["status"], emptied["open_digest_key"]) == ("skipped", None)

    create(service, severity="warning")
    rows = connect().execute("SELECT id, status, open_digest_key FROM deliveries ORDER BY id").fetchall()
    assert [(row["status"], row["open_digest_key"]) for row in rows] == [
        ("skipped", None), ("pending", "event:job.failed"),
    ]  # fmt: skip


def test_a_retraction_does_not_cancel_a_digest_whose_other_item_may_be_wanted_again(
    service: Service, connect: Connect
) -> None:
    """The other item was read at the first attempt, which failed, and is unread at the second. The claim decides."""
    first, second = (create(service, severity="warning") for _ in range(2))
    connect().execute("UPDATE delivery_items SET left_out = 'read' WHERE notification_id = %s", [second["id"]])
    assert email_of(retract(service, first))["state"] == "left_out"
    connect().execute("UPDATE deliveries SET available_at = now(), dispatched_at = NULL")
    service.reap()
    service.deliver()
    assert len(service.emails) == 1
