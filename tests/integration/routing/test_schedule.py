"""The time and the key of a route: grouping and schedules."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

import pytest
from psycopg.types.json import Jsonb

from tests.support.day import at, minute
from tests.support.environment import Connect

NOTIFICATION = UUID(int=1)

NOW = {"action": "now", "reason": "severity_critical", "rule": "stack"}
FIVE = {"action": "digest", "reason": "severity_warning", "rule": "stack", "minutes": 5}
HOURLY = FIVE | {"minutes": None, "only_if_unread_minutes": 0}
# The placement and the route have these fields in common.
COPIED = ("channel", "action", "reason", "rule", "mandatory")

# route, batch key, send_at, moment → leaves_at, digest_key
SCHEDULES: list[tuple[dict[str, Any], str | None, str | None, str, str, str | None]] = [
    (NOW, None, None, "12:00:20", "12:00:20", None),
    (NOW, "b", None, "12:00:20", "12:00:20", None),
    (NOW, None, "13:30:00", "12:00:20", "13:30:00", None),
    (NOW, None, "11:00:00", "12:00:20", "12:00:20", None),  # a send_at in the past
    (FIVE, None, None, "12:00:20", "12:05:20", "event:job.failed"),
    (FIVE, "b", None, "12:00:20", "12:05:20", "batch:b"),
    (FIVE, "event:job.failed", None, "12:00:20", "12:05:20", "batch:event:job.failed"),  # keys have separate namespaces
    (FIVE, None, "11:00:00", "12:00:20", "12:05:20", "event:job.failed"),
    (FIVE, None, "12:00:20", "12:00:20", "12:05:20", "event:job.failed"),
    (FIVE, None, "13:30:00", "12:00:20", "13:35:00", minute("event:job.failed@", "13:35")),
    (FIVE, "b", "13:30:59.5", "12:00:20", "13:35:59.5", minute("batch:b@", "13:35")),
    (FIVE | {"minutes": 1440}, None, None, "12:00:20", "+12:00:20", "event:job.failed"),
    (HOURLY, None, None, "12:00:20", "13:00:00", "event:job.failed"),
    (HOURLY, None, None, "12:59:59.999", "13:00:00", "event:job.failed"),
    (HOURLY, None, None, "13:00:00", "14:00:00", "event:job.failed"),
    (HOURLY, None, None, "23:30:00", "+00:00:00", "event:job.failed"),
    (HOURLY, "b", "13:30:00", "12:00:20", "14:00:00", minute("batch:b@", "14:00")),
    (HOURLY | {"only_if_unread_minutes": 30}, None, None, "12:29:59", "13:00:00", "event:job.failed"),
    (HOURLY | {"only_if_unread_minutes": 90}, None, None, "12:40:00", "15:00:00", "event:job.failed"),
    (FIVE, minute("b@", "13:35"), None, "12:00:20", "12:05:20", minute("batch:b@@", "13:35")),
]


@pytest.fixture
def schedule(connect: Connect) -> Callable[..., dict[str, Any]]:
    """Return a function that schedules a route for a notification, and returns the placement."""
    connection = connect()

    def call(route: dict[str, Any], batch_key: str | None, send_at: str | None, moment: str) -> dict[str, Any]:
        notification = {
            "id": str(NOTIFICATION), "user_id": "alice", "event_name": "job.failed", "batch_key": batch_key,
            "send_at": send_at and str(at(send_at)), "created_at": str(at(moment)),
        }  # fmt: skip
        row = connection.execute(
            """
            SELECT to_jsonb(schedule(
                jsonb_populate_record(NULL::route, %s), jsonb_populate_record(NULL::notifications, %s)
            )) AS placement
            """,
            [Jsonb({"channel": "email"} | route), Jsonb(notification)],
        ).fetchone()
        assert row
        return row["placement"]

    return call


def test_each_schedule(schedule: Callable[..., dict[str, Any]]) -> None:
    for route, batch_key, send_at, moment, leaves_at, key in SCHEDULES:
        placement = schedule(route, batch_key, send_at, moment)
        assert (batch_key, send_at, datetime.fromisoformat(placement["leaves_at"])) == (
            batch_key,
            send_at,
            at(leaves_at),
        )
        assert (batch_key, send_at, placement["digest_key"]) == (batch_key, send_at, key)
        assert {name: placement[name] for name in COPIED} == dict.fromkeys(COPIED) | {"channel": "email"} | {
            name: value for name, value in route.items() if name in COPIED
        }
        assert (placement["notification_id"], placement["user_id"]) == (str(NOTIFICATION), "alice")
        assert (placement["delivery_id"], placement["opens"]) == (None, None)  # place() chooses the delivery


def test_a_mandatory_route_stays_mandatory(schedule: Callable[..., dict[str, Any]]) -> None:
    assert schedule(NOW | {"mandatory": True}, None, None, "12:00:20")["mandatory"] is True


def test_a_route_that_is_off_has_no_time(schedule: Callable[..., dict[str, Any]]) -> None:
    placement = schedule({"action": "off", "reason": "disabled", "rule": "user"}, "b", "13:00:00", "12:00:00")
    assert {name: value for name, value in placement.items() if value is not None} == {
        "notification_id": str(NOTIFICATION), "user_id": "alice", "channel": "email", "action": "off",
        "reason": "disabled", "rule": "user",
    }  # fmt: skip
