"""Outages of a provider, for tests of pauses and probes."""

from uuid import UUID

from carillon.models.delivery import Outcome, OutcomeKind
from tests.support.flow import Flow

NO_CONNECTION = Outcome(OutcomeKind.RETRY, "no_connection", reached=False)
TIMEOUT = Outcome(OutcomeKind.UNKNOWN, "read_timeout", reached=False)
SUSPENDED = Outcome(OutcomeKind.THROTTLED, "account_suspended", pause_seconds=300, reached=False)
SENT = Outcome(OutcomeKind.SENT, provider_message_ids=("0107",), reached=True)


def create(flow: Flow, count: int) -> list[UUID]:
    flow.person("alice")
    return [each for _ in range(count) for each in flow.create()]


def pauses(flow: Flow) -> list[tuple[str, int, int]]:
    """Return channel, failures and seconds until the next probe of each pause. All pauses must be automatic."""
    rows = flow.db.execute("SELECT *, extract(epoch FROM until - now()) AS left FROM pauses").fetchall()
    assert all(row["automatic"] and row["reason"] for row in rows)
    return [(row["channel"], row["failures"], round(row["left"])) for row in rows]


def fail(flow: Flow, ids: list[UUID], outcome: Outcome) -> None:
    flow.provider.script |= {each: [outcome] for each in ids}


def start_outage(flow: Flow, count: int) -> list[UUID]:
    """Create deliveries that wait in an outage of email, with a probe due; return their ids."""
    ids = create(flow, count)
    fail(flow, ids, NO_CONNECTION)
    for start in range(0, count, 10):
        flow.work(*ids[start : start + 10])
    flow.pass_time(121)
    flow.provider.calls.clear()
    flow.provider.script.clear()
    return ids
