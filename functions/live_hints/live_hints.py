"""Live hints: it turns one batch of changes into hints to open bells."""

import json
import time
from functools import cache
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from carillon.aws.queue import VisibilityTimeouts
from carillon.live.coalesce import Change
from carillon.live.publish import Publisher
from carillon.live.worker import LiveWorker
from carillon.observe import add_metric, observed
from carillon.settings import LiveHintsSettings


@cache
def worker() -> tuple[LiveWorker, VisibilityTimeouts]:
    """Return the worker, which stays between invocations. The first batch creates it, so that tests set variables."""
    settings = LiveHintsSettings.load()
    return LiveWorker(Publisher(settings)), VisibilityTimeouts(settings.queue_url)


@observed
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Handle one batch. A message is reported as failed if it must wait, or if AppSync did not accept its hint."""
    deadline = time.monotonic() + context.get_remaining_time_in_millis() / 1000
    hints, timeouts = worker()
    result = hints.work([_change(record) for record in event["Records"]], deadline)
    timeouts.set(result.again)
    for name, count in result.counts.items():
        add_metric(f"Hints{name}", count)
    return {"batchItemFailures": [{"itemIdentifier": change.message_id} for change, _ in result.again]}


def _change(record: dict[str, Any]) -> Change:
    attributes = record["attributes"]
    return Change(
        message_id=record["messageId"],
        receipt_handle=record["receiptHandle"],
        receive_count=int(attributes["ApproximateReceiveCount"]),
        sent_at=int(attributes["SentTimestamp"]) / 1000,
        people=_people(record["body"]),
    )


def _people(body: str) -> frozenset[str]:
    """Return the hashed people of a message; none if it is not Carillon's, so that it is acknowledged."""
    try:
        return frozenset(map(str, json.loads(body)["people"]))
    except (ValueError, TypeError, KeyError):
        return frozenset()
