"""Visibility timeouts: how long SQS hides a message that a function reports as failed."""

from collections.abc import Sequence
from itertools import batched
from typing import Any, Protocol

from aws_lambda_powertools import Logger

from carillon.aws.clients import Connections, client

logger = Logger(child=True)

ENTRIES = 10  # SQS: the most messages that one ChangeMessageVisibilityBatch takes
MAX_SECONDS = 43_200  # SQS: a message may stay hidden for at most 12 hours after a receive
OUTAGE_SECONDS = 900


class Received(Protocol):
    """A received message."""

    @property
    def receipt_handle(self) -> str:
        """The name of this receive at SQS."""
        ...

    @property
    def receive_count(self) -> int:
        """The number of receives so far, with this one."""
        ...


def outage_seconds(message: Received) -> int:
    """Return how many seconds to hide a message while the database does not answer.

    The time is 15 minutes after the first receive. It doubles with each further receive, up to 12 hours.

    The queues allow five receives. The fifth comes 3 h 45 min after the first, and the dead-letter queue gets the
    message 7 h 45 min after the first. So a shorter outage of the database moves no healthy message there.
    """
    return min(OUTAGE_SECONDS * 2 ** (message.receive_count - 1), MAX_SECONDS)


class VisibilityTimeouts:
    """Set visibility timeouts on one queue."""

    def __init__(self, queue_url: str, sqs: Any | None = None) -> None:
        self._queue_url = queue_url
        self._sqs = Connections(sqs) if sqs else None  # else made at first use: importing botocore is slow

    def set(self, timeouts: Sequence[tuple[Received, int]]) -> None:
        """Hide each message for its number of seconds from now.

        If SQS does not answer, the visibility timeout of the queue holds instead.
        """
        for chunk in batched(timeouts, ENTRIES, strict=False):
            sqs = self._sqs = self._sqs or Connections(client("sqs", timeout_seconds=2))
            entries = [
                {"Id": str(number), "ReceiptHandle": message.receipt_handle, "VisibilityTimeout": seconds}
                for number, (message, seconds) in enumerate(chunk)
            ]
            try:
                with sqs.use() as connected:
                    connected.change_message_visibility_batch(QueueUrl=self._queue_url, Entries=entries)
            except Exception as error:  # noqa: BLE001 (after any error, the queue's own timeout holds)
                logger.warning("visibility_unchanged", extra={"error": type(error).__name__})
