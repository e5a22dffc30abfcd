"""The outcomes of a delivery attempt: the delivery, its message, and the messages that are dispatched again."""

import io

import pytest

from carillon.models.delivery import Outcome, OutcomeKind
from tests.support.flow import Flow, failing

LAST_ATTEMPT = "attempts = 4"  # of 5: the claim makes it the fifth


def test_sent(flow: Flow) -> None:
    delivery_id = flow.one()
    flow.provider.script[delivery_id] = [Outcome(OutcomeKind.SENT, provider_message_ids=("0107-a", "0107-b"))]

    worked = flow.work(delivery_id)

    row = flow.row(delivery_id)
    assert (row["status"], row["attempts"], row["claim_no"]) == ("sent", 1, 1)
    assert row["provider_message_ids"] == ["0107-a", "0107-b"]
    assert (row["locked_at"], row["error_code"], row["last_error"]) == (None, None, None)
    assert row["finished_at"] is not None
    assert flow.events(delivery_id) == ["claimed", "sent"]
    assert row["history"][1]["provider_message_ids"] == ["0107-a", "0107-b"]
    assert (worked.reported, worked.counts) == ([], {"sent": 1})
    assert (flow.sqs.sent, flow.sqs.visibility) == ([], [])


def test_sent_after_a_retry_clears_the_error_and_keeps_the_history(flow: Flow) -> None:
    delivery_id = flow.one()
    flow.provider.script[delivery_id] = [failing(OutcomeKind.RETRY)]
    flow.work(delivery_id)
    flow.pass_time(60)

    flow.work(delivery_id)

    row = flow.row(delivery_id)
    assert (row["status"], row["attempts"], row["error_code"], row["last_error"]) == ("sent", 2, None, None)
    assert flow.events(delivery_id) == ["claimed", "retry", "claimed", "sent"]
    assert [entry["claim_no"] for entry in row["history"]] == [1, 1, 2, 2]


@pytest.mark.parametrize(("attempts", "ceiling"), [(0, 60), (1, 120), (3, 480)])
def test_a_retry_waits_in_the_table_and_is_dispatched_with_its_delay(flow: Flow, attempts: int, ceiling: int) -> None:
    delivery_id = flow.one()
    flow.set(delivery_id, f"attempts = {attempts}")
    flow.provider.script[delivery_id] = [failing(OutcomeKind.RETRY, "access_denied")]

    worked = flow.work(delivery_id)

    row = flow.row(delivery_id)
    assert (row["status"], row["attempts"], row["locked_at"]) == ("pending", attempts + 1, None)
    assert (row["error_code"], row["last_error"]) == ("access_denied", "What the provider said.")
    assert flow.events(delivery_id) == ["claimed", "retry"]
    delay = (row["available_at"] - row["dispatched_at"]).total_seconds()
    assert 0 <= delay <= ceiling
    [(dispatched, seconds)] = flow.sqs.sent
    assert dispatched == delivery_id
    assert delay <= seconds < delay + 1.001  # rounded up: a message that comes early finds nothing due
    assert (worked.reported, worked.counts) == ([], {"retry": 1})


def test_a_retry_later_than_the_longest_delay_of_sqs_is_left_to_the_reaper(
    flow: Flow, monkeypatch: pytest.MonkeyPatch
) -> None:
    delivery_id = flow.one()
    flow.provider.script[delivery_id] = [failing(OutcomeKind.RETRY)]

    def long(*_: object) -> float:
        return 900.5

    monkeypatch.setattr("carillon.deliveries.backoff.retry_delay", long)

    flow.work(delivery_id)

    assert flow.row(delivery_id)["dispatched_at"] is None
    assert flow.sqs.sent == []


def test_a_retry_without_attempts_left_fails_and_its_message_goes_to_the_dead_letter_queue(flow: Flow) -> None:
    delivery_id = flow.one()
    flow.set(delivery_id, LAST_ATTEMPT)
    flow.provider.script[delivery_id] = [failing(OutcomeKind.RETRY, "access_denied")]
    message = flow.message(delivery_id)

    worked = flow.work(message)

    row = flow.row(delivery_id)
    assert (row["status"], row["attempts"], row["permanent"]) == ("failed", 5, False)
    assert (row["error_code"], row["last_error"]) == ("access_denied", "What the provider said.")
    assert row["finished_at"] is not None
    assert worked.reported == [message.message_id]
    assert flow.sqs.visibility == [(message.receipt_handle, 0)]
    assert flow.sqs.sent == []


@pytest.mark.parametrize("attempts", [0, 4])
@pytest.mark.parametrize(("pause_seconds", "shortest", "longest"), [(None, 7, 15), (300, 150, 300)])
def test_throttled_gives_the_attempt_back(
    flow: Flow, attempts: int, pause_seconds: int | None, shortest: int, longest: int
) -> None:
    delivery_id = flow.one()
    flow.set(delivery_id, f"attempts = {attempts}")
    flow.provider.script[delivery_id] = [failing(OutcomeKind.THROTTLED, "slow_down", pause_seconds=pause_seconds)]

    worked = flow.work(delivery_id)

    row = flow.row(delivery_id)
    assert (row["status"], row["attempts"], row["claim_no"]) == ("pending", attempts, 1)
    assert (row["error_code"], row["last_error"]) == ("slow_down", "What the provider said.")
    [(dispatched, seconds)] = flow.sqs.sent
    assert dispatched == delivery_id
    assert shortest <= seconds <= longest
    assert (worked.reported, worked.counts) == ([], {"throttled": 1})


