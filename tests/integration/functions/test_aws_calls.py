"""Calls to AWS that other tests replace: here the service makes them, and tests/support/aws_calls.py compares them."""

from collections.abc import Callable
from importlib import import_module
from typing import Any

import pytest

import operate
from tests.support.aws_calls import read_actions, record_calls
from tests.support.environment import Connect, suppressed
from tests.support.operator_function import answer, operator_function
from tests.support.provider_events import TOPIC
from tests.support.service import Service, sqs_event

# Loaded by name: for an import statement, type checkers find the module of tests/support.
EVENTS: Any = import_module("provider_events")


def test_the_events_function_changes_the_visibility_of_a_message(
    service: Service, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    queue_url = service.sqs.create_queue(QueueName="carillon-provider-events")["QueueUrl"]
    monkeypatch.setenv("TOPIC_ARN", TOPIC)
    monkeypatch.setenv("QUEUE_URL", queue_url)
    EVENTS.events.cache_clear()
    calls = tmp_path_factory.mktemp("calls")
    service.sqs.send_message(QueueUrl=queue_url, MessageBody="no event")
    [message] = service.sqs.receive_message(QueueUrl=queue_url, AttributeNames=["All"])["Messages"]
    with record_calls(calls):
        told = EVENTS.handler(sqs_event(message), service.context)
    EVENTS.events.cache_clear()
    assert [each["itemIdentifier"] for each in told["batchItemFailures"]] == [message["MessageId"]]
    assert read_actions(calls) == {"provider_events": {"sqs:ChangeMessageVisibility"}}


def test_the_reaper_and_the_operator_delete_endpoints(
    service: Service, reachable: Callable[..., None], connect: Connect, tmp_path_factory: pytest.TempPathFactory
) -> None:
    reachable("alice", "bob", push=True)
    connect().execute("UPDATE devices SET seen_at = now() - interval '300 days' WHERE user_id = 'alice'")
    calls = tmp_path_factory.mktemp("calls")
    with record_calls(calls), operator_function():
        service.reap()
        answer("erase", user_id="bob")
    assert read_actions(calls)["reaper"] == {"sqs:GetQueueAttributes", "sns:DeleteEndpoint"}
    assert read_actions(calls)["operator"] == {"sns:DeleteEndpoint"}
    assert connect().execute("SELECT FROM devices").fetchall() == []


def test_the_operator_removes_an_address_from_the_list_of_ses(
    service: Service, reachable: Callable[..., None], connect: Connect, tmp_path_factory: pytest.TempPathFactory
) -> None:
    reachable("alice")
    connect().execute(suppressed("bounced"))
    calls = tmp_path_factory.mktemp("calls")
    with record_calls(calls), operator_function():
        operate.suppressions.cache_clear()
        answer("unsuppress", user_id="alice")  # moto does not support this call, but records it
        operate.suppressions.cache_clear()
    assert read_actions(calls) == {"operator": {"ses:DeleteSuppressedDestination"}}
