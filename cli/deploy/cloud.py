"""The stack of an environment on AWS: what is there, and whether this folder may change it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cli.deploy.folder import Environment, WrongFolder
from cli.stack import CannotReach, Stack, Target

TAG = "carillon:environment"
_POLL_SECONDS = 5
_POLLS = 1440  # two hours: network interfaces of functions need half an hour
_NEVER_FINISHED = ("CREATE_FAILED", "CREATE_IN_PROGRESS")


class DeleteFailed(Exception):
    """CloudFormation did not delete the stack. The message has its reason."""


@dataclass(frozen=True, slots=True)
class Deployed:
    """A stack that exists. `environment` is what its tag says, `version` what its output says.

    `role` is the one with which CloudFormation changed it last. It does so again, unless it is given another.
    """

    status: str
    environment: str | None
    outputs: Mapping[str, str]
    role: str | None = None

    @property
    def version(self) -> str | None:
        """The release that was deployed last, or None if the stack is older than that output or unfinished."""
        return self.outputs.get("Version")

    @property
    def is_unfinished(self) -> bool:
        """True if no deploy of it ever succeeded. The next one continues it.

        A first deploy that was continued and failed again is UPDATE_FAILED. Only a stack that was complete has outputs.
        """
        return self.status in _NEVER_FINISHED or (self.status == "UPDATE_FAILED" and not self.outputs)


class Cloud:
    """AWS, as an environment sees it.

    Raises:
        CannotReach: (every method) no credentials, no permission, or no network.
    """

    def __init__(self, environment: Environment, profile: str | None) -> None:
        self.environment = environment
        self._stack = Stack(Target(environment.stack, environment.region, profile))

    def check_account(self) -> None:
        """Check that the credentials are for the account of the environment, if it names one.

        Raises:
            WrongFolder: they are for another one.
        """
        expected = self.environment.account
        if expected is None:
            return
        account = Stack.call(self._stack.client("sts").get_caller_identity)["Account"]
        if account != expected:
            raise WrongFolder(f"The credentials are for the account {account}, and {self._name} is in {expected}.")

    def find(self) -> Deployed | None:
        """Return the stack, or None if there is none. One that has only a change set is none."""
        from botocore.exceptions import BotoCoreError, ClientError

        client = self._stack.client("cloudformation")
        try:
            stack: dict[str, Any] = client.describe_stacks(StackName=self.environment.stack)["Stacks"][0]
        except ClientError as error:
            if "does not exist" in str(error):  # its code is that of every wrong request
                return None
            raise CannotReach(str(error)) from None
        except BotoCoreError as error:
            raise CannotReach(str(error)) from None
        if stack["StackStatus"] == "REVIEW_IN_PROGRESS":
            return None
        tags = {tag["Key"]: tag["Value"] for tag in stack.get("Tags", [])}
        outputs = {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}
        return Deployed(stack["StackStatus"], tags.get(TAG), outputs, stack.get("RoleARN"))

    def check_owner(self, found: Deployed, *, adopt: bool = False) -> None:
        """Check that a stack is the one of this environment.

        Raises:
            WrongFolder: it is that of another environment. Or nothing says that it is one of a folder, and `adopt` is
                false.
        """
        if found.environment is None and not adopt:
            raise WrongFolder(
                f"There is a stack {self._name}, and `carillon deploy` did not make it."
                " If it is a stack of Carillon that this environment may take over, add --adopt."
            )
        if found.environment not in (None, self.environment.name):
            raise WrongFolder(
                f"The stack {self._name} is the environment {found.environment}, and never becomes"
                f" {self.environment.name}. An environment has a stack of its own."
            )

    def obstacles(self, found: Deployed, role: str | None) -> list[str]:
        """Return what may stop the deletion of a stack with this role, or with its own: one text each."""
        told: list[str] = []
        if found.role and role is None:
            told.append(
                f"CloudFormation deletes with the role of the last deploy, {found.role}. If that is the one of"
                " deploy/role.yaml, it may not delete the database: name another in --role."
            )
        [policy] = [each["PhysicalResourceId"] for each in self._resources() if _is(each, "OperatorPolicy")] or [None]
        try:
            holders = self._holders(policy) if policy else []
        except CannotReach as error:
            told.append(f"Not checked: who has the operator's policy. {error}")
        else:
            if holders:
                told.append(f"IAM may refuse to delete {policy} before you detach it from {', '.join(holders)}.")
        return told

    def unprotect_database(self) -> None:
        """Switch off the protection of the stack's database, so that the stack can be deleted.

        It asks for the resources: a stack that was never complete has no outputs. The members of a cluster have no
        protection of their own.
        """
        rds = self._stack.client("rds")
        for resource in self._resources():
            there = resource["PhysicalResourceId"]
            if resource["ResourceType"] == "AWS::RDS::DBCluster":
                Stack.call(rds.modify_db_cluster, DBClusterIdentifier=there, DeletionProtection=False)
            elif _is(resource, "Instance"):
                Stack.call(
                    rds.modify_db_instance, DBInstanceIdentifier=there, DeletionProtection=False, ApplyImmediately=True
                )

    def delete(self, role: str | None = None) -> None:
        """Delete the stack, and wait until it is gone. CloudFormation uses `role`, or else the one of the last deploy.

        Raises:
            DeleteFailed: a resource could not be deleted.
        """
        from botocore.exceptions import WaiterError

        client = self._stack.client("cloudformation")
        Stack.call(client.delete_stack, StackName=self._name, **({"RoleARN": role} if role else {}))
        waiter = client.get_waiter("stack_delete_complete")
        polls = {"Delay": _POLL_SECONDS, "MaxAttempts": _POLLS}
        try:
            waiter.wait(StackName=self._name, WaiterConfig=polls)
        except WaiterError as error:
            stacks: list[dict[str, Any]] = error.last_response.get("Stacks") or [{}]
            reason = stacks[0].get("StackStatusReason", "see its events")
            raise DeleteFailed(f"{self._name} was not deleted: {reason}. Run the command again.") from None

    @property
    def _name(self) -> str:
        return self.environment.stack

    def _resources(self) -> list[dict[str, Any]]:
        """Return the resources of the stack that exist."""
        paginator = self._stack.client("cloudformation").get_paginator("list_stack_resources")
        pages: list[dict[str, Any]] = Stack.call(lambda: list(paginator.paginate(StackName=self._name)))
        listed: list[dict[str, Any]] = [each for page in pages for each in page["StackResourceSummaries"]]
        return [
            each for each in listed if each.get("PhysicalResourceId") and each["ResourceStatus"] != "DELETE_COMPLETE"
        ]

    def _holders(self, policy: str) -> list[str]:
        """Return the people, roles and groups that have a policy."""
        paginator = self._stack.client("iam").get_paginator("list_entities_for_policy")
        pages: list[dict[str, Any]] = Stack.call(lambda: list(paginator.paginate(PolicyArn=policy)))
        kinds = ("User", "Role", "Group")
        return [
            f"{kind.lower()} {each[f'{kind}Name']}"
            for page in pages
            for kind in kinds
            for each in page[f"Policy{kind}s"]
        ]


def _is(resource: Mapping[str, Any], name: str) -> bool:
    return resource["LogicalResourceId"] == name
