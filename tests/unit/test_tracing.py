"""The subsegments of invocations: what X-Ray gets, when, and what it never gets."""

import json
import time
from collections.abc import Generator

import pytest

from carillon import tracing
from tests.support.xray import PARENT_ID, SAMPLED, TRACE_ID, Daemon


@pytest.fixture
def daemon(monkeypatch: pytest.MonkeyPatch) -> Generator[Daemon]:
    made = Daemon()
    for name, value in made.environment().items():
        monkeypatch.setenv(name, value)
    yield made
    made.close()


def fail() -> None:
    with tracing.invocation("handler"):
        raise ValueError("alice@example.com")


def test_a_subsegment_belongs_to_the_segment_of_lambda(daemon: Daemon, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "create")
    monkeypatch.setattr(tracing, "_is_cold_start", True)
    begin = time.time()
    with tracing.invocation("handler"):
        pass
    sent = daemon.receive()
    assert len(sent.pop("id")) == 16
    assert begin <= sent.pop("start_time") <= sent.pop("end_time") <= time.time()
    assert sent == {
        "trace_id": TRACE_ID,
        "parent_id": PARENT_ID,
        "type": "subsegment",
        "namespace": "local",
        "name": "## handler",
        "in_progress": False,
        "annotations": {"ColdStart": True, "Service": "create"},
    }


def test_only_the_first_invocation_is_a_cold_start(daemon: Daemon, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tracing, "_is_cold_start", True)
    for _ in range(2):
        with tracing.invocation("handler"):
            pass
    assert [daemon.receive()["annotations"]["ColdStart"] for _ in range(2)] == [True, False]


def test_a_provisioned_container_has_no_cold_start(daemon: Daemon, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tracing, "_is_cold_start", True)
    monkeypatch.setenv("AWS_LAMBDA_INITIALIZATION_TYPE", "provisioned-concurrency")
    with tracing.invocation("handler"):
        pass
    assert daemon.receive()["annotations"]["ColdStart"] is False


def test_an_exception_leaves_its_type_and_stack_but_not_its_message(daemon: Daemon) -> None:
    with pytest.raises(ValueError, match="alice"):
        fail()
    sent = daemon.receive()
    [exception] = sent["cause"]["exceptions"]
    assert (sent["fault"], exception["type"]) == (True, "ValueError")
    assert [frame["label"] for frame in exception["stack"]] == ["invocation", "fail"]
    assert "alice" not in json.dumps(sent)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("_X_AMZN_TRACE_ID", SAMPLED.replace("Sampled=1", "Sampled=0")),
        ("_X_AMZN_TRACE_ID", f"Root={TRACE_ID}"),
        ("_X_AMZN_TRACE_ID", ""),
        ("AWS_XRAY_DAEMON_ADDRESS", ""),
        ("AWS_XRAY_DAEMON_ADDRESS", "127.0.0.1"),
        ("POWERTOOLS_TRACE_DISABLED", "true"),
    ],
)
def test_nothing_is_sent_if_the_invocation_is_not_traced(
    daemon: Daemon, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    with tracing.invocation("handler"):
        pass
    assert daemon.is_silent()


def test_an_invocation_succeeds_without_a_daemon(daemon: Daemon, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_XRAY_DAEMON_ADDRESS", "256.0.0.1:2000")
    with tracing.invocation("handler"):
        pass
    assert daemon.is_silent()
