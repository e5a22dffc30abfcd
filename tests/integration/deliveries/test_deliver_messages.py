"""The answer for each message of a batch: acknowledged, or reported as failed."""

import io
from uuid import uuid4

import pytest

from carillon.models.delivery import OutcomeKind
from tests.support.flow import Flow, failing


def test_a_malformed_message_is_reported_until_the_redrive_policy_moves_it(flow: Flow) -> None:
    delivery_id = flow.one()
    malformed = flow.message(None)

    worked = flow.work(flow.message(delivery_id), malformed)

    assert worked.reported == [malformed.message_id]
    assert flow.sqs.visibility == [(malformed.receipt_handle, 0)]
    assert worked.counts == {"sent": 1, "not_a_delivery": 1}


def test_a_batch_of_malformed_messages_only_sends_no_query(flow: Flow) -> None:
    flow.worker._database = None  # pyright: ignore[reportAttributeAccessIssue]
    message = flow.message(None)

    assert flow.work(message).reported == [message.message_id]


def test_a_message_without_a_row_is_acknowledged_and_logged(flow: Flow, logs: io.StringIO) -> None:
    delivery_id = uuid4()

    worked = flow.work(delivery_id)

    assert (worked.reported, worked.counts) == ([], {"not_found": 1})
    assert str(delivery_id) in logs.getvalue()
    assert "delivery_not_found" in logs.getvalue()


@pytest.mark.parametrize(
    "state",
    [
        "status = 'sent', finished_at = now()",
        "status = 'skipped', finished_at = now()",
        "status = 'sending', locked_at = now()",
        "status = 'sending', locked_at = now() - interval '1 hour'",  # only the reaper takes over an expired lease
        "available_at = now() + interval '30 seconds'",
    ],
)
def test_a_delivery_that_cannot_be_claimed_is_acknowledged_and_unchanged(flow: Flow, state: str) -> None:
    delivery_id = flow.one()
    flow.set(delivery_id, state)
    before = flow.row(delivery_id)

    worked = flow.work(delivery_id)

    assert flow.row(delivery_id) == before
    assert flow.provider.calls == []
    assert (worked.reported, worked.counts) == ([], {"settled": 1})
    assert flow.sqs.visibility == []


@pytest.mark.parametrize(("seconds", "status"), [(4, "sent"), (6, "pending")])
def test_a_message_that_comes_a_few_seconds_early_is_due(flow: Flow, seconds: int, status: str) -> None:
    delivery_id = flow.one()
    flow.set(delivery_id, f"available_at = now() + interval '{seconds} seconds'")

    flow.work(delivery_id)

    assert flow.row(delivery_id)["status"] == status


def test_each_message_of_a_mixed_batch_gets_its_own_answer(flow: Flow) -> None:
    flow.person("alice")
    kinds = [OutcomeKind.SENT, OutcomeKind.RETRY, OutcomeKind.REJECTED, OutcomeKind.UNKNOWN, OutcomeKind.THROTTLED]
    ids = [delivery_id for _ in kinds for delivery_id in flow.create()]
    flow.provider.script = {
        delivery_id: [failing(kind)] for kind, delivery_id in zip(kinds, ids, strict=True) if kind != "sent"
    }
    stranger = flow.message(None)

    worked = flow.work(*reversed(ids), stranger)

    assert [flow.row(delivery_id)["status"] for delivery_id in ids] == [
        "sent", "pending", "failed", "sending", "pending",
    ]  # fmt: skip
    assert worked.reported == [stranger.message_id]
    assert {delivery_id for delivery_id, _ in flow.sqs.sent} == {ids[1], ids[4]}


def test_a_retry_that_sqs_refuses_is_dispatched_by_the_reaper(flow: Flow) -> None:
    flow.person("alice")
    refused, taken = flow.create() + flow.create()
    flow.provider.script = {each: [failing(OutcomeKind.THROTTLED)] for each in (refused, taken)}
    flow.sqs.refused = {refused}

    flow.work(refused, taken)

    assert [delivery_id for delivery_id, _ in flow.sqs.sent] == [taken]
    assert flow.row(refused)["dispatched_at"] is None
    assert flow.row(taken)["dispatched_at"] is not None
    flow.sqs.refused.clear()
    assert flow.reap()["dispatched"] == 1
    assert flow.sqs.sent[-1][0] == refused
