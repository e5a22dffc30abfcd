"""Events in any order, compared with a small model of the states of a delivery.

The model knows one delivery's status, attempts and claim; the database must agree after every step.
"""

from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from carillon.deliveries import maintenance, store
from carillon.models.delivery import ClaimedDelivery, Outcome, OutcomeKind
from tests.support.flow import Flow, failing
from tests.support.verified_database import run_verify

OUTCOMES = st.sampled_from(list(OutcomeKind))
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("claim"), st.sampled_from(["early", "due", "replay", "stale"])),
        st.tuples(st.just("finish"), OUTCOMES),
        st.tuples(st.just("late_finish"), OUTCOMES),
        st.tuples(st.just("reset"), st.none()),
        st.tuples(st.just("change"), st.sampled_from(["read", "unread", "archive", "unarchive", "off", "on"])),
        st.tuples(st.just("create"), st.none()),
        st.tuples(st.just("pause"), st.sampled_from(["all", "channel", "event", "another event", "not critical"])),
        st.tuples(st.just("resume"), st.none()),
    ),
    max_size=40,
)
MAX_ATTEMPTS = 3
CHANGES = {
    "read": "UPDATE notifications SET read_at = now()",
    "unread": "UPDATE notifications SET read_at = NULL",
    "archive": "UPDATE notifications SET archived_at = now()",
    "unarchive": "UPDATE notifications SET archived_at = NULL",
    "off": "UPDATE preferences SET channels = channels || jsonb_build_object('email', false)",
    "on": "UPDATE preferences SET channels = channels || jsonb_build_object('email', true)",
}
PAUSE = """
INSERT INTO pauses (channel, event, spare_critical, until) VALUES (%s, now() + interval '1 day')
ON CONFLICT DO NOTHING
"""
PAUSES = {
    name: PAUSE % values
    for name, values in {
        "all": "NULL, NULL, false",
        "channel": "'email', NULL, false",
        "event": "NULL, 'invoice', false",
        "another event": "NULL, 'sync', false",
        "not critical": "NULL, NULL, true",
    }.items()
}


@dataclass
class Model:
    """One delivery as the design describes it."""

    status: str = "pending"
    attempts: int = 0
    claim_no: int = 0
    permanent: bool = False
    open: bool = True
    paused: bool = False
    off: bool = False
    items: list[set[str]] = field(default_factory=lambda: [set[str]()])  # for each item: read, archive
    sent_claims: list[int] = field(default_factory=list[int])

    @property
    def to_send(self) -> int:
        return 0 if self.off else sum(not item for item in self.items)

    def claim(self, how: str) -> str:
        """Claim the delivery and return the state that the claim reports."""
        due = self.status == "pending" and how != "early"
        replay = self.status == "failed" and how in ("replay", "due")
        if not due and not replay:
            return "exhausted" if self.status == "failed" and not self.permanent else "settled"
        if self.paused and self.to_send:
            self.attempts = 0 if replay else self.attempts
            self.status, self.permanent = "pending", False
            return "paused"
        self.attempts = 1 if replay else self.attempts + 1
        self.claim_no += 1
        self.permanent = self.open = False
        self.status = "sending" if self.to_send else "skipped"
        return "claimed" if self.to_send else "skipped"

    def finish(self, kind: OutcomeKind, claim_no: int) -> bool:
        """Finish a claim and return whether the outcome is written."""
        if self.status != "sending" or claim_no != self.claim_no:
            return False
        match kind:
            case OutcomeKind.SENT:
                self.status = "sent"
                self.sent_claims.append(claim_no)
            case OutcomeKind.RETRY:
                self.status = "failed" if self.attempts == MAX_ATTEMPTS else "pending"
            case OutcomeKind.THROTTLED | OutcomeKind.NOT_BEGUN:
                self.status = "pending"
                self.attempts -= 1
            case OutcomeKind.REJECTED | OutcomeKind.GONE:
                self.status, self.permanent = "failed", True
            case OutcomeKind.UNKNOWN:
                pass
        return True

    def create(self) -> bool:
        """Create one more notification of the kind and return whether it joins the digest."""
        if self.open and not self.off:
            self.items.append(set())
        return self.open and not self.off

    def change(self, what: str) -> None:
        if what in ("off", "on"):
            self.off = what == "off"
        for item in self.items:
            item -= {what.removeprefix("un")}
            item |= {what} & {"read", "archive"}

    def reset(self) -> None:
        if self.status == "sending":
            self.status = "failed" if self.attempts == MAX_ATTEMPTS else "pending"


