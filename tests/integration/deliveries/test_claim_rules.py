"""The final check at claim time, item by item: retracted, expired and unwanted items are not sent."""

from typing import Any
from uuid import UUID

import pytest
from psycopg.types.json import Jsonb

from carillon.models.delivery import OutcomeKind
from tests.support.digests import stop_clock
from tests.support.flow import Flow, failing
from tests.support.settings import with_categories, with_values

MOMENT = "2026-11-24T10:00:20Z"
RETRACTED = "UPDATE notifications SET retracted_at = now(), in_app = false"
EXPIRED = f"UPDATE notifications SET expires_at = '{MOMENT}'"
READ = "UPDATE notifications SET read_at = now()"
ARCHIVED = "UPDATE notifications SET read_at = now(), archived_at = now()"


def choose(flow: Flow, rules: dict[str, Any]) -> None:
    flow.db.execute("UPDATE preferences SET rules = %s", [Jsonb(rules)])


def digest(flow: Flow, *events: str, severity: str = "warning", rules: dict[str, Any] | None = None) -> UUID:
    """Create one due email for alice about some events, each titled with its name, and stop the clock at MOMENT."""
    stop_clock(flow, MOMENT)
    flow.person("alice")
    choose(flow, rules or {})
    [delivery_id] = [
        each
        for event in events
        for each in flow.create(event_name=event, title=event, severity=severity, batch_key="together")
    ]
    flow.set(delivery_id, "available_at = '2000-01-01'")
    return delivery_id


def left_out_by_event(flow: Flow) -> dict[str, str | None]:
    """Return for each event why its item was not sent."""
    rows = flow.db.execute(
        "SELECT event_name, left_out FROM delivery_items JOIN notifications ON id = notification_id"
    ).fetchall()
    return {row["event_name"]: row["left_out"] for row in rows}


def titles_sent(flow: Flow) -> list[str]:
    """Return the titles in the only email that was sent."""
    [claimed] = flow.provider.calls
    assert claimed.item_count == len(claimed.items)
    return [item.title for item in claimed.items]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (RETRACTED, "retracted"),
        (EXPIRED, "expired"),
        ("UPDATE notifications SET expires_at = '2026-11-24T10:00:20.001Z'", None),  # a moment later
    ],
)
def test_a_notification_that_was_retracted_or_expired_is_not_sent(flow: Flow, change: str, reason: str | None) -> None:
    delivery_id = digest(flow, "sales.won", "sales.lost")
    flow.db.execute(f"{change} WHERE event_name = 'sales.won'".encode())

    flow.work(delivery_id)

    assert left_out_by_event(flow) == {"sales.won": reason, "sales.lost": None}
    assert titles_sent(flow) == (["sales.lost"] if reason else ["sales.won", "sales.lost"])


# The person's rules at claim time → why sales.won (a warning) is not sent. Her general switch is on.
RULES: list[tuple[dict[str, Any], str | None]] = [
    ({"sales.won": {"email": {"enabled": False}}}, "disabled"),
    ({"sales": {"email": {"enabled": False}}}, "disabled"),
    ({"sales": {"email": {"minimum_severity": "critical"}}}, "below_severity"),
    ({"sales": {"email": {"enabled": False}}, "sales.won": {"email": {"enabled": True}}}, None),
    ({"sales": {"push": {"enabled": False}}}, None),
    ({"sale": {"email": {"enabled": False}}, "sales.won.x": {"email": {"enabled": False}}}, None),
    ({"sales": {"email": {"grouping": "hourly", "minimum_severity": "warning"}}}, None),
]


@pytest.mark.parametrize(("rules", "reason"), RULES)
def test_a_rule_that_changed_after_the_creation_counts(flow: Flow, rules: dict[str, Any], reason: str | None) -> None:
    delivery_id = digest(flow, "sales.won")
    choose(flow, rules)

    flow.work(delivery_id)

    assert left_out_by_event(flow) == {"sales.won": reason}
    row = flow.row(delivery_id)
    assert (row["status"], row["error_code"]) == (("skipped", reason) if reason else ("sent", None))


def test_a_rule_that_wanted_the_email_and_is_gone_no_longer_counts(flow: Flow) -> None:
    delivery_id = digest(flow, "sales.won", severity="info", rules={"sales": {"email": {"minimum_severity": "info"}}})
    choose(flow, {})

    flow.work(delivery_id)

    assert flow.row(delivery_id)["error_code"] == "below_severity"


def test_a_category_that_is_switched_off_later_is_not_in_the_overflow_digest(flow: Flow) -> None:
    stop_clock(flow, MOMENT)
    flow.person("alice")
    flow.create_settings = with_values(flow.create_settings, email_per_minute=1)
    flow.create()  # the only email of this minute
    [delivery_id] = [
        each
        for event in ("sales.won", "chat.mention", "job.failed")
        for each in flow.create(event_name=event, title=event)
    ]
    assert flow.row(delivery_id)["open_digest_key"] == "limit:2026-11-24T10:01Z"
    flow.set(delivery_id, "available_at = '2000-01-01'")
    choose(flow, {"chat": {"email": {"enabled": False}}})

    flow.work(delivery_id)

    assert titles_sent(flow) == ["sales.won", "job.failed"]
    assert left_out_by_event(flow) == {
        "invoice.payment_failed": None, "sales.won": None, "chat.mention": "disabled", "job.failed": None,
    }  # fmt: skip


