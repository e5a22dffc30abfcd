"""The last look before a message leaves: what was retracted, expired or unwanted since is left out, item by item."""

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
    """One email for alice about some events, each titled as it is named, and due. Time stands still at MOMENT."""
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


def left_out(flow: Flow) -> dict[str, str | None]:
    """By event: why it was not in what was sent."""
    rows = flow.db.execute(
        "SELECT event_name, left_out FROM delivery_items JOIN notifications ON id = notification_id"
    ).fetchall()
    return {row["event_name"]: row["left_out"] for row in rows}


def shown(flow: Flow) -> list[str]:
    """What the only email that left told of."""
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
def test_a_notification_retracted_or_expired_since(flow: Flow, change: str, reason: str | None) -> None:
    delivery_id = digest(flow, "sales.won", "sales.lost")
    flow.db.execute(f"{change} WHERE event_name = 'sales.won'".encode())

    flow.work(delivery_id)

    assert left_out(flow) == {"sales.won": reason, "sales.lost": None}
    assert shown(flow) == (["sales.lost"] if reason else ["sales.won", "sales.lost"])


# a person's rules at the claim → why sales.won (a warning) is left out; her general switch is on
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
def test_a_rule_chosen_since(flow: Flow, rules: dict[str, Any], reason: str | None) -> None:
    delivery_id = digest(flow, "sales.won")
    choose(flow, rules)

    flow.work(delivery_id)

    assert left_out(flow) == {"sales.won": reason}
    row = flow.row(delivery_id)
    assert (row["status"], row["error_code"]) == (("skipped", reason) if reason else ("sent", None))


def test_a_rule_that_asked_for_it_and_is_gone(flow: Flow) -> None:
    delivery_id = digest(flow, "sales.won", severity="info", rules={"sales": {"email": {"minimum_severity": "info"}}})
    choose(flow, {})

    flow.work(delivery_id)

    assert flow.row(delivery_id)["error_code"] == "below_severity"


def test_of_a_digest_of_the_rest_only_the_category_switched_off_since_is_left_out(flow: Flow) -> None:
    stop_clock(flow, MOMENT)
    flow.person("alice")
    flow.create_settings = with_values(flow.create_settings, email_per_minute=1)
    flow.create()  # is the one of this minute
    [delivery_id] = [
        each
        for event in ("sales.won", "chat.mention", "job.failed")
        for each in flow.create(event_name=event, title=event)
    ]
    assert flow.row(delivery_id)["open_digest_key"] == "limit:2026-11-24T10:01Z"
    flow.set(delivery_id, "available_at = '2000-01-01'")
    choose(flow, {"chat": {"email": {"enabled": False}}})

    flow.work(delivery_id)

    assert shown(flow) == ["sales.won", "job.failed"]
    assert left_out(flow) == {
        "invoice.payment_failed": None, "sales.won": None, "chat.mention": "disabled", "job.failed": None,
    }  # fmt: skip


OFF = 'UPDATE preferences SET rules = \'{"chat": {"email": {"enabled": false}}}\''

# what happens to chat.mention, what to sales.won → why the delivery was skipped
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
def test_with_nothing_left_the_skip_has_one_reason(flow: Flow, first: str, second: str, reason: str) -> None:
    delivery_id = digest(flow, "chat.mention", "sales.won")
    flow.db.execute(first.encode() if first is OFF else f"{first} WHERE event_name = 'chat.mention'".encode())
    flow.db.execute(f"{second} WHERE event_name = 'sales.won'".encode())

    assert flow.work(delivery_id).counts == {"skipped": 1}

    row = flow.row(delivery_id)
    assert (row["status"], row["error_code"], row["history"][-1]["code"]) == ("skipped", reason, reason)
    assert flow.provider.calls == []
    assert None not in left_out(flow).values()


# several things that happened to one notification → the one that is said
BOTH = [
    ([OFF, READ, RETRACTED], "retracted"),
    ([OFF, READ, EXPIRED], "disabled"),
    ([RETRACTED, READ], "retracted"),
    ([ARCHIVED, EXPIRED], "archived"),
    ([READ, EXPIRED], "read"),
]


@pytest.mark.parametrize(("changes", "reason"), BOTH)
def test_an_item_is_left_out_for_one_reason(flow: Flow, changes: list[str], reason: str) -> None:
    delivery_id = digest(flow, "chat.mention")
    for change in changes:
        flow.db.execute(change.encode())

    flow.work(delivery_id)

    assert left_out(flow) == {"chat.mention": reason}


def test_what_was_left_out_of_one_attempt_may_be_in_the_next(flow: Flow) -> None:
    delivery_id = digest(flow, "chat.mention", "sales.won")
    flow.db.execute(OFF.encode())
    flow.provider.script[delivery_id] = [failing(OutcomeKind.RETRY)]
    flow.work(delivery_id)
    choose(flow, {})
    flow.set(delivery_id, "available_at = '2000-01-01'")

    flow.work(delivery_id)

    assert [call.item_count for call in flow.provider.calls] == [1, 2]
    assert left_out(flow) == {"chat.mention": None, "sales.won": None}


def test_quiet_hours_chosen_since_hold_nothing_back(flow: Flow) -> None:
    delivery_id = digest(flow, "sales.won")
    flow.db.execute("UPDATE preferences SET quiet_from = '00:00', quiet_to = '23:59'")

    assert flow.work(delivery_id).counts == {"sent": 1}


def test_what_is_mandatory_leaves_whatever_was_chosen_since_and_only_there(flow: Flow) -> None:
    delivery_id = digest(flow, "sales.won", "chat.mention")
    flow.db.execute("UPDATE preferences SET channels = channels || jsonb_build_object('email', false)")
    flow.settings = with_categories(flow.settings, {"sales": {"mandatory": ["email"]}})

    flow.work(delivery_id, worker=flow.new_worker())

    assert shown(flow) == ["sales.won"]
    assert left_out(flow) == {"sales.won": None, "chat.mention": "disabled"}


def test_the_most_urgent_come_first_and_then_the_oldest(flow: Flow) -> None:
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
