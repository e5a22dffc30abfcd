"""The stack that a command works on: found by its CloudFormation outputs, spoken to by invoke and by SQS alone."""

import getpass
import json
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from cli.local import NoLocalStack, local_stack

DEFAULT_STACK = "carillon"
# The function's own time is 60 s. One attempt: pages of long work are repeated by whoever runs the command again.
_PATIENCE = Config(connect_timeout=5, read_timeout=65, retries={"total_max_attempts": 1})


class CannotReach(Exception):
    """The stack, or something of it, does not answer."""


class Refused(Exception):
    """The function answered with an error: `code` is its own, as in docs/api.md."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True)
class Target:
    """Which stack is meant. Nothing said: the devstack of this checkout."""

    stack_name: str | None = None
    region: str | None = None
    profile: str | None = None

    @property
    def is_local(self) -> bool:
        """Whether the devstack is meant."""
        return not (self.stack_name or self.region or self.profile)


class Stack:
    """One stack. Nothing is asked before it is needed.

    Raises:
        CannotReach: (all of it) no such stack, no credentials, no permission, no network.
    """

    def __init__(self, target: Target) -> None:
        self._target = target

    def client(self, service: str) -> Any:
        """A boto3 client where the stack is."""
        try:
            if self._target.is_local:
                local = local_stack()
                session: Any = boto3.Session("test", "test", region_name=local["region"])  # any key is good
                config = _PATIENCE.merge(Config(proxies={}))
                return session.client(service, endpoint_url=local["endpoint_url"], config=config)
            session = boto3.Session(profile_name=self._target.profile, region_name=self._target.region)
            return session.client(service, config=_PATIENCE)
        except NoLocalStack as error:
            raise CannotReach(f"{error} For a stack on AWS, name it with --stack-name.") from None
        except BotoCoreError as error:
            raise CannotReach(str(error)) from None

    @property
    def name(self) -> str:
        """The name of the CloudFormation stack."""
        if self._target.is_local:
            with suppress(NoLocalStack):
                return local_stack()["stack_name"]
        return self._target.stack_name or DEFAULT_STACK

    @cached_property
    def outputs(self) -> dict[str, str]:
        """What the stack says of itself."""
        cloudformation = self.client("cloudformation")
        stacks = self.call(cloudformation.describe_stacks, StackName=self.name)["Stacks"]
        return {output["OutputKey"]: output["OutputValue"] for output in stacks[0].get("Outputs", [])}

    def output(self, name: str) -> str:
        """One output of the stack."""
        if name not in self.outputs:
            raise CannotReach(f"The stack {self.name} has no output {name}: is it one of Carillon, and up to date?")
        return self.outputs[name]

    @cached_property
    def operator(self) -> str:
        """Who is at work, for the operators' log: who AWS says it is or, on the devstack, this machine's user."""
        if not self._target.is_local:
            with suppress(BotoCoreError, ClientError, CannotReach):
                return str(self.client("sts").get_caller_identity()["Arn"])
        return getpass.getuser()

    @cached_property
    def _functions(self) -> Any:
        return self.client("lambda")

    def ask(self, action: str, **arguments: Any) -> Any:
        """The result of one action of the operator's function.

        Raises:
            Refused: the function answered with an error.
        """
        event = {"action": action, "operator": self.operator, "arguments": arguments}
        reply = self.call(
            self._functions.invoke, FunctionName=self.output("OperatorFunctionName"), Payload=json.dumps(event).encode()
        )
        told: dict[str, Any] = json.loads(reply["Payload"].read() or b"null") or {}
        if "FunctionError" in reply or not told:
            raise CannotReach("The operator's function failed: its log says why.")
        if "error" in told:
            if told["error"]["code"] in ("unavailable", "internal"):
                raise CannotReach(f"The operator's function: {told['error']['message']}")
            raise Refused(told["error"]["code"], told["error"]["message"])
        return told["result"]

    @staticmethod
    def call(method: Any, **parameters: Any) -> Any:
        """One request to AWS, whose failure is CannotReach with AWS's own words."""
        try:
            return method(**parameters)
        except (BotoCoreError, ClientError) as error:
            raise CannotReach(str(error)) from None