class Case:
    """One delivery in the database that takes the same steps."""

    def __init__(self, flow: Flow) -> None:
        self.flow, self.model = flow, Model()
        flow.db.execute("DELETE FROM notifications")
        flow.db.execute("DELETE FROM deliveries")
        flow.db.execute("DELETE FROM pauses")
        flow.db.execute("DELETE FROM preferences")
        self.delivery_id: UUID = flow.one(severity="warning")
        flow.set(self.delivery_id, f"max_attempts = {MAX_ATTEMPTS}")
        self.claims: list[ClaimedDelivery] = []

    def claim(self, how: str) -> None:
        row = self.flow.row(self.delivery_id)
        if row["status"] == "pending":
            moment = "now() + interval '1 hour'" if how == "early" else "now()"
            self.flow.set(self.delivery_id, f"available_at = {moment}")
        ended = row["finished_at"] or datetime.now(UTC)
        sent_at = ended + timedelta(seconds=1 if how in ("replay", "due") else -1)
        [claim] = store.claim(self.flow.worker._database, self.flow.settings, {self.delivery_id: sent_at})
        assert claim.state == self.model.claim(how)
        if claim.delivery is not None:
            assert (claim.delivery.claim_no, claim.delivery.item_count) == (self.model.claim_no, self.model.to_send)
            self.claims.append(claim.delivery)

    def finish(self, kind: OutcomeKind, which: int) -> None:
        if len(self.claims) < -which:
            return
        claimed = self.claims[which]
        ids = (f"message-{claimed.claim_no}",) if kind is OutcomeKind.SENT else ()
        outcome = Outcome(kind, provider_message_ids=ids) if ids else failing(kind)
        before = self.flow.row(self.delivery_id)
        last = before["history"][-1]
        repeated = (last["event"], last.get("claim_no")) == (
            "throttled" if kind is OutcomeKind.NOT_BEGUN else kind.value, claimed.claim_no
        )  # fmt: skip
        batch = store.finish(self.flow.worker._database, self.flow.settings, [(claimed, outcome)], deadline=0)
        [finished] = batch.finished
        written = self.model.finish(kind, claimed.claim_no)
        # The same outcome of the same claim again is a repeated finish after a lost answer. It is reported as
        # written.
        assert finished.written == written or (repeated and finished.written)
        if not written:
            assert self.flow.row(self.delivery_id) == before

    def step(self, name: str, argument: Any) -> None:
        match name:
            case "claim":
                self.claim(argument)
            case "finish":
                self.finish(argument, -1)
            case "late_finish":
                self.finish(argument, -2)
            case "reset":
                self.flow.set(self.delivery_id, "locked_at = locked_at - interval '1 hour'")
                maintenance.reset_stuck(self.flow.worker._database, self.flow.reaper_settings)
                self.model.reset()
            case "create":
                made = self.flow.create(severity="warning")
                joined = self.model.create()
                assert made == [] or not joined
                self.drop(made)
            case "pause":
                self.flow.db.execute(PAUSES[argument].encode())
                self.model.paused |= argument != "another event"
            case "resume":
                self.flow.db.execute("DELETE FROM pauses")
                self.model.paused = False
            case _:
                self.flow.db.execute(CHANGES[argument].encode())
                self.model.change(argument)

    def drop(self, others: list[UUID]) -> None:
        """Delete the deliveries of notifications that did not join: the model knows one delivery only."""
        theirs = "SELECT notification_id FROM delivery_items WHERE delivery_id = ANY (%s)"
        self.flow.db.execute(f"DELETE FROM notifications WHERE id IN ({theirs})".encode(), [others])
        self.flow.db.execute("DELETE FROM deliveries WHERE id = ANY (%s)", [others])

    def check(self) -> None:
        row, model = self.flow.row(self.delivery_id), self.model
        assert (row["status"], row["attempts"], row["claim_no"], row["permanent"]) == (
            model.status, model.attempts, model.claim_no, model.permanent
        )  # fmt: skip
        assert (row["open_digest_key"] is not None) == model.open
        assert 0 <= row["attempts"] <= MAX_ATTEMPTS
        assert len(row["history"]) <= 20
        assert row["provider_message_ids"] == [f"message-{claim_no}" for claim_no in model.sent_claims]
        assert len(model.sent_claims) <= 1  # no change leads out of sent


@pytest.fixture(scope="module")
def one_flow(request: pytest.FixtureRequest) -> Any:
    with ExitStack() as stack:
        url = request.getfixturevalue("fresh_database")("carillon_template")
        yield Flow(url, stack)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_after_any_order_of_events_the_row_agrees_with_the_model(one_flow: Flow, steps: list[tuple[str, Any]]) -> None:
    case = Case(one_flow)
    for name, argument in steps:
        case.step(name, argument)
        case.check()
    assert run_verify(one_flow).breaches == []
