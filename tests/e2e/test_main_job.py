"""The main job on the running devstack: record, send, show, mark as read. A repeat changes nothing."""

import uuid

from tests.e2e.conftest import Stack
from tests.support.story_people import Person

EMAIL_WITHIN_SECONDS = 10


def test_a_critical_notification_is_shown_and_emailed_once(stack: Stack) -> None:
    person = Person(stack).settle()  # a new person, so that no other test uses up the rate limit
    resource = f"invoice_{uuid.uuid4().hex[:8]}"
    title = f"The payment for {resource} failed"
    body = {
        "user_id": person.user_id,
        "eventName": "invoice.payment_failed",
        "title": title,
        "body": "The card that ends in 4242 was declined.",
        "severity": "critical",
        "resourceId": resource,
        "targetUrl": "/billing/invoices/9",
        "data": {"amount": 1200},
    }
    producer, owner = stack.producer_token(), stack.token(person.user_id)

    created = stack.request("POST", "/notifications", producer, body)
    assert created.status == 201, created.body
    notification = created.body["notification"]
    assert notification["routing"]["email"]["action"] == "now"

    def arrived() -> list[str]:
        return [mail["BodyText"] + mail["BodyHtml"] for mail in person.emails() if title in mail["Subject"]]

    [text] = stack.wait_for(arrived, EMAIL_WITHIN_SECONDS, "email")
    assert "/billing/invoices/9" in text
    assert "ends in" not in text  # the body stays inside the application

    repeated = stack.request("POST", "/notifications", producer, body)
    assert repeated.status == 200
    assert repeated.headers["Idempotency-Replayed"] == "true"
    assert repeated.body["notification"]["id"] == notification["id"]
    with stack.database() as database:
        rows = database.execute("SELECT count(*) FROM notifications WHERE title = %s", [title]).fetchone()
        sent = database.execute(
            "SELECT count(*), min(d.status) FROM deliveries d"
            " JOIN delivery_items i ON i.delivery_id = d.id WHERE i.notification_id = %s",
            [notification["id"]],
        ).fetchone()
    assert rows == (1,)
    assert sent is not None
    assert sent[0] == 1

    listed = stack.request("GET", "/notifications?unread=1&limit=100", owner)
    assert notification["id"] in [row["id"] for row in listed.body["notifications"]]
    unread = listed.body["unread_count"]

    marked = stack.request("PATCH", "/notifications", owner, {"notificationId": notification["id"]})
    assert marked.status == 200
    assert marked.body["notification"]["read_at"] is not None
    again = stack.request("GET", "/notifications?unread=1&limit=100", owner)
    assert notification["id"] not in [row["id"] for row in again.body["notifications"]]
    assert again.body["unread_count"] == unread - 1
    assert len(arrived()) == 1


def test_a_token_is_needed_and_another_user_sees_nothing(stack: Stack) -> None:
    assert stack.request("GET", "/notifications").status == 401
    assert stack.request("GET", "/notifications", stack.token("alice", expires_in=0)).status == 401
    created = stack.request(
        "POST", "/notifications", stack.producer_token(), {"user_id": "alice", "event_name": "a.b", "title": "Private"}
    )
    path = f"/notifications/{created.body['notification']['id']}"
    assert stack.request("PATCH", path, stack.token("bob"), {"read": True}).status == 404
    assert stack.request("PATCH", path, stack.token("alice"), {"read": True}).status == 200
    assert stack.request("GET", "/health").body == {"status": "ok"}
