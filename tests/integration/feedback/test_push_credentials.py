"""A push that failed because of the stack's credentials pauses push, and disables no device."""

from typing import Any

from tests.support.flow import Flow
from tests.support.provider_events import push_failure
from tests.support.provider_states import process_events


def failing_push(flow: Flow, failure_type: str) -> dict[str, Any]:
    """Send a push, and return the event of its failure."""
    delivery_id = flow.one("push")
    flow.work(delivery_id)
    flow.set(delivery_id, "provider_message_ids = '{push-1}'")
    flow.db.execute("UPDATE devices SET seen_at = '2026-11-01'")
    [row] = flow.db.execute("SELECT endpoint_arn FROM devices ORDER BY token LIMIT 1").fetchall()
    return push_failure("push-1", row["endpoint_arn"], failure_type)


def pauses(flow: Flow) -> list[dict[str, Any]]:
    return flow.db.execute(
        """
        SELECT channel, event, creator, spare_critical, automatic, reason, until > now() + interval '59 minutes' AS hour
        FROM pauses
        """
    ).fetchall()


PAUSE = {
    "channel": "push", "event": None, "creator": None, "spare_critical": False, "automatic": False,
    "reason": "expired_provider_token", "hour": True,
}  # fmt: skip


def test_an_expired_key_pauses_push_and_disables_no_device(flow: Flow) -> None:
    failure = failing_push(flow, "ExpiredProviderToken")

    counts = process_events(flow, failure).counts

    assert counts == {"push_event_undelivered": 1, "push_credentials_refused": 1}
    assert pauses(flow) == [PAUSE]
    assert flow.db.execute("SELECT FROM devices WHERE NOT enabled").fetchall() == []


def test_a_repeated_event_does_not_undo_a_resume(flow: Flow) -> None:
    failure = failing_push(flow, "ExpiredProviderToken")
    process_events(flow, failure)
    flow.db.execute("DELETE FROM pauses")

    assert process_events(flow, failure).counts == {"event_repeated": 1}
    assert pauses(flow) == []


def test_a_longer_pause_of_an_operator_stays(flow: Flow) -> None:
    failure = failing_push(flow, "ExpiredProviderToken")
    flow.db.execute("INSERT INTO pauses (channel, until, reason) VALUES ('push', now() + interval '1 day', 'mine')")
    process_events(flow, failure)
    assert pauses(flow) == [PAUSE | {"reason": "mine"}]


def test_a_fault_that_may_be_the_devices_pauses_nothing(flow: Flow) -> None:
    """A person may register a token of another project: that must not stop push for all others."""
    process_events(flow, failing_push(flow, "MismatchSenderId"))
    assert pauses(flow) == []
    assert flow.db.execute("SELECT FROM devices WHERE NOT enabled").fetchall() == []
