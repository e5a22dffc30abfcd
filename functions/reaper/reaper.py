"""Every minute: repair what died in the middle, dispatch what is due, delete what is old, publish the gauges."""

import time
from functools import cache
from typing import Any

from aws_lambda_powertools import Logger, Metrics, Tracer
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from carillon.database.connection import Database
from carillon.deliveries.dispatch import Dispatcher
from carillon.reaper import Reaper
from carillon.settings import ReaperSettings

MARGIN_SECONDS = 8  # for the step under way, which may wait for SQS, and for the metrics

logger = Logger()
tracer = Tracer(auto_patch=False)  # a patched AWS client writes a refusal, address and all, into the trace
metrics = Metrics()


@cache
def reaper() -> Reaper:
    """What a container keeps. Made at its first run, and not at import, so that tests choose the settings."""
    settings = ReaperSettings.load()
    database = Database(settings)
    return Reaper(settings, database, Dispatcher(settings, database))


@logger.inject_lambda_context
@tracer.capture_lambda_handler(capture_response=False, capture_error=False)
@metrics.log_metrics(capture_cold_start_metric=True)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, float]:  # noqa: ARG001 (AWS passes both)
    """Run every step once, and return what was published."""
    deadline = time.monotonic() + context.get_remaining_time_in_millis() / 1000 - MARGIN_SECONDS
    published = reaper().run(deadline)
    for name, value in published.items():
        unit = MetricUnit.Seconds if name.endswith("seconds") else MetricUnit.Count
        metrics.add_metric("".join(word.title() for word in name.split("_")), unit, value)
    logger.info("reaper_ran", extra=published)
    if published["failed_steps"]:
        # After the metrics: an alarm on failed invocations must see it, and the gauges must not go missing.
        raise RuntimeError(f"{published['failed_steps']} steps failed, see reaper_step_failed in the log")
    return published
