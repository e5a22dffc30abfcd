"""Hand hints to their queue. A hint is a courtesy: a refused or slow one is dropped, and a request never waits long."""

import json
import time
from collections.abc import Collection, Generator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import batched
from math import ceil
from typing import Any

from aws_lambda_powertools import Logger

from carillon.aws.clients import Connections, client
from carillon.live.names import hash_person
from carillon.settings.live import HintSettings

logger = Logger(child=True)

PEOPLE = 1000  # in one message, 36 KB; a request names no more
# A hint about a later moment waits in the queue. It must be well below the retention of the queue, which counts from
# when SQS took the message. The reaper sends the hints about moments after that.
AHEAD_SECONDS = 120
_THREADS = 2  # a function handles one request at a time; the second thread serves while the first still hangs
# After a hint that SQS did not take in time, no request waits for one for so long. Otherwise each request would pay for
# an outage of SQS. A hint is still sent meanwhile, and arrives if the container goes on running.
IMPATIENT_SECONDS = 30.0


class Hints:
    """Sends the hashes of people whose notifications changed. In a stack without hints, it does nothing."""

    def __init__(self, settings: HintSettings, sqs: Any | None = None) -> None:
        self._queue_url = settings.hints_queue_url
        self._key = settings.live_key.get_secret_value() if settings.live_key else ""
        self._budget = settings.hint_budget_seconds
        self._sqs = Connections(sqs) if sqs else None  # else created at first use: importing botocore is slow
        self._pool: ThreadPoolExecutor | None = None
        self._hung_at = float("-inf")  # Unix seconds: the monotonic clock may stop while Lambda freezes the container

    @property
    def enabled(self) -> bool:
        """True in a stack with hints."""
        return self._queue_url is not None

    def send(self, user_ids: Collection[str], *, delay_seconds: int = 0) -> None:
        """Send hints, and wait for SQS at most `hint_budget_seconds`. Never raise."""
        with self.sending(user_ids, delay_seconds=delay_seconds):
            pass

    @contextmanager
    def sending(self, user_ids: Collection[str], *, delay_seconds: int = 0) -> Generator[None]:
        """Send hints while the body runs. The end of the body waits for what is left of `hint_budget_seconds`.

        A hint that SQS refuses or does not take in time is dropped, and the log says so. Then no request waits for
        IMPATIENT_SECONDS. Never raise by itself.
        """
        if self._queue_url is None or not user_ids:
            yield
            return
        # Not within the budget: the first client takes a second of processor time, and its hint would be lost.
        sqs = self._sqs = self._sqs or Connections(client("sqs", timeout_seconds=self._budget, pool=_THREADS))
        pool = self._pool = self._pool or ThreadPoolExecutor(_THREADS, "hints")
        started = time.monotonic()
        sent = [pool.submit(self._send, sqs, chunk, delay_seconds) for chunk in batched(user_ids, PEOPLE, strict=False)]
        try:
            yield
        finally:
            self._settle(sent, self._budget - (time.monotonic() - started))

    def _send(self, sqs: Connections, user_ids: Collection[str], delay_seconds: int) -> None:
        people = [hash_person(self._key, user_id) for user_id in user_ids]
        with sqs.use() as connected:
            connected.send_message(
                QueueUrl=self._queue_url, MessageBody=json.dumps({"people": people}), DelaySeconds=delay_seconds
            )

    def _settle(self, sent: list[Future[None]], seconds_left: float) -> None:
        """Wait for SQS, unless it hung a moment ago, and log what was dropped."""
        waits = abs(time.time() - self._hung_at) >= IMPATIENT_SECONDS
        done, late = wait(sent, timeout=max(0.0, seconds_left) if waits else 0)
        for each in late:
            each.cancel()  # if no thread has begun it
        if late and waits:
            self._hung_at = time.time()
            logger.warning("hint_dropped", extra={"error": "timeout"})
        for each in done if waits else sent:
            each.add_done_callback(_log_unless_sent)


def seconds_until(send_at: datetime | None) -> int | None:
    """Return how long to delay the hint about a notification, or None if the reaper will send it."""
    if send_at is None:
        return 0
    seconds = max(0, ceil((send_at - datetime.now(UTC)).total_seconds()))
    return seconds if seconds <= AHEAD_SECONDS else None


def _log_unless_sent(sent: Future[None]) -> None:
    error = None if sent.cancelled() else sent.exception()
    if error or sent.cancelled():
        logger.warning("hint_dropped", extra={"error": type(error).__name__ if error else "timeout"})
