"""docs/state-machine.md names each change of a delivery's state. Each one happens here, and the SQL has no other."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest
from psycopg.types.json import Jsonb

import carillon
from carillon.deliveries import store
from carillon.models.delivery import Outcome, OutcomeKind
from tests.support.aged_notifications import create_old
from tests.support.delivery_states import STUCK
from tests.support.flow import Flow, failing
from tests.support.paths import ROOT
from tests.support.provider_events import email_event
from tests.support.provider_states import process_events

PAGE = ROOT / "docs" / "state-machine.md"
PACKAGE = Path(carillon.__file__).parent
READ = "UPDATE notifications SET read_at = now()"
FAILED = "status = 'failed', attempts = 5, claim_no = 5, finished_at = now() - interval '1 minute'"

Change = tuple[str, str, str]
Command = Callable[[Flow, UUID], object]


def documented() -> list[Change]:
    """Return the rows of the table: from, to and the statement."""
    table = PAGE.read_text().split("## Changes", 1)[1].split("##", 1)[0]
    rows = [[cell.strip().strip("`") for cell in line.strip("|").split("|")] for line in table.splitlines()
            if line.startswith("|")][2:]  # fmt: skip
    return [(row[0], row[1], row[4]) for row in rows]


def claim(flow: Flow, delivery_id: UUID) -> object:
    return store.claim(flow.worker._database, flow.settings, {delivery_id: datetime.now(UTC)})


def sql(text: str, then: Command) -> Command:
    def command(flow: Flow, delivery_id: UUID) -> object:
        flow.db.execute(text.encode())
        return then(flow, delivery_id)

    return command


def paused(flow: Flow, delivery_id: UUID) -> object:
    flow.db.execute("INSERT INTO pauses (until) VALUES (now() + interval '1 day')")
    return claim(flow, delivery_id)


def finish(outcome: Outcome) -> Command:
    def command(flow: Flow, delivery_id: UUID) -> object:
        flow.set(delivery_id, "status = 'pending', locked_at = NULL")
        [claimed] = store.claim(flow.worker._database, flow.settings, {delivery_id: datetime.now(UTC)})
        assert claimed.delivery is not None
        return store.finish(flow.worker._database, flow.settings, [(claimed.delivery, outcome)], 0)

    return command


def statement(name: str, **parameters: object) -> Command:
    def command(flow: Flow, delivery_id: UUID) -> object:
        filled = {key: value(flow, delivery_id) if callable(value) else value for key, value in parameters.items()}
        return flow.worker._database.rows(name, filled)

    return command


def notification(flow: Flow, _: UUID) -> UUID:
    found = flow.db.execute("SELECT id FROM notifications").fetchone()
    assert found is not None
    return found["id"]


def itself(_: Flow, delivery_id: UUID) -> list[UUID]:
    return [delivery_id]


def reap(flow: Flow, _: UUID) -> object:
    return flow.reap(retention_days=365)


def prune(flow: Flow, delivery_id: UUID) -> object:
    flow.db.execute("DELETE FROM notifications")
    flow.db.execute("DELETE FROM deliveries WHERE id = %s", [delivery_id])
    create_old(flow)
    assert len(flow.rows()) == 1
    return reap(flow, delivery_id)


def provider_event(flow: Flow, delivery_id: UUID) -> object:
    return process_events(flow, email_event("provider-send", delivery_id))


SKIPPED = "status = 'skipped', claim_no = 2, finished_at = now(), error_code = 'already_read'"
RETRACT = statement("notifications/retract", id=notification, user_id=None, key=None, creator="producer:billing")
CANCEL = statement(
    "operations/cancel", operator="o", log=Jsonb({}), event="invoice", since=datetime(2026, 1, 1, tzinfo=UTC),
    channel=None, after=None, limit=10, dry_run=False,
)  # fmt: skip
CHANGES: dict[Change, tuple[str, Command]] = {
    ("pending", "sending", "40_claim.sql"): ("claim_no = 0", claim),
    ("pending", "skipped", "40_claim.sql"): ("claim_no = 0", sql(READ, claim)),
    ("pending", "pending", "46_defer.sql"): ("claim_no = 0", paused),
    ("pending", "skipped", "32_retract.sql"): ("claim_no = 0", RETRACT),
    ("pending", "skipped", "62_cancel.sql"): ("claim_no = 0", CANCEL),
    ("failed", "sending", "40_claim.sql"): (FAILED, claim),
    ("failed", "skipped", "40_claim.sql"): (FAILED, sql(READ, claim)),
    ("failed", "pending", "46_defer.sql"): (FAILED, paused),
    ("sending", "sent", "41_finish.sql"): (STUCK, finish(Outcome(OutcomeKind.SENT, provider_message_ids=("1",)))),
    ("sending", "pending", "41_finish.sql"): (STUCK, finish(failing(OutcomeKind.RETRY))),
    ("sending", "failed", "41_finish.sql"): (STUCK, finish(failing(OutcomeKind.REJECTED))),
    ("sending", "sending", "41_finish.sql"): (STUCK, finish(failing(OutcomeKind.UNKNOWN))),
    ("sending", "pending", "reset_stuck.sql"): (STUCK, reap),
    ("sending", "failed", "reset_stuck.sql"): (STUCK + ", max_attempts = 1", reap),
    ("pending", "pending", "take_undispatched.sql"): ("dispatched_at = NULL", reap),
    ("pending", "pending", "take_lost.sql"): (
        "dispatched_at = now() - interval '1 hour', available_at = now() - interval '1 hour'", reap,
    ),
    ("pending", "pending", "undispatch.sql"): (
        "claim_no = 0", statement("deliveries/undispatch", ids=itself),
    ),
    ("pending", "sent", "70_provider_events.sql"): ("claim_no = 1", provider_event),
    ("sending", "sent", "70_provider_events.sql"): (STUCK, provider_event),
    ("failed", "sent", "70_provider_events.sql"): (FAILED, provider_event),
    ("skipped", "sent", "70_provider_events.sql"): (SKIPPED, provider_event),
    ("any", "none", "51_erase.sql"): ("claim_no = 0", lambda flow, _: flow.erase("alice")),
    ("any", "none", "50_prune.sql"): ("claim_no = 0", prune),
}  # fmt: skip


def test_the_page_and_this_test_list_the_same_changes() -> None:
    assert sorted(documented()) == sorted([*CHANGES, ("none", "pending", "35_store.sql")])


def test_no_other_statement_changes_a_delivery() -> None:
    writes = re.compile(r"(UPDATE|INSERT INTO|DELETE FROM) deliveries\b")
    files = [*PACKAGE.glob("database/statements/**/*.sql"), *PACKAGE.glob("database/schema/functions/*.sql")]
    assert {path.name for path in files if writes.search(path.read_text())} == {file for *_, file in documented()}


def test_a_new_delivery_is_pending(flow: Flow) -> None:
    assert flow.row(flow.one())["status"] == "pending"


@pytest.mark.parametrize("change", CHANGES, ids=" ".join)
def test_each_documented_change_happens(flow: Flow, change: Change) -> None:
    before, after, _ = change
    assignments, act = CHANGES[change]
    delivery_id = flow.one()
    flow.set(delivery_id, assignments)
    was = flow.row(delivery_id)
    assert before in (was["status"], "any")

    act(flow, delivery_id)

    assert [row["status"] for row in flow.rows()] == ([] if after == "none" else [after])
    if before == after:
        assert flow.row(delivery_id) != was
