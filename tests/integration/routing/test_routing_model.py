"""Any preferences, rules, severities, keys and times: a dry run, the stored routing and the sent delivery agree.

The model does not repeat the rules of routing. It checks properties that each result must have.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg.types.json import Jsonb

from carillon.models.delivery import ClaimedDelivery
from carillon.models.new_notification import NewNotification
from carillon.notifications import record
from carillon.settings.routing import RoutingSettings
from tests.support.flow import PRODUCER, Flow
from tests.support.routing_samples import CATEGORIES, CHANNELS, LIMITS, PREFERENCES, STARTS, STEPS
from tests.support.settings import with_categories, with_values


def ruled[S: RoutingSettings](settings: S) -> S:
    """Return the settings with the categories and limits of the samples."""
    limits = {f"{channel}_per_minute": limit for channel, limit in LIMITS.items()}
    return with_categories(with_values(settings, **limits), CATEGORIES)


@dataclass
class Case:
    """A database with one person; the steps move the clock."""

    flow: Flow
    now: datetime
    person: dict[str, Any]
    recorded: dict[UUID, dict[str, Any]] = field(default_factory=dict[UUID, dict[str, Any]])
    urgent: set[tuple[UUID, str]] = field(default_factory=set[tuple[UUID, str]])
    read: set[UUID] = field(default_factory=set[UUID])
    sent: list[tuple[datetime, ClaimedDelivery]] = field(default_factory=list[tuple[datetime, ClaimedDelivery]])

    def __post_init__(self) -> None:
        self.database: Any = self.flow.worker._database
        self.settings = ruled(self.flow.create_settings)
        self.flow.db.execute(
            "TRUNCATE notifications, deliveries, preferences, recipients, devices, rate_limits CASCADE"
        )
        self.flow.person("alice", devices=1)
        self.flow.db.execute(
            """
            UPDATE preferences SET
                in_app_enabled = %(in_app)s, digest_minutes = %(digest_minutes)s, rules = %(rules)s,
                channels = jsonb_strip_nulls(
                    jsonb_build_object('email', %(email)s::boolean, 'push', %(push)s::boolean)
                ),
                quiet_from = %(from)s, quiet_to = %(to)s
            """,
            self.person
            | {"rules": Jsonb(self.person["rules"])}
            | dict(zip(("from", "to"), self.person["quiet"] or (None, None), strict=True)),
        )
        self.flow.db.execute("UPDATE recipients SET timezone = %s", [self.person["timezone"]])
        self.flow.provider.calls.clear()
        self.flow.provider.during = lambda delivery: self.sent.append((self.now, delivery))
        self.wait(0)

    def wait(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)
        for connection in (self.flow.db, self.database._connection):
            connection.execute(f"SET carillon.now = '{self.now.isoformat()}'".encode())
        self.work()

    def work(self) -> None:
        """Process the messages of all pending deliveries, also of those that are not due."""
        waiting = self.flow.db.execute("SELECT id FROM deliveries WHERE status = 'pending'").fetchall()
        if waiting:
            self.flow.work(*(row["id"] for row in waiting))

    def create(self, given: dict[str, Any]) -> None:
        new = NewNotification.model_validate({
            "user_id": "alice", "title": "T", **{name: given[name] for name in ("event_name", "severity", "batch_key")},
            "send_at": self._after(given["send_in"]),
            "expires_at": self._after(given["expires_in"] and given["expires_in"] + (given["send_in"] or 0)),
        })  # fmt: skip
        for _ in range(given["times"]):
            before = self.contents()
            planned: Any = record.create(self.database, self.settings, PRODUCER, new, None, dry_run=True)
            assert self.contents() == before
            assert planned.dispatch == []
            made: Any = record.create(self.database, self.settings, PRODUCER, new, None)
            notification = made.answer.notification
            assert planned.answer.notification.routing == notification.routing
            assert planned.answer.notification.in_app == notification.in_app
            self.recorded[notification.id] = notification.routing
            mandatory = ["email"] if new.event_name.startswith("law.") else []
            for channel in CHANNELS if new.severity == "critical" else mandatory:
                self.urgent.add((notification.id, channel))

    def _after(self, seconds: int | None) -> str | None:
        return None if seconds is None else (self.now + timedelta(seconds=seconds)).isoformat()

    def contents(self) -> list[Any]:
        return self.flow.db.execute(
            """
            SELECT id::text, updated_at::text FROM notifications UNION ALL
            SELECT id::text, history::text || open_digest_key FROM deliveries UNION ALL
            SELECT delivery_id::text, notification_id::text FROM delivery_items UNION ALL
            SELECT user_id, used_at::text FROM rate_limits ORDER BY 1, 2
            """
        ).fetchall()

    def read_one(self, number: int) -> None:
        if self.recorded:
            chosen = sorted(self.recorded)[number % len(self.recorded)]
            self.flow.db.execute("UPDATE notifications SET read_at = current_moment() WHERE id = %s", [chosen])
            self.read.add(chosen)

    def check(self) -> None:
        rows = self.flow.db.execute(
            """
            SELECT n.id, n.routing, c.channel, d.id AS delivery_id, d.digest_key, d.first_available_at, d.status,
                d.error_code, i.left_out, n.expires_at,
                count(i.*) OVER (PARTITION BY d.id) AS items
            FROM notifications AS n CROSS JOIN unnest(ARRAY['email', 'push']) AS c (channel)
            LEFT JOIN delivery_items AS i ON i.notification_id = n.id AND i.channel = c.channel
            LEFT JOIN deliveries AS d ON d.id = i.delivery_id
            """
        ).fetchall()
        assert Counter((row["id"], row["channel"]) for row in rows) == Counter(
            (each, channel) for each in self.recorded for channel in CHANNELS
        )
        for row in rows:
            self.check_answer(row, self.recorded[row["id"]][row["channel"]])
        self.check_minutes()
        self.check_sent(rows)

    def check_answer(self, row: dict[str, Any], route: Any) -> None:
        """Check that the stored route equals the answer, and that its delivery has its items and its time."""
        assert row["routing"][row["channel"]]["reason"] == route.reason
        assert (row["delivery_id"] is None) == (route.action == "off")
        if route.action == "off":
            return
        assert row["first_available_at"] == route.leaves_at
        assert row["expires_at"] is None or route.leaves_at < row["expires_at"]
        assert (row["digest_key"] is None) == (route.action == "now")
        assert row["items"] == 1 or route.action == "digest"
        if (row["id"], row["channel"]) not in self.urgent:
            assert not self.quiet(route.leaves_at)

    def quiet(self, moment: datetime) -> bool:
        if self.person["quiet"] is None:
            return False
        begin, end = (time.fromisoformat(each) for each in self.person["quiet"])
        clock = moment.astimezone(ZoneInfo(self.person["timezone"] or "UTC")).time()
        return begin <= clock < end if begin < end else clock >= begin or clock < end

    def check_minutes(self) -> None:
        """Check that no minute opens more deliveries than the limit, and one overflow digest, by first_available_at."""
        opened = self.flow.db.execute(
            """
            SELECT channel, starts_with(digest_key, 'limit:') IS TRUE AS rest, count(*) AS deliveries
            FROM deliveries GROUP BY channel, rest, date_trunc('minute', first_available_at)
            """
        ).fetchall()
        for row in opened:
            assert row["deliveries"] <= (1 if row["rest"] else LIMITS[row["channel"]])

    def check_sent(self, rows: list[dict[str, Any]]) -> None:
        """Check that each delivery is sent at most once, not too early, and without items that were read or expired."""
        sent = {delivery.delivery_id: (when, delivery) for when, delivery in self.sent}
        assert len(sent) == len(self.sent)
        for row in rows:
            if row["delivery_id"] in sent:
                when, delivery = sent[row["delivery_id"]]
                assert when >= row["first_available_at"] - timedelta(seconds=5)
                assert delivery.item_count == sum(
                    each["delivery_id"] == row["delivery_id"] and each["left_out"] is None for each in rows
                )
                assert (row["expires_at"] is None or row["expires_at"] > when) or row["left_out"] in ("expired", "read")
            if row["left_out"] == "read":
                assert row["id"] in self.read


@pytest.fixture
def one_flow(database_url: str) -> Iterator[Flow]:
    with ExitStack() as stack:
        flow = Flow(database_url, stack)
        flow.worker._database.check()
        flow.worker._settings = ruled(flow.settings)
        yield flow


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(start=st.sampled_from(STARTS), person=PREFERENCES, steps=STEPS)
def test_the_dry_run_the_stored_routing_and_the_sent_deliveries_agree(
    one_flow: Flow, start: str, person: dict[str, Any], steps: list[tuple[str, Any]]
) -> None:
    case = Case(one_flow, datetime.fromisoformat(start).astimezone(UTC), person)
    for name, argument in steps:
        {"create": case.create, "wait": case.wait, "read": case.read_one}[name](argument)
    case.check()
    case.wait(60 * 60 * 30)  # after all quiet hours and digests
    case.check()
    still_waiting = case.flow.db.execute("SELECT FROM deliveries WHERE status <> ALL ('{sent,skipped}')")
    assert still_waiting.fetchall() == []
