"""Send delivery ids to SQS. The delivery's row is the outbox: the reaper dispatches what this module could not."""

import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from itertools import batched
from typing import Any
from uuid import UUID

from aws_lambda_powertools import Logger

from carillon.aws.clients import Connections, client
from carillon.database.connection import Database
from carillon.errors import CarillonError
from carillon.models.delivery import Dispatch
from carillon.settings.groups import QueueSettings

logger = Logger(child=True)

ENTRIES = 10  # SQS: the most messages that one SendMessageBatch takes
PARALLEL = 16  # requests to SQS at once


class Dispatcher:
    """Sends deliveries to the queue. Their rows are already marked as dispatched."""

    def __init__(self, settings: QueueSettings, database: Database, sqs: Any | None = None) -> None:
        self._settings = settings
        self._database = database
        self._sqs = Connections(sqs) if sqs else None  # else created at first use: importing botocore is slow
        self._pool: ThreadPoolExecutor | None = None

    def dispatch(self, due: Sequence[Dispatch]) -> int:
        """Send each delivery's id, in parallel batches, and return how many SQS took.

        Never raise, and never take longer than `dispatch_budget_seconds`. The notification is already recorded, so an
        outage of SQS must not fail or delay the request.

        If SQS refuses a message or does not answer in time, the delivery is marked as not dispatched, and the reaper
        dispatches it. A message that arrives after all does no harm: it claims the delivery, or finds it claimed.
        """
        if not due:
            return 0
        sqs = self._sqs = self._sqs or Connections(
            client("sqs", timeout_seconds=self._settings.dispatch_budget_seconds, pool=PARALLEL)
        )
        pool = self._pool = self._pool or ThreadPoolExecutor(PARALLEL, "dispatch")
        taken: set[UUID] = set()
        futures = [pool.submit(self._send, sqs, chunk) for chunk in batched(due, ENTRIES, strict=False)]
        done, late = wait(futures, timeout=self._settings.dispatch_budget_seconds)
        for future in late:
            future.cancel()  # if no thread has begun it
        for future in done:
            if error := future.exception():
                logger.warning("dispatch_failed", extra={"error": type(error).__name__})
            else:
                taken |= future.result()
        not_taken = [delivery.delivery_id for delivery in due if delivery.delivery_id not in taken]
        if not_taken:
            self._leave_to_the_reaper(not_taken)
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
        # SQS answers 200 even if it refused some of the entries.
        return {chunk[int(entry["Id"])].delivery_id for entry in reply.get("Successful", [])}

    def _leave_to_the_reaper(self, delivery_ids: list[UUID]) -> None:
        """Mark deliveries as not dispatched."""
        logger.warning("dispatch_left_to_reaper", extra={"count": len(delivery_ids)})
        try:
            self._database.rows("deliveries/undispatch", {"ids": delivery_ids})
        except CarillonError as error:
            # The rows stay marked as dispatched. The reaper finds them after two minutes, because none was claimed.
            logger.warning("undispatch_failed", extra={"error": error.code})
