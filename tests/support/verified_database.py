"""A database with every kind of delivery and answer, for tests of `verify`."""

from datetime import UTC, datetime, timedelta
from typing import Any

from carillon.models.delivery import OutcomeKind
from carillon.models.new_notification import NewNotification
from carillon.notifications import feed, record, retract
from carillon.operations.verification import Verification, verify
from carillon.settings.groups import VerifySettings
from tests.support.aged_notifications import create_old
from tests.support.flow import PRODUCER, Flow, failing
from tests.support.settings import with_values

SETTINGS = VerifySettings(email_per_minute=1000, push_per_minute=1000)


def run_verify(flow: Flow, **options: Any) -> Verification:
    return verify(flow.worker._database, SETTINGS, **options)


def record_everything(flow: Flow) -> None:
    """Record each kind of result: sent, pending, sending, skipped, failed, off; single, digests and rate limit."""
    for user_id, devices in {"alice": 0, "bob": 1, "carol": 0, "dave": 0, "erin": 0}.items():
        flow.person(user_id, devices=devices)
    database = flow.worker._database

    flow.work(*flow.create("alice", "bob", "carol"))
    [twice] = flow.create("alice", resource_id="invoice-9")
    assert flow.create("alice", resource_id="invoice-9") == []  # a repeated request
    flow.provider.script[twice] = [failing(OutcomeKind.RETRY), failing(OutcomeKind.THROTTLED)]
    for _ in range(3):
        flow.work(twice)
        flow.pass_time(200)

    [rejected, exhausted, unknown, stuck] = (each for _ in range(4) for each in flow.create("alice"))
    flow.provider.script[rejected] = [failing(OutcomeKind.REJECTED)]
    flow.set(exhausted, "max_attempts = 1")
    flow.provider.script[exhausted] = [failing(OutcomeKind.RETRY)]
    flow.provider.script[unknown] = [failing(OutcomeKind.UNKNOWN)]
    flow.set(stuck, "max_attempts = 1")
    flow.provider.script[stuck] = [failing(OutcomeKind.UNKNOWN)]
    flow.work(rejected, exhausted, unknown, stuck)
    flow.pass_time(121)
    flow.reap()
    [revived] = flow.create("alice")
    flow.set(revived, "max_attempts = 1")
    flow.provider.script[revived] = [failing(OutcomeKind.RETRY)]
    flow.work(revived)
    flow.work(flow.message(revived, datetime.now(UTC) + timedelta(seconds=1)))

    limited = with_values(flow.create_settings, email_per_minute=2)
    for _ in range(4):  # the last two join the overflow digest of the next minute
        _create(flow, limited, user_id="dave")
    for event in ("comment.added", "comment.added", "comment.edited", "comment.deleted"):
        _create(flow, flow.create_settings, user_id="alice", severity="warning", event_name=event)
    _create(flow, flow.create_settings, user_id="alice", severity="info")
    _create(flow, flow.create_settings, user_id="alice", send_at=_in(hours=3))
    _create(flow, flow.create_settings, user_id="alice", expires_at=_in(hours=-1))
    _create(flow, flow.create_settings, user_id="nobody")

    read, retracted = (_create(flow, flow.create_settings, user_id="alice") for _ in range(2))
    feed.mark(database, "alice", read, read=True)
    retract.by_id(database, PRODUCER, retracted)
    [skipped] = flow.db.execute("SELECT delivery_id FROM delivery_items WHERE notification_id = %s", [read]).fetchall()
    flow.work(skipped["delivery_id"])

    [in_hands] = flow.create("carol")
    flow.provider.script[in_hands] = [failing(OutcomeKind.UNKNOWN)]
    flow.work(in_hands)

    flow.work(*flow.create("erin"))
    flow.erase("erin")
    create_old(flow)
    flow.reap()


def _in(hours: int) -> str:
    return (datetime.now(UTC) + timedelta(hours=hours)).isoformat()


def _create(flow: Flow, settings: Any, **content: Any) -> Any:
    new = NewNotification.model_validate(
        {"event_name": "invoice.payment_failed", "title": "Payment failed", "severity": "critical"} | content
    )
    created = record.create(flow.worker._database, settings, PRODUCER, new, None)
    answer: Any = created.answer
    return answer.notification.id
