"""The main path: a notification is recorded, shown and sent once."""

from collections.abc import Callable

from tests.support.service import Service


def test_a_critical_notification_is_shown_and_emailed_once(service: Service, reachable: Callable[..., None]) -> None:
    reachable("alice")
    body = {
        "user_id": "alice",
        "event_name": "invoice.payment_failed",
        "title": "Payment failed",
        "body": "Card ending in 4242 was declined.",
        "severity": "critical",
        "resource_id": "invoice_9:2026-11",
    }

    first = service.call("POST", "/notifications", body, producer="billing")
    again = service.call("POST", "/notifications", body, producer="billing")

    assert (first.status, again.status) == (201, 200)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert again.json["notification"]["id"] == first.json["notification"]["id"]

    assert service.deliver() == []
    [email] = service.emails
    assert email.destinations["ToAddresses"] == ["alice@example.com"]
    assert email.subject == "Payment failed"
    assert "ending in" not in email.body
    assert f"carillon_notification={first.json['notification']['id']}" in email.body

    page = service.call("GET", "/notifications", user="alice").json
    assert [each["title"] for each in page["notifications"]] == ["Payment failed"]
    assert page["unread_count"] == 1

    marked = service.call("PATCH", "/notifications", {"notificationId": first.json["notification"]["id"]}, user="alice")
    assert marked.json["notification"]["read_at"] is not None
    assert service.call("GET", "/notifications", user="alice", query={"unread": "1"}).json["notifications"] == []
    assert service.messages() == []
