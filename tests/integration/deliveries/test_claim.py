"""The claim: each message is sent once, even if the queue repeats it or workers race, and after a final check."""

import io
import random
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from carillon.deliveries.batch import BatchResult
from carillon.models.delivery import OutcomeKind
from tests.support.delivery_states import join_digest
from tests.support.flow import Flow, failing


def at_once[Job, Result](work: Callable[[Job], Result], jobs: Sequence[Job]) -> list[Result]:
    """Run each job in its own thread; all threads start together."""
    barrier = threading.Barrier(len(jobs))

    def run(job: Job) -> Result:
        barrier.wait(10)
        return work(job)

    with ThreadPoolExecutor(len(jobs)) as pool:
        return list(pool.map(run, jobs, timeout=60))


def test_a_message_that_the_queue_repeats_later_sends_nothing(flow: Flow) -> None:
    delivery_id = flow.one()
    message = flow.message(delivery_id)

    assert flow.work(message).counts == {"sent": 1}
    assert flow.work(message).counts == {"settled": 1}
    assert len(flow.provider.calls) == 1


def test_a_notification_without_a_routing_of_its_channel_is_sent(flow: Flow) -> None:
    delivery_id = flow.one()
    flow.db.execute("UPDATE notifications SET routing = '{}'")

    assert flow.work(delivery_id).counts == {"sent": 1}
    assert not flow.provider.calls[0].items[0].mandatory


def test_a_message_twice_in_one_batch_is_sent_once(flow: Flow) -> None:
    delivery_id = flow.one()

    worked = flow.work(delivery_id, delivery_id, delivery_id)

    assert (worked.counts, worked.reported) == ({"sent": 1}, [])
    assert len(flow.provider.calls) == 1


def test_both_copies_of_a_delivery_without_attempts_left_are_reported(flow: Flow) -> None:
    delivery_id = flow.one()
    flow.set(delivery_id, "attempts = 4")
    flow.provider.script[delivery_id] = [failing(OutcomeKind.RETRY)]
    first, second = flow.message(delivery_id), flow.message(delivery_id)

    assert flow.work(first, second).reported == [first.message_id, second.message_id]


def test_two_workers_that_claim_the_same_message_at_once_send_it_once(flow: Flow) -> None:
    flow.person("alice")
    workers = [flow.new_worker() for _ in range(3)]
    for _ in range(8):
        [delivery_id] = flow.create()
        flow.provider.calls.clear()

        def work(number: int, delivery_id: UUID = delivery_id) -> BatchResult:
            return flow.work(delivery_id, worker=workers[number])

        counts = sorted(next(iter(worked.counts)) for worked in at_once(work, [0, 1, 2]))

        assert counts == ["sent", "settled", "settled"]
        assert len(flow.provider.calls) == 1
        assert flow.row(delivery_id)["claim_no"] == 1


def test_overlapping_batches_and_concurrent_creates_neither_send_twice_nor_deadlock(
    flow: Flow, logs: io.StringIO
) -> None:
    people = [f"user-{number}" for number in range(10)]
    for user_id in people:
        flow.person(user_id)
    ids = [delivery_id for _ in range(8) for delivery_id in flow.create(*people)]
    flow.provider.script = {each: [failing(OutcomeKind.THROTTLED)] for each in ids[::7]}
    workers = [flow.new_worker() for _ in range(4)]
    made: list[UUID] = []

    def work(number: int) -> None:
        rng = random.Random(number)
        if number < len(workers):
            # Each worker processes all deliveries, in its own order and in its own batches.
            shuffled = rng.sample(ids, len(ids))
            for start in range(0, len(shuffled), 10):
                flow.work(*shuffled[start : start + 10], worker=workers[number])
        else:
            database = flow.database()
            for _ in range(10):
                made.extend(flow.create(*rng.sample(people, len(people)), database=database))

    at_once(work, range(len(workers) + 2))

    sends = [call.delivery_id for call in flow.provider.calls]
    assert sorted(sends) == sorted(ids)  # each once; no delivery becomes due again so soon
    assert len(made) == 200
    assert {flow.row(each)["claim_no"] for each in ids} == {1}
    assert flow.db.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()").fetchone() == {
        "deadlocks": 0
    }
    assert "statement_repeated" not in logs.getvalue()


def test_the_claim_closes_a_digest_for_good(flow: Flow) -> None:
    delivery_id = flow.one()
    flow.set(delivery_id, "digest_key = 'event:a.b', open_digest_key = 'event:a.b'")
    flow.provider.script[delivery_id] = [failing(OutcomeKind.RETRY)]

    flow.work(delivery_id)

    row = flow.row(delivery_id)
    assert (row["status"], row["open_digest_key"]) == ("pending", None)


