"""The demo's stories, each on the running devstack: the feed, the emails, and the stored reason."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest

from tests.e2e.conftest import Stack
from tests.support.story_people import Person, make_due, route_of, wait_for_end


@pytest.fixture(scope="module")
def failing_job(stack: Stack) -> tuple[Person, dict[str, Any]]:
    """Start this story before the others, because its digest becomes due a real minute later."""
    operator = Person(stack).settle(digest_minutes=1)
    with ThreadPoolExecutor(4) as pool:
        titles = [f"Nightly export failed, run {run}" for run in range(100)]
        first, *_ = pool.map(partial(operator.notify, "job.failed", severity="warning"), titles)
    return operator, first


@pytest.fixture(autouse=True)
def started(failing_job: object) -> None: ...


def test_a_failed_payment_whose_webhook_comes_twice_is_one_email(stack: Stack) -> None:
    customer = Person(stack).settle()
    content: dict[str, Any] = {"severity": "critical", "resource_id": "invoice_9:2026-11", "body": "Card declined."}

    first = customer.notify("invoice.payment_failed", "Payment failed", **content)
    again = customer.notify("invoice.payment_failed", "Payment failed", status=200, **content)

    assert again["id"] == first["id"]
    assert customer.unread() == 1
    answer = route_of(stack, first)
    assert (answer["action"], answer["reason"], answer["rule"]) == ("now", "severity_critical", "user")
    wait_for_end(stack, first, "sent")
    email = customer.one_email()
    assert email["Subject"] == "Payment failed"
    assert "Card declined" not in email["BodyText"] + email["BodyHtml"]


def test_the_digest_of_a_broken_sync_is_skipped_once_it_was_read(stack: Stack) -> None:
    owner = Person(stack).settle()
    broken = owner.notify("sync.failed", "The calendar no longer syncs", severity="warning")
    still = owner.notify("sync.failed", "The calendar still does not sync", severity="warning")

    answers = [route_of(stack, each) for each in (broken, still)]
    assert [(each["action"], each["reason"]) for each in answers] == [("digest", "severity_warning")] * 2
    assert answers[0]["delivery"]["delivery_id"] == answers[1]["delivery"]["delivery_id"]
    for each in owner.feed():
        owner.reads(each)
    make_due(stack, broken)

    assert wait_for_end(stack, broken, "skipped")["error_code"] == "already_read"
    assert owner.emails() == []
    assert len(owner.feed()) == 2


def test_a_mention_is_emailed_only_if_it_was_not_read(stack: Stack) -> None:
    quick, slow = Person(stack).settle(), Person(stack).settle()
    mentions = [person.notify("mention.created", "You were mentioned in Q3 plan") for person in (quick, slow)]
    for mention in mentions:
        answer = route_of(stack, mention)
        assert (answer["reason"], answer["rule"]) == ("only_if_unread", "category:mention")
    quick.reads(mentions[0])
    for mention in mentions:
        make_due(stack, mention)

    assert wait_for_end(stack, mentions[0], "skipped")["error_code"] == "already_read"
    wait_for_end(stack, mentions[1], "sent")
    assert "You were mentioned in Q3 plan" in slow.one_email()["Subject"]
    assert quick.emails() == []


def test_ten_comments_in_a_thread_are_one_email(stack: Stack) -> None:
    author = Person(stack).settle()
    comments = [
        author.notify("comment.created", f"Comment {number}", batch_key="thread:q3-plan", target_url="/threads/q3")
        for number in range(10)
    ]
    assert route_of(stack, comments[0])["reason"] == "severity_info"
    assert route_of(stack, comments[0])["rule"] == "category:comment"
    make_due(stack, comments[0])

    wait_for_end(stack, comments[9], "sent")
    email = author.one_email()
    for number in range(10):
        assert f"Comment {number}" in email["BodyText"]
    assert email["Subject"] == "10 updates: Comment 0"
    assert author.unread() == 10


def test_a_review_request_follows_the_reviewers_own_rule(stack: Stack) -> None:
    reviewer = Person(stack).settle(rules={"review": {"email": {"grouping": "now"}}})
    silent = Person(stack).settle(rules={"review": {"email": {"enabled": False}}})
    people = (reviewer, silent)
    emailed, silenced = (each.notify("review.requested", "Please review the Q3 plan") for each in people)

    assert route_of(stack, emailed)["action"] == "now"
    wait_for_end(stack, emailed, "sent")
    assert "Please review" in reviewer.one_email()["Subject"]
    answer = route_of(stack, silenced)
    assert (answer["action"], answer["reason"], answer["rule"]) == ("off", "disabled", "user:review")
    assert (silent.unread(), silent.emails()) == (1, [])


def test_a_failed_publication_check_waits_for_the_end_of_the_quiet_hours(stack: Stack) -> None:
    # Quiet hours on the editor's clock all day, except the minute that has just ended.
    clock = datetime.now(UTC) - timedelta(minutes=2)
    editor = Person(stack).settle(quiet_hours={"from": f"{clock + timedelta(minutes=1):%H:%M}", "to": f"{clock:%H:%M}"})
    assert stack.request(
        "PUT", f"/recipients/{editor.user_id}", stack.producer_token(), {"email": editor.address, "timezone": "UTC"}
    ).status == 200  # fmt: skip

    failed = editor.notify("publication.check_failed", "Three images have no description", severity="warning")
    urgent = editor.notify("publication.withdrawn", "The article was withdrawn", severity="critical")

    answer = route_of(stack, failed)
    assert (answer["action"], answer["reason"]) == ("digest", "quiet_hours")
    assert f"{datetime.fromisoformat(answer['leaves_at']):%H:%M}" == f"{clock:%H:%M}"
    wait_for_end(stack, urgent, "sent")
    assert "withdrawn" in editor.one_email()["Subject"]
    assert route_of(stack, failed)["delivery"]["status"] == "pending"
    assert editor.unread() == 2


def test_a_broken_call_to_action_that_was_repaired_is_retracted(stack: Stack) -> None:
    marketer = Person(stack).settle()
    broken = marketer.notify("link.broken", "The button of the campaign leads nowhere", severity="warning")
    assert route_of(stack, broken)["delivery"]["status"] == "pending"

    answer = stack.request("DELETE", f"/notifications/{broken['id']}", stack.producer_token())

    assert answer.status == 200, answer.body
    assert route_of(stack, broken)["delivery"]["status"] == "skipped"
    assert route_of(stack, broken)["delivery"]["error_code"] == "retracted"
    assert (marketer.feed(), marketer.unread(), marketer.emails()) == ([], 0, [])


def test_a_delivered_pdf_and_the_onboarding_after_a_purchase_are_emailed_at_once(stack: Stack) -> None:
    buyer = Person(stack).settle()
    for event, title in (("document.delivered", "Your report is ready"), ("onboarding.started", "Welcome aboard")):
        notification = buyer.notify(event, title, severity="success")
        answer = route_of(stack, notification)
        assert (answer["action"], answer["reason"]) == ("now", "severity_success")
        assert answer["rule"] == f"category:{event.split('.')[0]}"
        wait_for_end(stack, notification, "sent")
    assert [email["Subject"] for email in buyer.emails()] == ["Your report is ready", "Welcome aboard"]
    assert buyer.unread() == 2


def test_a_consultation_reminder_appears_and_is_emailed_when_its_time_comes(stack: Stack) -> None:
    client = Person(stack).settle()
    client.notify("consultation.booked", "Your consultation is booked", severity="success")
    reminder = client.notify(
        "consultation.reminder", "Your consultation begins in ten minutes",
        send_at=(datetime.now(UTC) + timedelta(seconds=4)).isoformat(),
        expires_at=(datetime.now(UTC) + timedelta(minutes=10)).isoformat(),
    )  # fmt: skip
    client.notify("document.delivered", "The agenda", severity="success")
    assert [each["title"] for each in client.feed()] == ["The agenda", "Your consultation is booked"]
    assert client.unread() == 2

    stack.wait_for(lambda: client.unread() == 3, 20, "reminder in the feed")
    assert client.feed()[0]["id"] == reminder["id"]
    wait_for_end(stack, reminder, "sent")
    assert client.emails()[-1]["Subject"].startswith("Your consultation begins")


def test_security_events_are_emailed_and_kept_without_their_details(stack: Stack) -> None:
    admin = Person(stack).settle(email_enabled=False, rules={"sync": {"email": {"enabled": True}}})
    secret = uuid.uuid4().hex
    events = [
        admin.notify(f"security.{event}", title, body=f"Detail {secret}", data={"key": secret})
        for event, title in (
            ("role_changed", "You are now an administrator"),
            ("api_key_created", "An API key was made"),
            ("data_exported", "Your data was exported"),
        )
    ]
    for event in events:
        answer = route_of(stack, event)
        assert (answer["action"], answer["reason"], answer["rule"]) == ("now", "mandatory", "category:security")
        wait_for_end(stack, event, "sent")
    assert len(admin.emails()) == 3
    assert secret not in str(admin.emails())
    archived = {"archived": True}
    assert stack.request(
        "PATCH", f"/notifications/{events[0]['id']}", stack.token(admin.user_id), archived
    ).status == 200  # fmt: skip
    assert [each["id"] for each in admin.feed("archived=1")] == [events[0]["id"]]
    refused = stack.request(
        "PUT", "/preferences", stack.token(admin.user_id), {"rules": {"security": {"email": {"enabled": False}}}}
    )
    assert refused.status == 422


def test_a_job_that_failed_a_hundred_times_is_one_email(
    stack: Stack, failing_job: tuple[Person, dict[str, Any]]
) -> None:
    operator, first = failing_job
    assert operator.unread() == 100
    assert route_of(stack, first)["reason"] == "severity_warning"

    stack.wait_for(operator.emails, 90, "digest")  # its message has a delay; this test does not shorten it
    email = operator.one_email()
    assert email["BodyText"].count("Nightly export failed") == 20
    assert "80 more" in email["BodyText"]
    assert wait_for_end(stack, first, "sent")["attempts"] == 1
