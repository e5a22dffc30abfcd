"""Feedback of SES and SNS: it records one batch of their events about accepted emails and pushes."""

from functools import cache
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from carillon.database.connection import Database
from carillon.feedback.record import EventMessage, FeedbackWorker
from carillon.observe import add_metric, observed
from carillon.settings import ProviderEventsSettings


@cache
def events() -> FeedbackWorker:
    """Return the recorder, which stays between invocations. The first batch creates it, so that tests set variables."""
    settings = ProviderEventsSettings.load()
    return FeedbackWorker(settings, Database(settings))


@observed
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:  # noqa: ARG001 (AWS passes both)
    """Record one batch.

    A message is reported as failed only if it is not an event, or if it could not be recorded yet.
    """
    messages = [_message(record) for record in event["Records"]]
    add_metric("EventsReceived", len(messages))
    result = events().process(messages)
    for name, count in result.counts.items():
        add_metric(name, count)
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in result.reported]}


def _message(record: dict[str, Any]) -> EventMessage:
    return EventMessage(
        message_id=record["messageId"],
        receipt_handle=record["receiptHandle"],
        receive_count=int(record["attributes"]["ApproximateReceiveCount"]),
        body=record["body"],
    )
