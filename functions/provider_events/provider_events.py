"""What SES and SNS tell about what they accepted: one batch of their events, recorded."""

from functools import cache
from typing import Any

from aws_lambda_powertools import Logger, Metrics, Tracer
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
from aws_lambda_powertools.utilities.data_classes import SQSEvent, event_source
from aws_lambda_powertools.utilities.typing import LambdaContext

from carillon.database.connection import Database
from carillon.feedback.record import EventMessage, FeedbackWorker
from carillon.settings import ProviderEventsSettings

logger = Logger()
tracer = Tracer(auto_patch=False)  # a patched AWS client writes a refusal, address and all, into the trace
metrics = Metrics()


@cache
def events() -> FeedbackWorker:
    """What a container keeps. Made at its first batch, and not at import, so that tests choose the settings."""
    settings = ProviderEventsSettings.load()
    return FeedbackWorker(settings, Database(settings))


@logger.inject_lambda_context
# Neither events nor exceptions go into traces: both may hold an address.
@tracer.capture_lambda_handler(capture_response=False, capture_error=False)
@metrics.log_metrics(capture_cold_start_metric=True)
@event_source(data_class=SQSEvent)
def handler(event: SQSEvent, context: LambdaContext) -> PartialItemFailureResponse:  # noqa: ARG001 (AWS passes both)
    """Record one batch. Only what cannot be understood, or could not be recorded yet, is reported."""
    messages = [_message(record.raw_event) for record in event.records]
    metrics.add_metric("EventsReceived", MetricUnit.Count, len(messages))
    heard = events().process(messages)
    for name, count in heard.counts.items():
        metrics.add_metric("".join(word.title() for word in name.split("_")), MetricUnit.Count, count)
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in heard.reported]}


def _message(record: dict[str, Any]) -> EventMessage:
    return EventMessage(
        message_id=record["messageId"],
        receipt_handle=record["receiptHandle"],
        receive_count=int(record["attributes"]["ApproximateReceiveCount"]),
        body=record["body"],
    )
