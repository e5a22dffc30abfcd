"""The queue's worker: one batch of delivery ids, claimed, sent and finished."""

import time
from datetime import UTC, datetime
from functools import cache
from typing import Any

from aws_lambda_powertools import Logger, Metrics, Tracer
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
from aws_lambda_powertools.utilities.data_classes import SQSEvent, event_source
from aws_lambda_powertools.utilities.typing import LambdaContext

from carillon import channels
from carillon.database.connection import Database
from carillon.deliveries.batch import Message, parse_body
from carillon.deliveries.dispatch import Dispatcher
from carillon.deliveries.worker import PARALLEL, Worker
from carillon.settings import DeliverSettings

logger = Logger()
tracer = Tracer(auto_patch=False)  # a patched AWS client writes a refusal, address and all, into the trace
metrics = Metrics()


@cache
def worker() -> Worker:
    """What a container keeps. Made at its first batch, and not at import, so that tests choose the settings."""
    settings = DeliverSettings.load()
    database = Database(settings)
    return Worker(settings, database, Dispatcher(settings, database), channels.build(settings, pool=PARALLEL))


@logger.inject_lambda_context
@tracer.capture_lambda_handler(capture_response=False, capture_error=False)
@metrics.log_metrics(capture_cold_start_metric=True)
@event_source(data_class=SQSEvent)
def handler(event: SQSEvent, context: LambdaContext) -> PartialItemFailureResponse:
    """Work off one batch. Only what must reach the dead-letter queue, or could not be looked at, is reported."""
    deadline = time.monotonic() + context.get_remaining_time_in_millis() / 1000
    messages = [_message(record.raw_event) for record in event.records]
    metrics.add_metric("Received", MetricUnit.Count, len(messages))
    result = worker().work(messages, deadline)
    for metric in result.metrics():
        metrics.add_metric(metric.name, metric.unit, metric.value)
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
