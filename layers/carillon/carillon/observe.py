"""Logger, tracer and metrics of a function, and what Powertools does around each handler.

Handlers import these, so that each choice below is made once. functions/migrate has only a logger: it makes its own,
and so never imports X-Ray.
"""

from collections.abc import Callable
from typing import Any, cast

from aws_lambda_powertools import Logger, Metrics, Tracer
from aws_lambda_powertools.logging import correlation_paths
from aws_lambda_powertools.metrics import MetricUnit

logger = Logger()
metrics = Metrics()
# Never patch the AWS clients: a patched client writes the text of an error into the trace, and an address with it.
tracer = Tracer(auto_patch=False)


def observed[**P, R](handler: Callable[P, R]) -> Callable[P, R]:
    """Decorate a handler: it logs with the context of its invocation, is traced, and publishes its metrics."""
    return _observe(handler, None)


def observed_http[**P, R](handler: Callable[P, R]) -> Callable[P, R]:
    """Decorate the handler of HTTP API events like `observed`. Log lines carry the gateway's request id, too."""
    return _observe(handler, correlation_paths.API_GATEWAY_HTTP)


def add_metric(name: str, value: float, unit: MetricUnit = MetricUnit.Count) -> None:
    """Add a value to a metric. A name in snake_case is published in CamelCase: `email_sent` as `EmailSent`."""
    metrics.add_metric("".join(word[:1].upper() + word[1:] for word in name.split("_")), unit, value)


def _observe[**P, R](handler: Callable[P, R], correlation_id_path: str | None) -> Callable[P, R]:
    with_metrics: Any = metrics.log_metrics(handler, capture_cold_start_metric=True)
    # Answers and exceptions stay out of traces: both may hold an address, a token, or the text of a notification.
    traced = tracer.capture_lambda_handler(with_metrics, capture_response=False, capture_error=False)
    logged = logger.inject_lambda_context(traced, correlation_id_path=correlation_id_path)
    return cast("Callable[P, R]", logged)
