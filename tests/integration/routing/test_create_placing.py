"""The inputs of routing at create: urgency, limits by channel, time zones and defaults of the person and the stack."""

from typing import Any

import pytest

from carillon.models.channel import Channel
from carillon.models.new_notification import NewNotification
from carillon.models.recorded import CreatedOne
from carillon.models.route import Route
from carillon.notifications import record
from tests.support.digests import stop_clock
from tests.support.flow import PRODUCER, Flow
from tests.support.settings import with_categories, with_values

MOMENT = "2026-11-24T23:30:20Z"  # half past midnight in Berlin
QUIET = "UPDATE preferences SET quiet_from = '23:00', quiet_to = '07:00'"


CATEGORIES = {"admin": {"mandatory": ["email"]}, "ops": {"default": {"email": {"minimum_severity": "info"}}}}


def routing(flow: Flow, **content: Any) -> dict[Channel, Route]:
    """Create one more notification for alice and return its routing."""
    given = {"user_id": "alice", "event_name": "job.failed", "title": "A job failed", "severity": "warning"} | content
    settings = with_categories(flow.create_settings, CATEGORIES)
    new = NewNotification.model_validate(given)
    answer = record.create(flow.worker._database, settings, PRODUCER, new, None).answer
    assert isinstance(answer, CreatedOne)
    return answer.notification.routing


def as_text(route: Route) -> str:
    return f"{route.action} {route.reason}" + (f" {route.leaves_at:%dT%H:%M:%S}" if route.leaves_at else "")


@pytest.fixture
def night(flow: Flow) -> Flow:
    """Prepare alice with email and push, in the middle of her quiet hours."""
    stop_clock(flow, MOMENT)
    flow.person("alice", devices=1)
    flow.db.execute(QUIET)
    return flow


def test_only_urgent_notifications_are_sent_in_quiet_hours(night: Flow) -> None:
    table = [
        ("job.failed", "warning", "digest quiet_hours 25T07:00:00", "digest quiet_hours 25T07:00:00"),
        ("job.failed", "critical", "now severity_critical 24T23:30:20", "now severity_critical 24T23:30:20"),
        # A category is mandatory for single channels.
        ("admin.role_changed", "info", "now mandatory 24T23:30:20", "off below_severity"),
        ("admin.role_changed", "warning", "now mandatory 24T23:30:20", "digest quiet_hours 25T07:00:00"),
        ("ops.deployed", "info", "digest quiet_hours 25T07:00:00", "off below_severity"),
    ]
    for event, severity, email, push in table:
        routes = routing(night, event_name=event, severity=severity)
        assert (event, severity, as_text(routes["email"]), as_text(routes["push"])) == (event, severity, email, push)


@pytest.mark.parametrize(
    ("hers", "the_stacks", "leaves_at"),
    [
        (None, "UTC", "25T07:00:00"),
        (None, "America/New_York", None),  # half past six in the evening
        ("Europe/Berlin", "America/New_York", "25T06:00:00"),
        ("America/New_York", "Europe/Berlin", None),
    ],
)
def test_quiet_hours_use_the_persons_time_zone_or_else_the_stacks(
    night: Flow, hers: str | None, the_stacks: str, leaves_at: str | None
) -> None:
    night.db.execute("UPDATE recipients SET timezone = %s", [hers])
    night.create_settings = with_values(night.create_settings, default_timezone=the_stacks)
    expected = f"digest quiet_hours {leaves_at}" if leaves_at else "digest severity_warning 24T23:35:20"
    assert as_text(routing(night)["email"]) == expected


def test_each_channel_has_its_own_limit(night: Flow) -> None:
    night.create_settings = with_values(night.create_settings, email_per_minute=1, push_per_minute=2)
    routes = [routing(night, severity="critical") for _ in range(3)]
    assert [as_text(each["email"]) for each in routes] == [
        "now severity_critical 24T23:30:20", *["digest rate_limited 24T23:31:00"] * 2,
    ]  # fmt: skip
    assert [as_text(each["push"]) for each in routes] == [
        *["now severity_critical 24T23:30:20"] * 2, "digest rate_limited 24T23:31:00",
    ]  # fmt: skip


def test_batch_key_send_at_and_expires_at_count(night: Flow) -> None:
    night.db.execute("UPDATE preferences SET quiet_from = NULL, quiet_to = NULL")
    later = {"send_at": "2026-11-25T09:00:00Z"}
    table: list[tuple[dict[str, Any], str]] = [
        ({"batch_key": "b"}, "digest severity_warning 24T23:35:20"),
        (later, "digest severity_warning 25T09:05:00"),
        (later | {"severity": "critical"}, "now severity_critical 25T09:00:00"),
        (later | {"expires_at": "2026-11-25T09:05:00Z"}, "off expired"),
        ({"expires_at": "2026-11-24T23:35:20Z"}, "off expired"),
        ({"expires_at": "2026-11-24T23:35:21Z"}, "digest severity_warning 24T23:35:20"),
    ]
    for content, expected in table:
        assert (content, as_text(routing(night, **content)["email"])) == (content, expected)
    rows = night.db.execute(
        """
        SELECT digest_key, open_digest_key = digest_key AS open, first_available_at = available_at AS first
        FROM deliveries WHERE channel = 'email' AND digest_key IS NOT NULL ORDER BY digest_key
        """
    ).fetchall()
    assert rows == [
        {"digest_key": key, "open": True, "first": True}
        for key in ("batch:b", "event:job.failed", "event:job.failed@2026-11-25T09:05Z")
    ]
