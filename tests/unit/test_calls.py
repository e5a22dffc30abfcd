"""The comparison of calls and roles can see what is missing and what is too much."""

from pathlib import Path

import boto3
import pytest
from moto import mock_aws

from tests.calls import action, allowed, faults, found, needed_without_a_call, noted


@pytest.mark.parametrize(
    ("service", "operation", "needed"),
    [
        ("sqs", "SendMessageBatch", "sqs:SendMessage"),
        ("sesv2", "SendEmail", "ses:SendEmail"),
        ("sns", "Publish", "sns:Publish"),
    ],
)
def test_a_call_and_its_action(service: str, operation: str, needed: str) -> None:
    assert action(service, operation) == needed


def test_what_a_role_lacks_and_what_nobody_needs_is_told() -> None:
    exact = {function: may - needed_without_a_call(function) for function, may in allowed().items()}
    assert faults(exact, everything=True) == []
    assert faults(exact | {"read": {"sns:Publish"}}, everything=False) == [
        "read calls sns:Publish, which its role does not allow"
    ]
    less = exact | {"create": set()}
    assert faults(less, everything=True) == ["create's role allows sqs:SendMessage, which it never calls"]
    assert faults(less, everything=False) == []


def test_only_what_a_function_made_is_noted(tmp_path: Path) -> None:
    code = compile("make()", str(Path(__file__).parents[2] / "functions" / "nobodys" / "own.py"), "exec")
    made: list[object] = []
    with mock_aws(), noted(tmp_path / "calls"):
        exec(code, {"make": lambda: made.append(boto3.client("sqs"))})
        for client in (*made, boto3.client("sns")):
            client.list_queues() if client in made else client.list_topics()  # type: ignore[attr-defined]
    assert found(tmp_path / "calls") == {"nobodys": {"sqs:ListQueues"}}
