"""The surroundings of `carillon deploy` in tests: a program in the place of SAM, and a stub of AWS with one stack."""

import re
import shlex
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from botocore.exceptions import ClientError, WaiterError
from typer.testing import CliRunner, Result

from cli.main import app

SAM = """#!/bin/bash
printf '%q ' "$@" >>"$SAM_LOG"; printf '\\n' >>"$SAM_LOG"
echo "output of sam"
exit "${SAM_EXIT:-0}"
"""


class Aws:
    """The account 123456789012 with at most one stack."""

    def __init__(self) -> None:
        self.stack: dict[str, Any] | None = None
        self.unprotected: list[str] = []
        self.resources: list[dict[str, str]] = []
        self.deleted: list[str] = []
        self.roles: list[str | None] = []  # with which stacks were deleted
        self.holders: dict[str, list[str]] = {"User": [], "Role": [], "Group": []}  # of the operator's policy
        self.fails_to_delete = False
        self.refuses = False  # to say who has the operator's policy
        self.asked = 0

    def has(self, environment: str | None = "staging", status: str = "UPDATE_COMPLETE", **outputs: str) -> None:
        """Let the stack exist, with the tag of an environment or without."""
        tags = [{"Key": "carillon:environment", "Value": environment}] if environment else []
        listed = [{"OutputKey": name, "OutputValue": value} for name, value in outputs.items()]
        self.stack = {"StackStatus": status, "Tags": tags, "Outputs": listed}

    def describe_stacks(self, **_: Any) -> Any:
        self.asked += 1
        if self.stack is None:
            error: Any = {"Code": "ValidationError", "Message": "Stack with id acme-staging does not exist"}
            raise ClientError({"Error": error}, "DescribeStacks")
        return {"Stacks": [self.stack]}

    def get_caller_identity(self) -> Any:
        return {"Account": "123456789012"}

    def delete_stack(self, *, StackName: str, RoleARN: str | None = None) -> None:  # noqa: N803
        self.deleted.append(StackName)
        self.roles.append(RoleARN)

    def get_waiter(self, _: str) -> Any:
        return self

    def wait(self, **_: Any) -> None:
        if self.fails_to_delete:
            last: Any = {"Stacks": [{"StackStatusReason": "a bucket is not empty"}]}
            raise WaiterError("StackDeleteComplete", "terminal failure", last)

    def holds(self, name: str, kind: str, identifier: str, status: str = "CREATE_COMPLETE") -> None:
        """Let the stack have a resource, of RDS if the type names no service."""
        kind = kind if "::" in kind else f"AWS::RDS::{kind}"
        one = {"LogicalResourceId": name, "ResourceType": kind, "ResourceStatus": status}
        self.resources.append(one | ({"PhysicalResourceId": identifier} if identifier else {}))

    def get_paginator(self, operation: str) -> Any:
        pages = {"list_stack_resources": self._pages_of_resources, "list_entities_for_policy": self._pages_of_holders}
        return SimpleNamespace(paginate=pages[operation])

    def _pages_of_resources(self, *, StackName: str) -> Any:  # noqa: N803
        assert StackName == "acme-staging"
        return ({"StackResourceSummaries": [one]} for one in self.resources)

    def _pages_of_holders(self, *, PolicyArn: str) -> Any:  # noqa: N803
        assert PolicyArn.endswith("OperatorPolicy-1A2B")
        if self.refuses:
            raise ClientError({"Error": {"Code": "AccessDenied", "Message": "not allowed"}}, "ListEntitiesForPolicy")
        yield {f"Policy{kind}s": [{f"{kind}Name": each} for each in names] for kind, names in self.holders.items()}

    def modify_db_cluster(self, **given: Any) -> None:
        assert given["DeletionProtection"] is False
        self.unprotected.append(given["DBClusterIdentifier"])

    def modify_db_instance(self, **given: Any) -> None:
        assert given["DeletionProtection"] is False
        self.unprotected.append(given["DBInstanceIdentifier"])


def carillon(*words: str, typed: str | None = None) -> Result:
    """Run the command in this process."""
    return CliRunner().invoke(app, words, input=typed)


def calls(acme: Path) -> list[list[str]]:
    """Return the arguments of each call of SAM."""
    log = acme.parent / "sam.log"
    return [shlex.split(line) for line in log.read_text().splitlines()] if log.exists() else []


def after(arguments: list[str], option: str) -> str:
    """Return the value of an option."""
    return arguments[arguments.index(option) + 1]


def refused(result: Result, acme: Path, words: str, code: int = 2) -> None:
    """Check that a command failed with these words, and did not call SAM."""
    assert result.exit_code == code, result.output
    assert re.search(words, result.stderr), result.stderr
    assert calls(acme) == [], "SAM was called"