def test_a_claimed_delivery_has_all_that_sending_needs(flow: Flow) -> None:
    flow.db.execute(
        """
        INSERT INTO recipients (user_id, email, locale, updated_at)
        VALUES ('alice', 'alice@example.com', 'de-DE', now())
        """
    )
    delivery_id = flow.one(title="Declined", summary="A payment failed", target_url="/invoices/9")

    flow.work(delivery_id)

    [claimed] = flow.provider.calls
    assert (claimed.email, claimed.locale) == ("alice@example.com", "de-DE")
    assert (claimed.claim_no, claimed.attempts, claimed.max_attempts, claimed.devices) == (1, 1, 5, [])
    [item] = claimed.items
    assert (item.title, item.summary, item.target_url) == ("Declined", "A payment failed", "/invoices/9")
    assert claimed.item_count == 1


def test_a_digest_shows_its_first_twenty_items_and_the_count(flow: Flow) -> None:
    delivery_id = flow.one()
    joined = join_digest(flow, delivery_id, 22)

    flow.work(delivery_id)

    [claimed] = flow.provider.calls
    assert (len(claimed.items), claimed.item_count) == (20, 23)
    assert [item.title for item in claimed.items[1:]] == [str(each) for each in joined[:19]]


def test_a_push_is_sent_to_enabled_devices_only(flow: Flow) -> None:
    delivery_id = flow.one("push")
    flow.db.execute("UPDATE devices SET enabled = false WHERE token = 'token-alice-0'")

    flow.work(delivery_id)

    [claimed] = flow.provider.calls
    assert [device.endpoint_arn.rsplit("/", 1)[1] for device in claimed.devices] == ["alice-1"]
    assert claimed.email is None


def test_a_push_has_the_count_for_its_badge_and_an_email_has_not(flow: Flow) -> None:
    """Count the unread notifications, with its own: not those that are read, of another person or due later."""
    flow.create("alice", severity="info")
    flow.create("bob")
    flow.create("alice", send_at=(datetime.now(UTC) + timedelta(days=1)).isoformat())
    delivery_id = flow.one("push")
    flow.create("alice")
    flow.db.execute("UPDATE notifications SET read_at = now() WHERE severity = 'info'")

    flow.work(delivery_id)
    flow.db.execute("UPDATE preferences SET channels = channels || jsonb_build_object('email', true)")
    flow.person("carol")
    flow.work(*flow.create("carol"))

    badges = {call.channel: call.unread_count for call in flow.provider.calls}
    assert badges == {"push": 2, "email": None}


def test_a_claim_returns_the_seconds_until_each_item_expires(flow: Flow) -> None:
    expires_at = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    delivery_id = flow.one("push", expires_at=expires_at)
    join_digest(flow, delivery_id, 1)

    flow.work(delivery_id)

    [claimed] = flow.provider.calls
    [expiring, lasting] = claimed.items
    assert lasting.expires_in is None
    assert expiring.expires_in is not None
    assert 3590 < expiring.expires_in <= 3600


@pytest.mark.parametrize(
    ("seconds", "permanent", "counts"),
    [
        (-1, False, {"exhausted": 1}),
        (-1, True, {"settled": 1}),
        (1, False, {"sent": 1}),
        (1, True, {"sent": 1}),
    ],
)
def test_only_a_message_that_is_newer_than_the_failure_revives_a_failed_delivery(
    flow: Flow, seconds: int, permanent: bool, counts: dict[str, int]
) -> None:
    delivery_id = flow.one()
    ended = datetime.now(UTC) - timedelta(minutes=1)
    flow.db.execute(
        """
        UPDATE deliveries
        SET status = 'failed', attempts = 5, claim_no = 5, finished_at = %s, permanent = %s
        """,
        [ended, permanent],
    )
    message = flow.message(delivery_id, sent_at=ended + timedelta(seconds=seconds))

    worked = flow.work(message)

    assert worked.counts == counts
    row = flow.row(delivery_id)
    if "sent" in counts:
        assert (row["status"], row["attempts"], row["claim_no"], row["permanent"]) == ("sent", 1, 6, False)
        assert row["history"][0]["replay"] is True
    else:
        assert (row["status"], row["attempts"], row["claim_no"]) == ("failed", 5, 5)
        assert flow.provider.calls == []
    reported = counts == {"exhausted": 1}
    assert worked.reported == ([message.message_id] if reported else [])
    assert flow.sqs.visibility == ([(message.receipt_handle, 0)] if reported else [])


def test_a_replay_and_a_stale_copy_in_one_batch_send_once(flow: Flow) -> None:
    delivery_id = flow.one()
    flow.set(delivery_id, "status = 'failed', attempts = 5, finished_at = now() - interval '1 minute'")
    stale = flow.message(delivery_id, sent_at=datetime.now(UTC) - timedelta(hours=1))
    replay = flow.message(delivery_id)

    for batch in ((stale, replay), (replay, stale)):
        worked = flow.work(*batch)
        assert worked.reported == []
    assert len(flow.provider.calls) == 1
