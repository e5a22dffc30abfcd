"""The reaper: every minute it repairs, dispatches what is due, deletes what is old, and publishes the gauges."""

import time
from functools import cache
from typing import Any

from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from carillon.database.connection import Database
from carillon.deliveries.dispatch import Dispatcher
from carillon.observe import add_metric, logger, observed
from carillon.reaper import Reaper
from carillon.settings import ReaperSettings

MARGIN_SECONDS = 8  # for a step that has begun, which may wait for SQS, and for the metrics
# Alarms and the dashboard read these also when they are 0. CloudWatch bills each name in each hour in which it appears.
# So any other count of 0 is only in the log.
ALWAYS_PUBLISHED = frozenset({"failed_steps", "pending", "due", "oldest_due_seconds", "failed", "failed_permanently"})


@cache
def reaper() -> Reaper:
    """Return the reaper, which stays between invocations. The first run creates it, so that tests set variables."""
    settings = ReaperSettings.load()
    database = Database(settings)
    return Reaper(settings, database, Dispatcher(settings, database))


@observed
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, float]:  # noqa: ARG001 (AWS passes both)
    """Run every step once, and return what was counted."""
    deadline = time.monotonic() + context.get_remaining_time_in_millis() / 1000 - MARGIN_SECONDS
    counted = reaper().run(deadline)
    for name, value in counted.items():
        if value or name in ALWAYS_PUBLISHED:
            add_metric(name, value, MetricUnit.Seconds if name.endswith("seconds") else MetricUnit.Count)
    logger.info("reaper_ran", extra=counted)
    if counted["failed_steps"]:
        # Raise after the metrics: the alarm on failed invocations needs the error, and the gauges must still appear.
        raise RuntimeError(f"{counted['failed_steps']} steps failed, see reaper_step_failed in the log")
    return counted
