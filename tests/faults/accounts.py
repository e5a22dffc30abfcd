"""The checks after a storm: what was lost, what was sent twice, and whether that is inside the documented window."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from typing import Any
from uuid import UUID

from tests.faults import storms
from tests.faults.injector import Injected
from tests.faults.journals import Journals, read_all
from tests.faults.storms import Storm
from tests.faults.world import World
from tests.support import log_leaks

CLOCK_TOLERANCE = 0.05  # seconds between two readings of this machine's clock, by a process and by PostgreSQL


@dataclass
class Line:
    """One kind of fault: how often it was injected, how many of its deliveries ended, and the longest time for that."""

    injected: int = 0
    repaired: int = 0
    worst_seconds: float = 0


@dataclass
class Account:
    """The counts of one storm, and the problems that the checks found."""

    notifications: int = 0
    deliveries: int = 0
    emails: int = 0
    doubled_inside: int = 0
    doubled_outside: int = 0
    accepted_not_sent: int = 0  # the provider accepted the email, but its row ended as skipped or failed
    lines: dict[str, Line] = field(default_factory=dict[str, Line])
    problems: list[str] = field(default_factory=list[str])


def check(world: World, storm: Storm) -> Account:
    """Compare the answers to producers, the emails that the provider accepted, and the rows."""
    account = Account()
    journals = read_all(world)
    rows = {row["id"]: row for row in world.rows("SELECT * FROM deliveries")}
    _losses(world, journals, account)
    _emails(world, journals, rows, account)
    _events(storm, journals, rows, account)
    _faults(world, storm, rows, journals, account)
    _leaks(world, account)
    return account


def _leaks(world: World, account: Account) -> None:
    for path in sorted(world.folder.glob("*.out")):
        for line in path.read_text("utf-8", "replace").splitlines():
            account.problems += [f"{path.stem} logs {kind}: {line}" for kind in log_leaks.forbidden_kinds(line)]


def _losses(world: World, journals: Journals, account: Account) -> None:
    recorded = {row["id"] for row in world.rows("SELECT id FROM notifications")}
    account.notifications = len(recorded)
    for identifier in journals.created.keys() - recorded:
        account.problems.append(f"lost: notification {identifier}, although its producer got a 201")


def _emails(world: World, journals: Journals, rows: dict[UUID, dict[str, object]], account: Account) -> None:
    by_delivery: dict[UUID, list[tuple[int, str]]] = defaultdict(list)
    for each in world.provider.accepted:
        by_delivery[each.delivery_id].append((each.claim_no, each.message_id))
    account.deliveries, account.emails = len(rows), len(world.provider.accepted)
    for delivery_id, row in rows.items():
        accepted = sorted(by_delivery.pop(delivery_id, []))
        known = set(row["provider_message_ids"] or ())  # pyright: ignore[reportArgumentType]
        if row["status"] == "sent" and not known <= {message_id for _, message_id in accepted}:
            account.problems.append(f"sent, but never accepted: {delivery_id}")
        unknown = [claim_no for claim_no, message_id in accepted if message_id not in known]
        outside = [claim_no for claim_no in unknown if (delivery_id, claim_no) not in journals.window]
        if len({claim_no for claim_no, _ in accepted}) < len(accepted):
            outside.append(accepted[0][0])  # one claim sent two emails: no window allows that
        if row["status"] == "sent":
            account.doubled_inside += len(accepted) - 1 - len(outside)
        else:
            account.accepted_not_sent += len(accepted)
        account.doubled_outside += len(outside)
        for claim_no in outside:
            account.problems.append(f"sent outside the window: {delivery_id}, claim {claim_no}, row {row['status']}")
    account.problems += [f"sent without a delivery: {delivery_id}" for delivery_id in by_delivery]


def _events(storm: Storm, journals: Journals, rows: dict[UUID, Any], account: Account) -> None:
    """Check that a delivery with a provider event is sent, and that no worker claims it afterwards.

    If no event of the storm is late or lost, also check that nothing was sent twice.
    """
    for (delivery_id, claim_no), at in journals.events.items():
        row = rows[delivery_id]
        if row["status"] != "sent":
            account.problems.append(f"has a provider event, but is {row['status']}: {delivery_id}")
        later = [
            entry["claim_no"] for entry in row["history"]
            if entry["event"] == "claimed" and datetime.fromisoformat(entry["at"]).timestamp() > at + CLOCK_TOLERANCE
        ]  # fmt: skip
        account.problems += [f"claimed after the event of claim {claim_no}: {delivery_id}, {each}" for each in later]
    if storm.events and not journals.events:
        account.problems.append("no event was recorded")
    if storm.every_event and account.doubled_inside:
        account.problems.append(f"{account.doubled_inside} sent twice although every event came in time")


def _faults(
    world: World, storm: Storm, rows: dict[UUID, dict[str, object]], journals: Journals, account: Account
) -> None:
    for _, began, ended in _overlaps(journals.runs):
        world.injector.record(storms.REAPERS, None, max(began, ended))
    finished = sorted(row["finished_at"].timestamp() for row in rows.values() if row["finished_at"])  # pyright: ignore[reportAttributeAccessIssue]
    for fault in world.injector.injected:
        line = account.lines.setdefault(fault.kind, Line())
        line.injected += 1
        seconds = _repair_seconds(fault, rows, finished)
        if seconds is not None:
            line.repaired += 1
            line.worst_seconds = max(line.worst_seconds, seconds)
    for kind, line in account.lines.items():
        if line.repaired < line.injected:
            account.problems.append(f"{kind}: {line.injected - line.repaired} never repaired")
    account.problems += [f"never injected: {kind}" for kind in sorted(storm.kinds - account.lines.keys())]


def _overlaps(runs: list[tuple[int, float, float]]) -> list[tuple[int, float, float]]:
    """Return the runs of a reaper that began during a run of another reaper."""
    ordered = sorted(runs, key=lambda run: run[1])
    return [
        later for earlier, later in pairwise(ordered)
        if later[1] < earlier[2] and later[0] != earlier[0]
    ]  # fmt: skip


def _repair_seconds(fault: Injected, rows: dict[UUID, dict[str, object]], finished: list[float]) -> float | None:
    """Return the seconds from the fault, or from the time the delivery was due, until it ended. None: it did not end.

    For a fault without a delivery, return the seconds until the next delivery ended.
    """
    if fault.delivery_id is None:
        return max(0.0, next((moment for moment in finished if moment >= fault.at), fault.at) - fault.at)
    row = rows.get(fault.delivery_id)
    if row is None or row["finished_at"] is None:
        return None
    due: float = row["first_available_at"].timestamp()  # pyright: ignore[reportAttributeAccessIssue]
    return max(0.0, row["finished_at"].timestamp() - max(fault.at, due))  # pyright: ignore[reportAttributeAccessIssue]
