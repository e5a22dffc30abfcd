"""Delivery ids to SQS. The row is the outbox: whatever does not leave here leaves by the reaper."""

import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from itertools import batched
from typing import Any
from uuid import UUID

from aws_lambda_powertools import Logger

from carillon.aws.clients import Connections, client
from carillon.database.connection import Database
from carillon.deliveries import store
from carillon.errors import CarillonError
from carillon.models.delivery import Dispatch
from carillon.settings.groups import QueueSettings

logger = Logger(child=True)

ENTRIES = 10  # SQS: the most messages that one SendMessageBatch takes
PARALLEL = 16


class Dispatcher:
    """Sends deliveries to the queue. Their rows say already that they are dispatched."""

    def __init__(self, settings: QueueSettings, database: Database, sqs: Any | None = None) -> None:
        self._settings = settings
        self._database = database
        self._sqs = Connections(sqs) if sqs else None  # else made at first use: importing botocore is slow

    def dispatch(self, due: Sequence[Dispatch]) -> int:
        """Send each delivery's id, in parallel batches, and return how many SQS took.

        Never raises and never takes longer than `dispatch_budget_seconds`: the notification is recorded, and a
        request must not fail or wait because SQS does. What was refused or not answered in time is marked as not
        dispatched, for the reaper; a message that arrives all the same finds its delivery, or finds it done.
        """
        if not due:
            return 0
        sqs = self._sqs = self._sqs or Connections(
            client("sqs", timeout_seconds=self._settings.dispatch_budget_seconds, pool=PARALLEL)
        )
        taken: set[UUID] = set()
        chunks = list(batched(due, ENTRIES, strict=False))
        pool = ThreadPoolExecutor(min(PARALLEL, len(chunks)))
        futures = [pool.submit(self._send, sqs, chunk) for chunk in chunks]
        done, _ = wait(futures, timeout=self._settings.dispatch_budget_seconds)
        pool.shutdown(wait=False, cancel_futures=True)
        for future in done:
            if error := future.exception():
                logger.warning("dispatch_failed", extra={"error": type(error).__name__})
            else:
                taken |= future.result()
        left = [delivery.delivery_id for delivery in due if delivery.delivery_id not in taken]
        if left:
            self._leave_to_the_reaper(left)
        return len(taken)

    def _send(self, sqs: Connections, chunk: Sequence[Dispatch]) -> set[UUID]:
        entries = [
            {
                "Id": str(number),
                "MessageBody": json.dumps({"delivery_id": str(delivery.delivery_id)}),
                "DelaySeconds": delivery.delay_seconds,
            }
            for number, delivery in enumerate(chunk)
        ]
        with sqs.use() as connected:
            reply = connected.send_message_batch(QueueUrl=self._settings.queue_url, Entries=entries)
        # SQS answers 200 with a list of what it refused.
        return {chunk[int(entry["Id"])].delivery_id for entry in reply.get("Successful", [])}

    def _leave_to_the_reaper(self, delivery_ids: list[UUID]) -> None:
        logger.warning("dispatch_left_to_reaper", extra={"count": len(delivery_ids)})
        try:
            store.undispatch(self._database, delivery_ids)
        except CarillonError as error:
            # Then their rows still say dispatched, and the reaper finds them never claimed, two minutes later.
            logger.warning("undispatch_failed", extra={"error": error.code})
