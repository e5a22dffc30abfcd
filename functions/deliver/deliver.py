"""The worker of the queue: it claims, sends and finishes one batch of deliveries."""

import time
from datetime import UTC, datetime
from functools import cache
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from carillon import channels
from carillon.database.connection import Database
from carillon.deliveries.batch import Message, parse_body
from carillon.deliveries.dispatch import Dispatcher
from carillon.deliveries.worker import PARALLEL, Worker
from carillon.observe import add_metric, observed
from carillon.settings import DeliverSettings


@cache
def worker() -> Worker:
    """Return the worker, which stays between invocations. The first batch creates it, so that tests set variables."""
    settings = DeliverSettings.load()
    database = Database(settings)
    return Worker(settings, database, Dispatcher(settings, database), channels.build(settings, pool=PARALLEL))


@observed
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Process one batch.

    A message is reported as failed only if it must reach the dead-letter queue or the database did not answer.
    """
    deadline = time.monotonic() + context.get_remaining_time_in_millis() / 1000
    messages = [_message(record) for record in event["Records"]]
    add_metric("Received", len(messages))
    result = worker().work(messages, deadline)
    for metric in result.metrics():
        add_metric(*metric)
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in result.reported]}


def _message(record: dict[str, Any]) -> Message:
    attributes = record["attributes"]
    return Message(
        message_id=record["messageId"],
        receipt_handle=record["receiptHandle"],
        receive_count=int(attributes["ApproximateReceiveCount"]),
        sent_at=datetime.fromtimestamp(int(attributes["SentTimestamp"]) / 1000, UTC),
        delivery_id=parse_body(record["body"]),
    )
