"""The command `carillon` on the service under test, with its function and queues but without a network."""

import io
import json
from collections.abc import Callable
from contextlib import redirect_stdout
from dataclasses import dataclass
from typing import Any

import boto3
import pytest
from botocore.exceptions import EndpointConnectionError
from typer.testing import CliRunner, Result

import operate
from cli.aws import Stack
from cli.main import app
from tests.support.environment import FakeLambdaContext
from tests.support.service import Service

FUNCTION = "carillon-Operator"


class Functions:
    """A simulated Lambda with one function."""

    def __init__(self) -> None:
        self.actions: list[str] = []
        self.before: Callable[[str], object] = lambda _: None

    def invoke(self, *, FunctionName: str, Payload: bytes) -> dict[str, Any]:  # noqa: N803
        assert FunctionName == FUNCTION
        event = json.loads(Payload)
        self.actions.append(event["action"])
        with redirect_stdout(io.StringIO()):  # the log of the function is not output of the command
            self.before(event["action"])
            answer = operate.handler(event, FakeLambdaContext())
        return {"Payload": io.BytesIO(json.dumps(answer).encode())}


@dataclass
class Command:
    """Runs `carillon …` against the stack `carillon` of moto's AWS."""

    service: Service
    functions: Functions

    def __call__(self, *arguments: str, stdin: str | None = None) -> Result:
        return CliRunner().invoke(app, [*arguments, "--stack-name", "carillon"], input=stdin)

    def json(self, *arguments: str, code: int = 0) -> Any:
        """Run a command with --json and return its output, which must be one JSON document."""
        result = self(*arguments, "--json")
        assert result.exit_code == code, result.output
        return json.loads(result.stdout)

    def says(self, *arguments: str, code: int = 0) -> str:
        result = self(*arguments)
        assert result.exit_code == code, result.output
        return result.stdout


class Stacks:
    """A simulated CloudFormation with one stack."""

    def __init__(self, outputs: dict[str, str]) -> None:
        self._outputs = [{"OutputKey": name, "OutputValue": value} for name, value in outputs.items()]

    def describe_stacks(self, *, StackName: str) -> dict[str, Any]:  # noqa: N803
        assert StackName == "carillon"
        return {"Stacks": [{"Outputs": self._outputs}]}


def command_on(service: Service, monkeypatch: pytest.MonkeyPatch) -> Command:
    """Return the command on a stack with the queues of the service in its outputs."""
    outputs = {
        "OperatorFunctionName": FUNCTION, "QueueUrl": service.queue_url, "DeadLetterQueueUrl": service.dlq_url
    }  # fmt: skip
    functions = Functions()
    played: dict[str, Any] = {"cloudformation": Stacks(outputs), "lambda": functions}
    real = Stack.client

    def client(stack: Stack, name: str) -> Any:
        return played.get(name) or real(stack, name)

    monkeypatch.setattr(Stack, "client", client)
    return Command(service, functions)


def unreachable(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make every call to AWS fail, as without a network."""

    def fail(*_: Any, **__: Any) -> Any:
        raise EndpointConnectionError(endpoint_url="https://cloudformation.eu-central-1.amazonaws.com")

    class Cut:
        def __getattr__(self, _: str) -> Any:
            return fail

    def client(*_: Any, **__: Any) -> Any:
        return Cut()

    monkeypatch.setattr(boto3.Session, "client", client)
