"""Any order of events against a model of one page: what a delivery may become, whatever comes when.

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

from carillon import deliveries
from carillon.models.delivery import ClaimedDelivery, Outcome, OutcomeKind
from tests.flow import Flow, failing

OUTCOMES = st.sampled_from(list(OutcomeKind))
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("claim"), st.sampled_from(["early", "due", "replay", "stale"])),
        st.tuples(st.just("finish"), OUTCOMES),
        st.tuples(st.just("late_finish"), OUTCOMES),
        st.tuples(st.just("reset"), st.none()),
        st.tuples(st.just("read"), st.none()),
        st.tuples(st.just("unread"), st.none()),
    ),
    max_size=40,
)
MAX_ATTEMPTS = 3


@dataclass
class Model:
    """What the design says of one delivery."""

    status: str = "pending"
    attempts: int = 0
    claim_no: int = 0
    permanent: bool = False
    read: bool = False
    sent_claims: list[int] = field(default_factory=list[int])

    def claim(self, how: str) -> str:
        """The state that the claim answers."""
        due = self.status == "pending" and how != "early"
        replay = self.status == "failed" and how in ("replay", "due")
        if not due and not replay:
            return "exhausted" if self.status == "failed" and not self.permanent else "settled"
        self.attempts = 1 if replay else self.attempts + 1
        self.claim_no += 1
        self.permanent = False
        self.status = "skipped" if self.read else "sending"
        return "skipped" if self.read else "claimed"

    def finish(self, kind: OutcomeKind, claim_no: int) -> bool:
        """Whether it is written."""
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

    def reset(self) -> None:
        if self.status == "sending":
            self.status = "failed" if self.attempts == MAX_ATTEMPTS else "pending"


class Case:
    """One delivery in the database, moved by the same steps."""

    def __init__(self, flow: Flow) -> None:
        self.flow, self.model = flow, Model()
        flow.db.execute("DELETE FROM notifications")
        flow.db.execute("DELETE FROM notification_deliveries")
        self.delivery_id: UUID = flow.one()
        flow.set(self.delivery_id, f"max_attempts = {MAX_ATTEMPTS}")
        self.claims: list[ClaimedDelivery] = []

    def claim(self, how: str) -> None:
        row = self.flow.row(self.delivery_id)
        if row["status"] == "pending":
            moment = "now() + interval '1 hour'" if how == "early" else "now()"
            self.flow.set(self.delivery_id, f"available_at = {moment}")
        ended = row["finished_at"] or datetime.now(UTC)
        sent_at = ended + timedelta(seconds=1 if how in ("replay", "due") else -1)
        [claim] = deliveries.claim(self.flow.worker._database, self.flow.settings, {self.delivery_id: sent_at})
        assert claim.state == self.model.claim(how)
        if claim.delivery is not None:
            assert claim.delivery.claim_no == self.model.claim_no
            self.claims.append(claim.delivery)

    def finish(self, kind: OutcomeKind, which: int) -> None:
        if len(self.claims) < -which:
            return
        claimed = self.claims[which]
        ids = (f"message-{claimed.claim_no}",) if kind is OutcomeKind.SENT else ()
        outcome = Outcome(kind, provider_message_ids=ids) if ids else failing(kind)
        before = self.flow.row(self.delivery_id)
        last = before["history"][-1]
        repeated = (last["event"], last["claim_no"]) == (
            "throttled" if kind is OutcomeKind.NOT_BEGUN else kind.value, claimed.claim_no
        )  # fmt: skip
        [finished], _ = deliveries.finish(
            self.flow.worker._database, self.flow.settings, [(claimed, outcome)], deadline=0
        )
        written = self.model.finish(kind, claimed.claim_no)
        # The same outcome of the same claim again is what a lost answer looks like, and is told so.
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
                deliveries.reset_stuck(self.flow.worker._database, self.flow.reaper_settings)
                self.model.reset()
            case _:
                self.flow.db.execute(
                    "UPDATE notifications SET read_at = %s", [datetime.now(UTC) if name == "read" else None]
                )
                self.model.read = name == "read"

    def check(self) -> None:
        row, model = self.flow.row(self.delivery_id), self.model
        assert (row["status"], row["attempts"], row["claim_no"], row["permanent"]) == (
            model.status, model.attempts, model.claim_no, model.permanent
        )  # fmt: skip
        assert 0 <= row["attempts"] <= MAX_ATTEMPTS
        assert len(row["history"]) <= 20
        assert row["provider_message_ids"] == [f"message-{claim_no}" for claim_no in model.sent_claims]
        assert len(model.sent_claims) <= 1  # nothing leads out of sent


@pytest.fixture(scope="module")
def one_flow(request: pytest.FixtureRequest) -> Any:
    with ExitStack() as stack:
        url = request.getfixturevalue("fresh_database")("carillon_template")
        yield Flow(url, stack)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_whatever_comes_when_the_row_says_what_the_design_says(one_flow: Flow, steps: list[tuple[str, Any]]) -> None:
    case = Case(one_flow)
    for name, argument in steps:
        case.step(name, argument)
        case.check()
