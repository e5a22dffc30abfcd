"""Delivery on the running devstack: the redrive policy, replays, the reaper's schedule, many recipients."""

import json
import uuid

import pytest

from carillon.settings.groups import RepairSettings
from tests.e2e.conftest import Stack
from tests.support.story_people import Person


@pytest.fixture
def person(stack: Stack) -> Person:
    """Return a new person, so that no other test uses up the rate limit."""
    return Person(stack).settle()


def notify(stack: Stack, person: Person, **fields: object) -> str:
    """Record a critical notification and return the delivery id of its email."""
    body = {
        "user_id": person.user_id,
        "event_name": "job.failed",
        "title": uuid.uuid4().hex,
        "severity": "critical",
    } | fields
    created = stack.request("POST", "/notifications", stack.producer_token(), body)
    assert created.status == 201, created.body
    with stack.database() as database:
        [row] = database.execute(
            "SELECT delivery_id FROM delivery_items WHERE notification_id = %s AND channel = 'email'",
            [created.body["notification"]["id"]],
        ).fetchall()
    return str(row[0])


def status(stack: Stack, delivery_id: str) -> str:
    with stack.database() as database:
        row = database.execute("SELECT status FROM deliveries WHERE id = %s", [delivery_id]).fetchone()
    assert row is not None
    return row[0]


def emails(person: Person, title: str) -> list[object]:
    return [email for email in person.emails() if title in email["Subject"]]


def test_a_message_without_a_delivery_id_ends_in_the_dead_letter_queue(stack: Stack) -> None:
    body = f"not JSON {uuid.uuid4().hex}"
    sqs = stack.aws("sqs")
    sqs.send_message(QueueUrl=stack.data["queue_url"], MessageBody=body)

    def is_dead_letter() -> bool:
        reply = sqs.receive_message(QueueUrl=stack.data["dlq_url"], MaxNumberOfMessages=10, VisibilityTimeout=0)
        return body in [message["Body"] for message in reply.get("Messages", [])]

    assert stack.wait_for(is_dead_letter, 60, "dead letter")


def test_a_failed_delivery_whose_message_is_replayed_twice_is_sent_once(stack: Stack, person: Person) -> None:
    title = uuid.uuid4().hex
    delivery_id = notify(stack, person, title=title)
    stack.wait_for(lambda: status(stack, delivery_id) == "sent", 20, "email")
    sqs, message = stack.aws("sqs"), json.dumps({"delivery_id": delivery_id})
    with stack.database() as database:
        # Pretend that it used up its attempts. The console's redrive then sends the message to the queue again.
        database.execute("UPDATE deliveries SET status = 'failed', attempts = 5 WHERE id = %s", [delivery_id])

    sqs.send_message(QueueUrl=stack.data["queue_url"], MessageBody=message)
    stack.wait_for(lambda: status(stack, delivery_id) == "sent", 20, "replay")
    sqs.send_message(QueueUrl=stack.data["queue_url"], MessageBody=message)
    after = notify(stack, person)
    stack.wait_for(lambda: status(stack, after) == "sent", 20, "email")

    with stack.database() as database:
        row = database.execute("SELECT attempts, claim_no FROM deliveries WHERE id = %s", [delivery_id])
        assert row.fetchone() == (1, 2)
    assert len(emails(person, title)) == 2  # the first email, and one of the replay


def test_the_scheduled_reaper_dispatches_a_delivery_without_a_message(stack: Stack, person: Person) -> None:
    title = uuid.uuid4().hex
    with stack.database() as database:
        notification_id, delivery_id = uuid.uuid4(), uuid.uuid4()
        database.execute(
            """
            WITH notified AS (
                INSERT INTO notifications (id, user_id, created_by, event_name, title, severity, request_hash, in_app,
                    routing, created_at, updated_at)
                VALUES (%s, %s, 'producer:tests', 'job.failed', %s, 'critical', '', true, '{}', now(), now())
            ), opened AS (
                INSERT INTO deliveries (id, user_id, channel, available_at, created_at)
                VALUES (%s, %s, 'email', now(), now())
            )
            INSERT INTO delivery_items (notification_id, channel, delivery_id) VALUES (%s, 'email', %s)
            """,
            [notification_id, person.user_id, title, delivery_id, person.user_id, notification_id, delivery_id],
        )

    # The schedule runs the reaper every minute. A busy queue costs one more minute, a crash the whole repair time.
    repair = RepairSettings()
    worst = repair.stuck_after_seconds + repair.reaper_interval_seconds + repair.reset_jitter_seconds
    assert len(stack.wait_for(lambda: emails(person, title), worst, "email")) == 1
    runs = [json.loads(line) for line in stack.logged() if '"reaper_ran"' in line]
    assert sum(run["dispatched"] for run in runs) >= 1


def test_two_hundred_recipients_in_one_request_are_all_emailed(stack: Stack) -> None:
    title, people = uuid.uuid4().hex, [uuid.uuid4().hex[:12] for _ in range(200)]
    with stack.database() as database:
        database.execute(
            """
            INSERT INTO recipients (user_id, email, updated_at)
            SELECT person, person || '@example.com', now() FROM unnest(%s::text[]) AS person
            """,
            [people],
        )
        database.execute(
            """
            INSERT INTO preferences (user_id, channels, updated_at)
            SELECT person, '{"email": true}'::jsonb, now() FROM unnest(%s::text[]) AS person
            """,
            [people],
        )

    answer = stack.request(
        "POST",
        "/notifications",
        stack.producer_token(),
        {"user_ids": [*people, people[0]], "event_name": "job.failed", "title": title, "severity": "critical"},
    )

    assert (answer.status, answer.body["created"], answer.body["conflicts"]) == (201, 200, 0)

    def reached() -> list[str]:
        return [email["To"][0] for email in stack.emails() if title in email["Subject"]]

    stack.wait_for(lambda: len(reached()) >= len(people), 60, "email for each person")
    assert sorted(reached()) == sorted(f"{person}@example.com" for person in people)
