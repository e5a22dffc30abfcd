"""The comparison of calls with roles finds missing rights and unused rights."""

from argparse import Namespace
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from tests.support.aws_calls import (
    Right,
    action,
    allowed_rights,
    find_faults,
    needed_without_a_call,
    read_actions,
    read_rights,
    record_calls,
    resources,
    selects_tests,
)
from tests.support.paths import ROOT
from tests.support.translated_template import ACCOUNT

QUEUE = f"arn:aws:sqs:{ACCOUNT}:carillon-deliveries"
HINTS = f"arn:aws:sqs:{ACCOUNT}:carillon-hints"
ENDPOINTS = f"arn:aws:sns:{ACCOUNT}:endpoint/GCM/app"


@pytest.mark.parametrize(
    ("service", "operation", "needed"),
    [
        ("sqs", "SendMessageBatch", "sqs:SendMessage"),
        ("sesv2", "SendEmail", "ses:SendEmail"),
        ("sns", "Publish", "sns:Publish"),
    ],
)
def test_each_call_has_its_action(service: str, operation: str, needed: str) -> None:
    assert action(service, operation) == needed


@pytest.mark.parametrize(
    ("service", "parameters", "arns"),
    [
        ("sqs", {"QueueUrl": f"https://sqs.example.com/1/{QUEUE.rpartition(':')[2]}"}, [QUEUE]),
        ("sns", {"TargetArn": f"{ENDPOINTS}/1", "Message": "{}"}, [f"{ENDPOINTS}/1"]),
        ("sns", {"PlatformApplicationArn": "arn:app", "Token": "t"}, ["arn:app"]),
        ("secretsmanager", {"SecretId": "arn:secret:administrator-AbCdEf"}, ["arn:secret:administrator"]),
        ("sesv2", {"FromEmailAddress": "App <a@example.com>"}, [f"arn:aws:ses:{ACCOUNT}:identity/a@example.com"]),
        (
            "sesv2",
            {"FromEmailAddress": "a@example.com", "ConfigurationSetName": "carillon"},
            [f"arn:aws:ses:{ACCOUNT}:identity/a@example.com", f"arn:aws:ses:{ACCOUNT}:configuration-set/carillon"],
        ),
        ("sesv2", {"EmailAddress": "a@example.com"}, ["*"]),
    ],
)
def test_each_call_has_its_resources(service: str, parameters: dict[str, str], arns: list[str]) -> None:
    assert resources(service, parameters) == arns


def test_missing_and_unused_rights_are_reported() -> None:
    exact = {
        function: {(one, arn) for one, arn in may if one not in needed_without_a_call(function)}
        for function, may in allowed_rights().items()
    }
    assert find_faults(exact, everything=True) == []
    assert find_faults(exact | {"read": {("sns:Publish", "arn:x")}}, everything=False) == [
        "read calls sns:Publish on arn:x, which its role does not allow"
    ]
    less = exact | {"create": set[Right]()}
    assert find_faults(less, everything=True) == [
        f"create's role allows sqs:SendMessage on {queue}, which it never calls" for queue in (QUEUE, HINTS)
    ]
    assert find_faults(less, everything=False) == []


@pytest.mark.parametrize(
    ("options", "arguments", "selects"),
    [
        ({}, ["tests/unit", "tests/integration"], False),
        ({"keyword": "", "markexpr": "", "deselect": None, "lf": False}, [], False),
        ({"markexpr": "not slow"}, ["tests/integration"], True),
        ({"keyword": "claim"}, [], True),
        ({"deselect": ["tests/integration/api"]}, [], True),
        ({"lf": True}, [], True),
        ({}, ["tests/integration/api/test_http.py::test_a"], True),
    ],
)
def test_a_command_line_that_selects_tests(options: dict[str, Any], arguments: list[str], selects: bool) -> None:
    assert selects_tests(Namespace(**options), arguments) is selects


def test_requests_that_no_client_makes_are_no_unused_rights() -> None:
    """Only AWS knows the ARN of the Event API, so a run compares it in no case. Its action is listed all the same."""
    unused = find_faults({"live_hints": set()}, everything=True)
    assert [each for each in unused if each.startswith("live_hints")] == [
        f"live_hints's role allows sqs:ChangeMessageVisibility on {HINTS}, which it never calls"
    ]
    assert needed_without_a_call("live_hints") >= {"appsync:EventPublish", "sqs:ReceiveMessage"}
    assert "appsync:EventPublish" not in needed_without_a_call("create")


def test_a_right_covers_only_its_own_resource() -> None:
    calls: dict[str, set[Right]] = {
        "create": {("sqs:SendMessage", f"{QUEUE}-dlq")},
        "deliver": {("sns:Publish", f"{ENDPOINTS}/0a1b"), ("sns:Publish", ENDPOINTS.replace("endpoint", "app"))},
    }
    assert find_faults(calls, everything=False) == [
        f"create calls sqs:SendMessage on {QUEUE}-dlq, which its role does not allow",
        f"deliver calls sns:Publish on {ENDPOINTS.replace('endpoint', 'app')}, which its role does not allow",
    ]


def test_only_calls_of_a_functions_own_clients_are_recorded(tmp_path: Path) -> None:
    code = compile("made()", str(ROOT / "functions" / "nobodys" / "own.py"), "exec")
    clients: list[object] = []
    with mock_aws(), record_calls(tmp_path / "calls"):
        exec(code, {"made": lambda: clients.append(boto3.client("sqs"))})
        for client in (*clients, boto3.client("sns")):
            client.list_queues() if client in clients else client.list_topics()  # type: ignore[attr-defined]
    assert read_rights(tmp_path / "calls") == {"nobodys": {("sqs:ListQueues", "*")}}
    assert read_actions(tmp_path / "calls") == {"nobodys": {"sqs:ListQueues"}}
