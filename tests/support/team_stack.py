"""The surroundings of `carillon deploy` in tests: a program in the place of SAM, and a stub of AWS with one stack."""

from typing import Any

from botocore.exceptions import ClientError, WaiterError

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
        self.fails_to_delete = False
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

    def delete_stack(self, *, StackName: str) -> None:  # noqa: N803
        self.deleted.append(StackName)

    def get_waiter(self, _: str) -> Any:
        return self

    def wait(self, **_: Any) -> None:
        if self.fails_to_delete:
            last: Any = {"Stacks": [{"StackStatusReason": "a bucket is not empty"}]}
            raise WaiterError("StackDeleteComplete", "terminal failure", last)

    def holds(self, name: str, kind: str, identifier: str, status: str = "CREATE_COMPLETE") -> None:
        """Let the stack have a resource of RDS."""
        one = {"LogicalResourceId": name, "ResourceType": f"AWS::RDS::{kind}", "ResourceStatus": status}
        self.resources.append(one | ({"PhysicalResourceId": identifier} if identifier else {}))

    def get_paginator(self, operation: str) -> Any:
        assert operation == "list_stack_resources"
        return self

    def paginate(self, *, StackName: str) -> Any:  # noqa: N803
        assert StackName == "acme-staging"
        return ({"StackResourceSummaries": [one]} for one in self.resources)

    def modify_db_cluster(self, **given: Any) -> None:
        assert given["DeletionProtection"] is False
        self.unprotected.append(given["DBClusterIdentifier"])

    def modify_db_instance(self, **given: Any) -> None:
        assert given["DeletionProtection"] is False
        self.unprotected.append(given["DBInstanceIdentifier"])
