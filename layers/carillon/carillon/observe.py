"""Logger, metrics and trace of a function, and what runs around each handler.

Handlers import these, so that each choice below is made once. functions/migrate has only a logger, and makes its own.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.logging import correlation_paths
from aws_lambda_powertools.metrics import MetricUnit

from carillon import tracing

logger = Logger()
metrics = Metrics()
tracing.announce()


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

    @wraps(with_metrics)
    def traced(*args: Any, **kwargs: Any) -> Any:
        with tracing.invocation(handler.__name__):
            return with_metrics(*args, **kwargs)

    logged = logger.inject_lambda_context(traced, correlation_id_path=correlation_id_path)
    return cast("Callable[P, R]", logged)