def test_throttles_are_one_entry_of_the_history_with_a_count(flow: Flow) -> None:
    delivery_id = flow.one()
    flow.provider.script[delivery_id] = [failing(OutcomeKind.THROTTLED) for _ in range(30)]
    for _ in range(30):
        flow.work(delivery_id)
        flow.pass_time(480)
    flow.work(delivery_id)

    row = flow.row(delivery_id)
    assert flow.events(delivery_id) == ["throttled", "claimed", "sent"]
    assert (row["history"][0]["times"], row["claim_no"], row["attempts"]) == (30, 31, 1)


def test_the_history_keeps_the_last_twenty_entries(flow: Flow) -> None:
    delivery_id = flow.one()
    flow.set(delivery_id, "max_attempts = 12")
    flow.provider.script[delivery_id] = [failing(OutcomeKind.RETRY) for _ in range(11)]
    for _ in range(12):
        flow.work(delivery_id)
        flow.pass_time(1800)

    history = flow.row(delivery_id)["history"]
    assert len(history) == 20
    assert [(entry["event"], entry["claim_no"]) for entry in history[:2]] == [("claimed", 3), ("retry", 3)]
    assert [(entry["event"], entry["claim_no"]) for entry in history[-2:]] == [("claimed", 12), ("sent", 12)]


def test_rejected_fails_permanently_and_acknowledges_the_message(flow: Flow) -> None:
    delivery_id = flow.one()
    flow.provider.script[delivery_id] = [failing(OutcomeKind.REJECTED, "message_rejected")]

    worked = flow.work(delivery_id)

    row = flow.row(delivery_id)
    assert (row["status"], row["permanent"], row["attempts"]) == ("failed", True, 1)
    assert (row["error_code"], row["last_error"]) == ("message_rejected", "What the provider said.")
    assert (worked.reported, worked.counts) == ([], {"rejected": 1})
    assert (flow.sqs.sent, flow.sqs.visibility) == ([], [])


def test_gone_disables_the_devices_that_are_gone(flow: Flow) -> None:
    delivery_id = flow.one("push")

    device_ids = tuple(row["id"] for row in flow.db.execute("SELECT id FROM devices").fetchall())
    flow.provider.script[delivery_id] = [failing(OutcomeKind.GONE, "endpoint_disabled", gone_device_ids=device_ids)]

    worked = flow.work(delivery_id)

    assert flow.db.execute("SELECT count(*) AS n FROM devices WHERE enabled").fetchone() == {"n": 0}
    row = flow.row(delivery_id)
    assert (row["status"], row["permanent"], row["error_code"]) == ("failed", True, "endpoint_disabled")
    assert worked.reported == []


def test_a_push_that_reached_one_device_disables_only_the_device_that_is_gone(flow: Flow) -> None:
    delivery_id = flow.one("push")
    dead, alive = (row["id"] for row in flow.db.execute("SELECT id FROM devices ORDER BY id").fetchall())
    flow.provider.script[delivery_id] = [
        Outcome(OutcomeKind.SENT, provider_message_ids=("sns-1",), gone_device_ids=(dead,))
    ]

    flow.work(delivery_id)

    assert flow.row(delivery_id)["status"] == "sent"
    assert flow.db.execute("SELECT id FROM devices WHERE enabled").fetchall() == [{"id": alive}]


def test_a_send_that_did_not_begin_in_time_gives_the_attempt_back_and_sends_no_request(flow: Flow) -> None:
    delivery_id = flow.one()

    # A send may take 8 s to connect and 8 s for the answer, and the outcome 2 s to reach the database.
    worked = flow.work(delivery_id, seconds=17.9)

    row = flow.row(delivery_id)
    assert flow.provider.calls == []
    assert (row["status"], row["attempts"], row["error_code"]) == ("pending", 0, "no_time_left")
    assert flow.sqs.sent == [(delivery_id, 0)]
    assert (worked.reported, worked.counts) == ([], {"not_begun": 1})


def test_an_unknown_outcome_leaves_the_claim_with_the_worker(flow: Flow) -> None:
    delivery_id = flow.one()
    flow.provider.script[delivery_id] = [failing(OutcomeKind.UNKNOWN, "read_timeout")]

    worked = flow.work(delivery_id)

    row = flow.row(delivery_id)
    assert (row["status"], row["attempts"], row["finished_at"]) == ("sending", 1, None)
    assert row["locked_at"] is not None
    assert (row["error_code"], row["last_error"]) == ("read_timeout", "What the provider said.")
    assert flow.events(delivery_id) == ["claimed", "unknown"]
    assert (worked.reported, worked.counts) == ([], {"unknown": 1})
    assert (flow.sqs.sent, flow.sqs.visibility) == ([], [])


def test_a_channel_that_raises_does_not_harm_the_other_deliveries_of_its_batch(flow: Flow, logs: io.StringIO) -> None:
    flow.person("alice")
    bad, good = flow.create() + flow.create()

    def raise_for_one(delivery: object) -> None:
        if getattr(delivery, "delivery_id", None) == bad:
            raise RuntimeError("alice@example.com")

    flow.provider.during = raise_for_one

    worked = flow.work(bad, good)

    assert (flow.row(bad)["status"], flow.row(good)["status"]) == ("sending", "sent")
    assert flow.row(bad)["error_code"] == "send_raised"
    assert worked.reported == []
    assert "alice@example.com" not in logs.getvalue()
