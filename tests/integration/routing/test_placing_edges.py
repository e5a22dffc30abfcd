"""Combinations of rules: quiet hours and open digests, limits and cancellations, mandatory and the final check."""

from typing import Any

import pytest

from carillon.settings import CreateSettings
from tests.support.digests import record, sizes, stop_clock
from tests.support.flow import Flow
from tests.support.settings import with_categories, with_values

SECURITY = {"security": {"mandatory": ["email"]}, "comment": {"default": {"email": {"minimum_severity": "info"}}}}


@pytest.fixture
def settings(flow: Flow) -> CreateSettings:
    flow.person("alice")
    return with_categories(with_values(flow.create_settings, email_per_minute=5), SECURITY)


def know_the_categories(flow: Flow) -> None:
    flow.worker._settings = with_categories(flow.settings, SECURITY)


def at(flow: Flow, settings: CreateSettings, clock: str, **content: Any) -> Any:
    """Create a notification for alice at a time of the day and return its route."""
    stop_clock(flow, f"2026-11-24T{clock}Z")
    return record(flow.database(), settings, **content)


def send_now(flow: Flow) -> None:
    flow.db.execute("UPDATE deliveries SET available_at = '2000-01-01' WHERE status = 'pending'")
    flow.work(*(row["id"] for row in flow.rows() if row["status"] == "pending"))


def test_a_digest_that_is_due_before_the_quiet_hours_is_joined(flow: Flow, settings: CreateSettings) -> None:
    flow.db.execute("UPDATE preferences SET quiet_from = '22:00', quiet_to = '07:00'")
    first = at(flow, settings, "21:54:00")
    joined = at(flow, settings, "21:58:00")
    too_late = at(flow, settings, "21:58:00", event_name="job.slow")
    assert [f"{route.leaves_at:%d %H:%M}" for route in (first, joined, too_late)] == [
        "24 21:59",
        "24 21:59",
        "25 07:00",
    ]
    assert [route.reason for route in (first, joined, too_late)] == ["severity_warning"] * 2 + ["quiet_hours"]
    assert [count for _, count in sizes(flow)] == [2, 1]


def test_a_cancelled_delivery_no_longer_counts_for_the_limit(flow: Flow, settings: CreateSettings) -> None:
    for number in range(5):
        at(flow, settings, "10:00:00", batch_key=f"b{number}", send_at="2026-11-24T11:00:00Z", severity="critical")
    over = at(flow, settings, "10:00:00", send_at="2026-11-24T11:00:00Z", severity="critical")
    assert over.reason == "rate_limited"
    flow.db.execute(
        "UPDATE deliveries SET status = 'skipped', finished_at = now(), open_digest_key = NULL,"
        " error_code = 'retracted'"
    )
    for _ in range(5):
        freed = at(flow, settings, "10:00:00", send_at="2026-11-24T11:00:00Z", severity="critical")
        assert f"{freed.leaves_at:%H:%M}" == "11:00"
    again = at(flow, settings, "10:00:00", send_at="2026-11-24T11:00:00Z", severity="critical")
    assert f"{again.leaves_at:%H:%M}" == "11:01"


@pytest.mark.parametrize("meanwhile", ["read_at", "archived_at"])
def test_a_mandatory_item_is_sent_first_even_if_it_was_read(
    flow: Flow, settings: CreateSettings, meanwhile: str
) -> None:
    """An attacker with a stolen session must not hide a notice about it: by reading it, or among other items."""
    know_the_categories(flow)
    for number in range(30):
        at(flow, settings, "10:00:00", severity="critical", title=f"Noise {number}")
    notice = at(flow, settings, "10:00:01", event_name="security.key_made", severity="info", title="A key was made")
    assert (notice.reason, notice.mandatory) == ("rate_limited", True)
    flow.db.execute(f"UPDATE notifications SET {meanwhile} = now() WHERE title <> 'Noise 29'".encode())

    send_now(flow)

    [digest] = flow.provider.calls
    assert [item.title for item in digest.items] == ["A key was made", "Noise 29"]


def test_a_worker_without_the_new_category_sends_the_items_that_create_routed(
    flow: Flow, settings: CreateSettings
) -> None:
    """Functions are deployed one after the other, and deliver may be the last one."""
    at(flow, settings, "10:00:00", event_name="comment.added", severity="info")
    at(flow, settings, "10:00:00", event_name="security.key_made", severity="info")
    send_now(flow)
    assert sorted(item.severity for call in flow.provider.calls for item in call.items) == ["info", "info"]


@pytest.mark.parametrize("knows", [True, False])
def test_a_person_who_switches_the_channel_off_gets_only_mandatory_items(
    flow: Flow, settings: CreateSettings, knows: bool
) -> None:
    if knows:
        know_the_categories(flow)
    at(flow, settings, "10:00:00", event_name="comment.added", severity="info")
    at(flow, settings, "10:00:00", event_name="security.key_made", severity="info")
    flow.db.execute("UPDATE preferences SET channels = channels || jsonb_build_object('email', false)")
    send_now(flow)
    assert [call.items[0].title for call in flow.provider.calls] == ["A job failed"]
    reasons = {row["error_code"] for row in flow.rows()}
    assert reasons == {None, "disabled"}


def test_rules_are_computed_once_for_all_events_without_a_rule(flow: Flow, settings: CreateSettings) -> None:
    """A digest may have as many event names as items. A computation for each would take longer than the claim may."""
    flow.db.execute("""UPDATE preferences SET rules = '{"job.7": {"email": {"enabled": false}}}'""")
    for number in range(12):
        at(flow, settings, "10:00:00", event_name=f"job.{number}", batch_key="jobs")
    flow.db.execute("""UPDATE preferences SET rules = '{"job.9": {"email": {"enabled": false}}}'""")
    send_now(flow)
    assert [call.item_count for call in flow.provider.calls] == [10]
    rows = flow.db.execute(
        "SELECT n.event_name, i.left_out FROM notifications AS n LEFT JOIN delivery_items AS i"
        " ON i.notification_id = n.id WHERE i.left_out IS NOT NULL OR i.delivery_id IS NULL ORDER BY 1"
    ).fetchall()
    assert [(row["event_name"], row["left_out"]) for row in rows] == [("job.7", None), ("job.9", "disabled")]
