"""The decorators of handlers: what reaches the log, the trace and the metrics."""

import io
import json
from contextlib import suppress
from typing import Any

import pytest
from aws_lambda_powertools.utilities.typing import LambdaContext

from carillon import observe
from tests.support.environment import FakeLambdaContext
from tests.support.xray import Daemon

EVENT = {"requestContext": {"requestId": "request-1"}}


def answer(event: dict[str, Any], context: LambdaContext) -> str:
    observe.logger.info("answered")
    observe.add_metric("emails_sent", 2)
    return "alice@example.com"


def fail(event: dict[str, Any], context: LambdaContext) -> str:
    observe.add_metric("Failed", 1)
    raise ValueError("alice@example.com")


def test_a_trace_has_neither_answers_nor_messages_of_exceptions(monkeypatch: pytest.MonkeyPatch) -> None:
    daemon = Daemon()
    for name, value in daemon.environment().items():
        monkeypatch.setenv(name, value)
    assert observe.observed(answer)(EVENT, FakeLambdaContext()) == "alice@example.com"
    with pytest.raises(ValueError, match="alice"):
        observe.observed(fail)(EVENT, FakeLambdaContext())
    sent = [daemon.receive(), daemon.receive()]
    daemon.close()
    assert [each["name"] for each in sent] == ["## answer", "## fail"]
    assert [each.get("fault") for each in sent] == [None, True]
    assert "alice" not in str(sent)


@pytest.mark.parametrize(
    ("decorate", "correlation_id"), [(observe.observed, None), (observe.observed_http, "request-1")]
)
def test_a_log_line_has_the_context_and_the_gateways_request_id(
    decorate: Any, correlation_id: str | None, logs: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    observe.logger.set_correlation_id(None)
    decorate(answer)(EVENT, FakeLambdaContext())
    observe.logger.set_correlation_id(None)
    [line] = [json.loads(line) for line in logs.getvalue().splitlines() if '"answered"' in line]
    assert line.get("correlation_id") == correlation_id
    assert line["function_request_id"] == FakeLambdaContext().aws_request_id


@pytest.mark.parametrize(("handler", "name", "value"), [(answer, "EmailsSent", 2), (fail, "Failed", 1)])
def test_metrics_are_published_in_camel_case_even_if_the_handler_fails(
    handler: Any, name: str, value: float, capsys: pytest.CaptureFixture[str]
) -> None:
    observe.metrics.clear_metrics()
    with suppress(ValueError):
        observe.observed(handler)(EVENT, FakeLambdaContext())
    published = [json.loads(line) for line in capsys.readouterr().out.splitlines() if line.startswith("{")]
    assert [line[name] for line in published if name in line] == [[value]]
