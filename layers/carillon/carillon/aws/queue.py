"""When SQS may show a message again that was reported as not worked off."""

from collections.abc import Sequence
from itertools import batched
from typing import Any, Protocol

from aws_lambda_powertools import Logger

from carillon.aws.clients import Connections, client

logger = Logger(child=True)

ENTRIES = 10  # SQS: the most messages that one ChangeMessageVisibilityBatch takes
# SQS: a message may be invisible for at most 12 hours after it was received.
MAX_SECONDS = 43_200
OUTAGE_SECONDS = 900


class Received(Protocol):
    """A message as it was received."""

    @property
    def receipt_handle(self) -> str:
        """What SQS knows this receive by."""
        ...

    @property
    def receive_count(self) -> int:
        """How often it was received, this time included."""
        ...


def outage_seconds(message: Received) -> int:
    """How long a message stays away that nobody could look at: nearly eight hours before the last of five receives.

    An outage of the database must not walk healthy messages into a dead-letter queue.
    """
    return min(OUTAGE_SECONDS * 2 ** (message.receive_count - 1), MAX_SECONDS)


class Visibility:
    """Says so to one queue."""

    def __init__(self, queue_url: str, sqs: Any | None = None) -> None:
        self._queue_url = queue_url
        self._sqs = Connections(sqs) if sqs else None  # else made at first use: importing botocore is slow

    def set(self, timeouts: Sequence[tuple[Received, int]]) -> None:
        """Show each message again after so many seconds; where SQS does not hear, after the queue's own timeout."""
        for chunk in batched(timeouts, ENTRIES, strict=False):
            sqs = self._sqs = self._sqs or Connections(client("sqs", timeout_seconds=2))
            entries = [
                {"Id": str(number), "ReceiptHandle": message.receipt_handle, "VisibilityTimeout": seconds}
                for number, (message, seconds) in enumerate(chunk)
            ]
            try:
                with sqs.use() as connected:
                    connected.change_message_visibility_batch(QueueUrl=self._queue_url, Entries=entries)
            except Exception as error:  # noqa: BLE001 (whatever it was, the queue's own timeout holds)
                logger.warning("visibility_unchanged", extra={"error": type(error).__name__})
