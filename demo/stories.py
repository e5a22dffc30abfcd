"""The demo's stories: events about which a product notifies its users, by kind of product.

Each story has the requests that an application's backend would send. A number makes each firing a new occurrence; only
"Fire the same again" repeats one.
"""

import itertools
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

Content = dict[str, Any]

REMINDED_AFTER_SECONDS = 20
_numbers = itertools.count(int(time.time()) % 9000 + 1000)  # differs after a restart, because the database is kept


@dataclass(frozen=True)
class Story:
    """One event of a product. `hint` says what will happen, and `times` is the number of its requests."""

    name: str
    title: str
    product: str
    hint: str
    content: Callable[[int], Content]
    times: int = 1

    def requests(self) -> list[Content]:
        """Return the bodies of its requests, without the recipient."""
        return [self.content(next(_numbers)) for _ in range(self.times)]


def _reminder(number: int) -> Content:
    now = datetime.now(UTC).replace(microsecond=0)
    return {
        "event_name": "consultation.reminder", "title": f"Your consultation {number} begins in ten minutes",
        "target_url": f"/consultations/{number}",
        "send_at": (now + timedelta(seconds=REMINDED_AFTER_SECONDS)).isoformat(),
        "expires_at": (now + timedelta(minutes=10)).isoformat(),
    }  # fmt: skip


SAAS, TEAM, CONTENT, AUDIT = "SaaS", "Team", "Content and revenue", "Admin audit"

_STORIES = [
    Story("payment-failed", "Failed payment", SAAS, "sent at once", lambda n: {
        "event_name": "invoice.payment_failed", "severity": "critical", "title": f"The payment for invoice {n} failed",
        "summary": f"Invoice {n} could not be paid: update your card.",
        "body": "The bank declined the card that ends in 4242.",
        "target_url": f"/billing/invoices/{n}", "resource_id": f"invoice_{n}"}),
    Story("sync-failed", "Broken sync", SAAS, "grouped for 5 min", lambda n: {
        "event_name": "sync.failed", "severity": "warning", "title": "The CRM import stopped",
        "body": f"Row {n} has no email address.", "target_url": "/integrations/crm", "batch_key": "sync:crm"}),
    Story("job-failed", "Job fails 100 times", SAAS, "one email in 5 min", lambda n: {
        "event_name": "job.failed", "severity": "warning", "title": "The nightly export failed",
        "body": f"Run {n}: the disk is full.", "target_url": "/jobs/nightly-export"}, times=100),
    Story("mention", "Mention", TEAM, "only if unread", lambda n: {
        "event_name": "mention.created", "title": "You were mentioned in \u201cLaunch plan\u201d",
        "body": "Can you check the dates?", "target_url": f"/documents/3#comment-{n}"}),
    Story("comment", "Comment", TEAM, "one email per thread", lambda n: {
        "event_name": "comment.created", "title": f"Comment {n} on \u201cLaunch plan\u201d",
        "body": "Looks good to me.", "target_url": f"/documents/3#comment-{n}", "batch_key": "thread:launch-plan"}),
    Story("review", "Review request", TEAM, "grouped for 5 min", lambda n: {
        "event_name": "review.requested", "title": f"Please review change {n}", "target_url": f"/changes/{n}"}),
    Story("publication", "Publication check", CONTENT, "grouped for 5 min", lambda n: {
        "event_name": "publication.check_failed", "severity": "warning",
        "title": "Three images have no description", "target_url": f"/articles/{n}/checks"}),
    Story("link", "Broken call to action", CONTENT, "grouped for 5 min", lambda n: {
        "event_name": "link.broken", "severity": "warning", "title": "A campaign\u2019s button leads nowhere",
        "body": f"Campaign {n}, \u201cBuy now\u201d: 404.", "target_url": f"/campaigns/{n}"}),
    Story("document", "Delivered PDF", CONTENT, "sent at once", lambda n: {
        "event_name": "document.delivered", "severity": "success", "title": f"Your report {n} is ready",
        "summary": "Twelve pages, as PDF.", "target_url": f"/documents/{n}.pdf"}),
    Story("onboarding", "Onboarding", CONTENT, "sent at once", lambda n: {
        "event_name": "onboarding.started", "severity": "success", "title": "Welcome aboard",
        "summary": f"Order {n} is paid: three steps and you are set up.", "target_url": "/onboarding"}),
    Story("consultation", "Consultation reminder", CONTENT, f"shows in {REMINDED_AFTER_SECONDS} s", _reminder),
    Story("role", "Role change", AUDIT, "always emailed", lambda n: {
        "event_name": "security.role_changed", "severity": "warning", "title": "You are now an administrator",
        "data": {"change": n, "from": "member", "to": "administrator"}, "target_url": "/settings/members"}),
    Story("api-key", "New API key", AUDIT, "always emailed", lambda n: {
        "event_name": "security.api_key_created", "severity": "warning",
        "title": f"The API key \u201cci-{n}\u201d was created",
        "target_url": "/settings/keys"}),
    Story("export", "Data export", AUDIT, "always emailed", lambda n: {
        "event_name": "security.data_exported", "severity": "warning",
        "title": "Your workspace\u2019s data was exported",
        "data": {"export": n, "rows": 20114}, "target_url": "/settings/exports"}),
]  # fmt: skip

STORIES = {story.name: story for story in _STORIES}
