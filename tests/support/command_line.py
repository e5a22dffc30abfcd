"""The command `carillon` as an operator types it, on the function and the queues of the service under test."""

import io
import json
from collections.abc import Callable
from contextlib import redirect_stdout
from dataclasses import dataclass
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError
from typer.testing import CliRunner, Result

import operate
from cli.main import app
from cli.stack import Stack
from tests.support.environment import FakeLambdaContext
from tests.support.service import Service

FUNCTION = "carillon-Operator"


class Functions:
    """Lambda with one function, the operator function."""

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
    """Run `carillon …` on the stack `carillon` of moto's AWS."""

    service: Service
    functions: Functions

    def __call__(self, *arguments: str, stdin: str | None = None) -> Result:
        return CliRunner().invoke(app, [*arguments, "--stack-name", "carillon"], input=stdin)

    def json(self, *arguments: str, code: int = 0) -> Any:
        """Return the document that a command prints with --json."""
        result = self(*arguments, "--json")
        assert result.exit_code == code, result.output
        return json.loads(result.stdout)

    def says(self, *arguments: str, code: int = 0) -> str:
        """Return the text that a command prints."""
        result = self(*arguments)
        assert result.exit_code == code, result.output
        return result.stdout


class Stacks:
    """CloudFormation with one stack."""

    def __init__(self, outputs: dict[str, str]) -> None:
        self._outputs = [{"OutputKey": name, "OutputValue": value} for name, value in outputs.items()]

    def describe_stacks(self, *, StackName: str) -> dict[str, Any]:  # noqa: N803
        assert StackName == "carillon"
        return {"Stacks": [{"Outputs": self._outputs}]}


def command_on(service: Service, monkeypatch: pytest.MonkeyPatch, **more: str) -> Command:
    """Return the command on a stack whose outputs name the service's queues, and `more` outputs."""
    outputs = {
        "OperatorFunctionName": FUNCTION, "QueueUrl": service.queue_url, "DeadLetterQueueUrl": service.dlq_url, **more
    }  # fmt: skip
    functions = Functions()
    played: dict[str, Any] = {"cloudformation": Stacks(outputs), "lambda": functions}
    real = Stack.client

    def client(stack: Stack, name: str) -> Any:
        return played.get(name) or real(stack, name)

    monkeypatch.setattr(Stack, "client", client)
    # moto has all messages at hand: a long poll that waits for more only makes the end of a queue a second late.
    monkeypatch.setattr("cli.queues._WAIT_SECONDS", 0)
    return Command(service, functions)


def unreachable(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cut the network: each request to AWS fails."""

    def fail(*_: Any, **__: Any) -> Any:
        raise EndpointConnectionError(endpoint_url="https://cloudformation.eu-central-1.amazonaws.com")

    class Cut:
        def __getattr__(self, _: str) -> Any:
            return fail

    def client(*_: Any, **__: Any) -> Any:
        return Cut()

    monkeypatch.setattr("botocore.session.Session.create_client", client)