OFF = 'UPDATE preferences SET rules = \'{"chat": {"email": {"enabled": false}}}\''

# What happens to chat.mention, what happens to sales.won → why the delivery is skipped.
SKIPPED = [
    (OFF, READ, "disabled"),
    (OFF, EXPIRED, "disabled"),
    (OFF, RETRACTED, "disabled"),
    (READ, EXPIRED, "already_read"),
    (READ, RETRACTED, "already_read"),
    (ARCHIVED, EXPIRED, "already_read"),
    (EXPIRED, RETRACTED, "expired"),
    (RETRACTED, RETRACTED, "retracted"),
    (EXPIRED, EXPIRED, "expired"),
]


@pytest.mark.parametrize(("first", "second", "reason"), SKIPPED)
def test_a_delivery_with_nothing_to_send_is_skipped_for_one_reason(
    flow: Flow, first: str, second: str, reason: str
) -> None:
    delivery_id = digest(flow, "chat.mention", "sales.won")
    flow.db.execute(first.encode() if first is OFF else f"{first} WHERE event_name = 'chat.mention'".encode())
    flow.db.execute(f"{second} WHERE event_name = 'sales.won'".encode())

    assert flow.work(delivery_id).counts == {"skipped": 1}

    row = flow.row(delivery_id)
    assert (row["status"], row["error_code"], row["history"][-1]["code"]) == ("skipped", reason, reason)
    assert flow.provider.calls == []
    assert None not in left_out_by_event(flow).values()


# Several changes of one notification → the reason that is recorded.
BOTH = [
    ([OFF, READ, RETRACTED], "retracted"),
    ([OFF, READ, EXPIRED], "disabled"),
    ([RETRACTED, READ], "retracted"),
    ([ARCHIVED, EXPIRED], "archived"),
    ([READ, EXPIRED], "read"),
]


@pytest.mark.parametrize(("changes", "reason"), BOTH)
def test_an_item_that_is_not_sent_has_one_reason(flow: Flow, changes: list[str], reason: str) -> None:
    delivery_id = digest(flow, "chat.mention")
    for change in changes:
        flow.db.execute(change.encode())

    flow.work(delivery_id)

    assert left_out_by_event(flow) == {"chat.mention": reason}


def test_an_item_that_one_attempt_did_not_send_may_be_in_the_next(flow: Flow) -> None:
    delivery_id = digest(flow, "chat.mention", "sales.won")
    flow.db.execute(OFF.encode())
    flow.provider.script[delivery_id] = [failing(OutcomeKind.RETRY)]
    flow.work(delivery_id)
    choose(flow, {})
    flow.set(delivery_id, "available_at = '2000-01-01'")

    flow.work(delivery_id)

    assert [call.item_count for call in flow.provider.calls] == [1, 2]
    assert left_out_by_event(flow) == {"chat.mention": None, "sales.won": None}


def test_quiet_hours_set_after_the_creation_defer_nothing(flow: Flow) -> None:
    delivery_id = digest(flow, "sales.won")
    flow.db.execute("UPDATE preferences SET quiet_from = '00:00', quiet_to = '23:59'")

    assert flow.work(delivery_id).counts == {"sent": 1}


def test_a_mandatory_item_is_sent_against_a_later_choice_and_no_other_item(flow: Flow) -> None:
    delivery_id = digest(flow, "sales.won", "chat.mention")
    flow.db.execute("UPDATE preferences SET channels = channels || jsonb_build_object('email', false)")
    flow.settings = with_categories(flow.settings, {"sales": {"mandatory": ["email"]}})

    flow.work(delivery_id, worker=flow.new_worker())

    assert titles_sent(flow) == ["sales.won"]
    assert left_out_by_event(flow) == {"sales.won": None, "chat.mention": "disabled"}


def test_the_most_urgent_items_come_first_and_then_the_oldest(flow: Flow) -> None:
    events = [f"event_{number:02}" for number in range(25)]
    delivery_id = digest(flow, *events)
    for severity, numbers in {"critical": (7, 24), "info": (0, 3), "success": (1,)}.items():
        named = [events[number] for number in numbers]
        flow.db.execute("UPDATE notifications SET severity = %s WHERE event_name = ANY (%s)", [severity, named])
    choose(flow, {name: {"email": {"minimum_severity": "info"}} for name in events[:4]})

    flow.work(delivery_id)

    [claimed] = flow.provider.calls
    warnings = [event for number, event in enumerate(events) if number not in (0, 1, 3, 7, 24)]
    assert [item.title for item in claimed.items] == [events[7], events[24], *warnings[:18]]
    assert claimed.item_count == 25


def test_an_item_has_the_text_for_the_channel_of_its_delivery(flow: Flow) -> None:
    delivery_id = flow.one(title="T", summary="S")
    flow.db.execute("UPDATE notifications SET channel_texts = %s", [Jsonb({"push": "A push", "email": "An email"})])
    flow.work(delivery_id)
    [claimed] = flow.provider.calls
    assert (claimed.channel, claimed.items[0].headline) == ("email", "An email")
