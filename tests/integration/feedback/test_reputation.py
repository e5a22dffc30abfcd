"""The reputation of a producer: too many bounces or complaints give a warning, and later a pause, before SES reacts."""

from typing import Any

import pytest

from carillon.settings import ProviderEventsSettings
from tests.support.flow import Flow
from tests.support.provider_events import email_event
from tests.support.provider_states import create_in_state, process_events

BOUNCE, COMPLAINT = "provider-bounce-permanent", "provider-complaint-abuse"
BILLING = "producer:billing"


def accepted(flow: Flow, count: int, bounced: int = 0, complained: int = 0, hours: float = 1) -> None:
    """Record the results of billing's emails some hours ago."""
    flow.db.execute(
        """
        INSERT INTO reputations (creator, hour, accepted, bounced, complained)
        VALUES (%s, date_trunc('hour', now()) - %s * interval '1 hour', %s, %s, %s)
        """,
        [BILLING, hours, count, bounced, complained],
    )


def feedback(flow: Flow, name: str, **changed: Any) -> dict[str, int]:
    """Record one more event for an email of billing and return the counts besides the event itself."""
    delivery_id = flow.one()
    flow.work(delivery_id)
    counts = process_events(flow, email_event(name, delivery_id), **changed).counts
    flow.db.execute("DELETE FROM suppressions")
    return {what: count for what, count in counts.items() if what.startswith("reputation")}


def pauses(flow: Flow) -> list[dict[str, Any]]:
    return flow.db.execute("SELECT channel, creator, event, spare_critical, reason FROM pauses").fetchall()


@pytest.mark.parametrize(
    ("name", "before", "level"),
    [
        # Including the new event, out of 1,000 accepted emails:
        (BOUNCE, {"bounced": 48}, None),
        (BOUNCE, {"bounced": 49}, "warn"),  # 5 %
        (BOUNCE, {"bounced": 78}, "warn"),
        (BOUNCE, {"bounced": 79}, "pause"),  # 8 %
        (COMPLAINT, {}, "warn"),  # 0.1 %
        (COMPLAINT, {"complained": 2}, "warn"),
        (COMPLAINT, {"complained": 3}, "pause"),  # 0.4 %
    ],
)
def test_the_limits_of_the_reputation(flow: Flow, name: str, before: dict[str, int], level: str | None) -> None:
    accepted(flow, 999, **before)

    assert feedback(flow, name) == ({f"reputation_{level}": 1} if level else {})

    reason = "bounce_rate" if name == BOUNCE else "complaint_rate"
    held = {"channel": "email", "creator": BILLING, "event": None, "spare_critical": True, "reason": reason}
    assert pauses(flow) == ([held] if level == "pause" else [])


@pytest.mark.parametrize(("count", "hours"), [(998, 1), (999, 25)])
def test_fewer_than_a_thousand_emails_in_a_day_have_no_effect(flow: Flow, count: int, hours: int) -> None:
    accepted(flow, count, bounced=500, hours=hours)
    assert feedback(flow, BOUNCE) == {}


def test_the_pause_defers_only_notifications_of_the_producer_that_are_not_critical(flow: Flow) -> None:
    accepted(flow, 999, bounced=200)
    assert feedback(flow, BOUNCE) == {"reputation_pause": 1}
    flow.db.execute("UPDATE preferences SET digest_minutes = 0")
    [warning] = flow.create(severity="warning")
    [critical] = flow.create(severity="critical")
    [others] = flow.create(severity="warning")
    flow.db.execute(
        """
        UPDATE notifications SET created_by = 'producer:shop'
        FROM delivery_items AS i WHERE i.notification_id = id AND i.delivery_id = %s
        """,
        [others],
    )

    assert flow.work(warning, critical, others).counts == {"paused": 1, "sent": 2}
    assert flow.row(warning)["status"] == "pending"
    flow.pass_time(24 * 3600 + 600)
    assert flow.work(warning).counts == {"sent": 1}


def test_after_a_resume_the_reputation_starts_again(flow: Flow) -> None:
    accepted(flow, 999, bounced=200)
    feedback(flow, BOUNCE)
    ended = flow.worker._database.rows(
        "operations/resume",
        {"channel": None, "event": None, "creator": BILLING, "automatic": False, "operator": "o", "log": "{}"},
    )
    assert [row["reason"] for row in ended] == ["bounce_rate"]

    assert feedback(flow, BOUNCE) == {}
    assert pauses(flow) == []


def test_an_email_counts_once_for_each_kind_of_event(flow: Flow) -> None:
    [standing] = create_in_state(flow, "sending", "alice")
    for name in ("provider-send", "provider-delivery", BOUNCE, BOUNCE, COMPLAINT, "provider-send"):
        process_events(flow, email_event(name, standing.delivery_id))
    assert standing.end()["reputation"] == [{"accepted": 1, "bounced": 1, "complained": 1}]


def test_notifications_that_people_create_for_themselves_have_no_reputation(flow: Flow) -> None:
    delivery_id = flow.one()
    flow.db.execute("UPDATE notifications SET created_by = 'user:alice'")
    process_events(flow, email_event(BOUNCE, delivery_id))
    assert flow.db.execute("SELECT * FROM reputations").fetchall() == []


def test_hours_that_no_longer_count_are_deleted(flow: Flow) -> None:
    for hours in (1, 30, 49, 500):
        accepted(flow, 10, hours=hours)
    assert flow.reap(reaper_batch=1)["reputations_pruned"] == 2
    assert len(flow.db.execute("SELECT * FROM reputations").fetchall()) == 2


@pytest.mark.parametrize("rate", ["bounce", "complaint"])
def test_the_warning_limit_must_not_exceed_the_pause_limit(rate: str) -> None:
    with pytest.raises(ValueError, match=f"{rate}_warn_percent must not exceed"):
        ProviderEventsSettings.load(
            {"DATABASE_URL": "x", "QUEUE_URL": "x", "TOPIC_ARN": "x", f"{rate.upper()}_WARN_PERCENT": "9"}
        )
