"""The stack that a command works on. It is found by its CloudFormation outputs and used through Lambda and SQS only.

botocore is imported when a command first asks AWS, because it takes longer than all else that a command imports. boto3
would add resources and transfers, which no command uses.
"""

import getpass
import json
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from cli.formats import to_json
from cli.local import NoLocalStack, local_stack

DEFAULT_STACK = "carillon"
# The function has 60 s. One attempt only: an operator who repeats a command repeats the page that was lost.
_CONFIG: dict[str, Any] = {"connect_timeout": 5, "read_timeout": 65, "retries": {"total_max_attempts": 1}}


class CannotReach(Exception):
    """The stack or one of its services does not answer."""


class Refused(Exception):
    """The function answered with an error. `code` is one of the codes in docs/api.md."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True)
class Target:
    """The names that select a stack. Without any name it is the devstack of this checkout."""

    stack_name: str | None = None
    region: str | None = None
    profile: str | None = None

    @property
    def is_local(self) -> bool:
        """True if this is the devstack."""
        return not (self.stack_name or self.region or self.profile)


class Stack:
    """One stack. It makes each client and each request when a command first needs it.

    Raises:
        CannotReach: (every member) no such stack, no credentials, no permission, or no network.
    """

    def __init__(self, target: Target) -> None:
        self.target = target

    def client(self, service: str) -> Any:
        """Return a client of AWS for a service of the stack."""
        from botocore.config import Config
        from botocore.exceptions import BotoCoreError
        from botocore.session import Session

        try:
            if self.target.is_local:
                local = local_stack()
                # The devstack accepts any credentials.
                session: Any = Session()
                session.set_credentials("test", "test")
                return session.create_client(
                    service, local["region"], endpoint_url=local["endpoint_url"], config=Config(**_CONFIG, proxies={})
                )
            session = Session(profile=self.target.profile)
            return session.create_client(service, self.target.region, config=Config(**_CONFIG))
        except NoLocalStack as error:
            raise CannotReach(f"{error} For a stack on AWS, name it with --stack-name.") from None
        except BotoCoreError as error:
            raise CannotReach(str(error)) from None

    @property
    def name(self) -> str:
        """The name of the CloudFormation stack."""
        if self.target.is_local:
            with suppress(NoLocalStack):
                return local_stack()["stack_name"]
        return self.target.stack_name or DEFAULT_STACK

    @cached_property
    def outputs(self) -> dict[str, str]:
        """The outputs of the CloudFormation stack, by their names."""
        cloudformation = self.client("cloudformation")
        stacks = self.call(cloudformation.describe_stacks, StackName=self.name)["Stacks"]
        return {output["OutputKey"]: output["OutputValue"] for output in stacks[0].get("Outputs", [])}

    def output(self, name: str) -> str:
        """Return one output of the stack."""
        if name not in self.outputs:
            raise CannotReach(f"The stack {self.name} has no output {name}: is it one of Carillon, and up to date?")
        return self.outputs[name]

    @property
    def api_url(self) -> str:
        """The address of the API, without a slash at its end."""
        return local_stack()["api_url"] if self.target.is_local else self.output("ApiUrl")

    @cached_property
    def operator(self) -> str:
        """The operator's name for the log: the ARN that AWS knows or, on the devstack, the user of this machine."""
        if not self.target.is_local:
            from botocore.exceptions import BotoCoreError, ClientError

            with suppress(BotoCoreError, ClientError, CannotReach):
                return str(self.client("sts").get_caller_identity()["Arn"])
        return getpass.getuser()

    @cached_property
    def _functions(self) -> Any:
        return self.client("lambda")

    def ask(self, action: str, **arguments: Any) -> Any:
        """Return the result of one action of the operator function, as JSON.

        Raises:
            Refused: the function answered with an error.
        """
        event = {"action": action, "operator": self.operator, "arguments": arguments}
        reply = self.call(
            self._functions.invoke, FunctionName=self.output("OperatorFunctionName"), Payload=to_json(event).encode()
        )
        answer: dict[str, Any] = json.loads(reply["Payload"].read() or b"null")
        if "FunctionError" in reply or not {"result", "error"} & _names(answer):
            raise CannotReach("The operator function failed: its log says why.")
        if "error" in answer:
            error = answer["error"]
            if error["code"] in ("unavailable", "internal"):
                raise CannotReach(f"The operator function: {error['message']}")
            raise Refused(error["code"], error["message"])
        return answer["result"]

    @staticmethod
    def call(method: Any, **parameters: Any) -> Any:
        """Make one request to AWS. If it fails, raise CannotReach with the message of AWS."""
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            return method(**parameters)
        except (BotoCoreError, ClientError) as error:
            raise CannotReach(str(error)) from None


def _names(answer: object) -> set[object]:
    """Return the names of the fields of an answer; none if it is no JSON object."""
    return {*answer} if isinstance(answer, dict) else set()
