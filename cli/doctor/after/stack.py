"""The stack: its status, its drift, and its API."""

import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from cli.doctor.check import Check
from cli.doctor.findings import Finding, Group
from cli.doctor.plan import Plan, read_plan
from cli.doctor.sources import AwsRefused, NotChecked, Sources
from cli.local import local_stack

DRIFT_SECONDS, DRIFT_POLL_SECONDS = 240.0, 3.0
REFUSED, NO_ROUTE = 401, 404


@dataclass(frozen=True, slots=True)
class Api:
    """The statuses of two requests without a token; None: no answer."""

    health: int | None
    notifications: int | None
    error: str = ""


def describe(sources: Sources) -> dict[str, Any]:
    """Return the description of the stack, which CloudFormation is asked for once."""

    def ask() -> dict[str, Any]:
        return sources.ask("cloudformation", "describe_stacks", StackName=sources.session.stack.name)["Stacks"][0]

    return sources.keep("stack", ask)


def resources(sources: Sources) -> dict[str, str]:
    """Return the names that AWS gave the stack's resources, by their names in the template."""

    def ask() -> dict[str, str]:
        name = sources.session.stack.name
        listed = sources.pages("cloudformation", "list_stack_resources", "StackResourceSummaries", StackName=name)
        return {each["LogicalResourceId"]: each.get("PhysicalResourceId", "") for each in listed}

    return sources.keep("resources", ask)


def outputs(sources: Sources) -> dict[str, str]:
    """Return the outputs of the stack."""
    return {each["OutputKey"]: each["OutputValue"] for each in describe(sources).get("Outputs", [])}


def output(sources: Sources, name: str) -> str:
    """Return one output of the stack. A stack that was never complete has none.

    Raises:
        NotChecked: the stack does not have it.
    """
    try:
        return outputs(sources)[name]
    except KeyError:
        raise NotChecked("no_output", name=name) from None


def plan_of(stack: dict[str, Any]) -> Plan:
    """Return the parameters of a deployed stack. The issuer is the real one, also if the stack created it.

    Raises:
        ValueError: it is no stack of this release.
    """
    given = {each["ParameterKey"]: each.get("ParameterValue", "") for each in stack.get("Parameters", [])}
    named = {each["OutputKey"]: each["OutputValue"] for each in stack.get("Outputs", [])}
    real = {"JwtIssuer": named.get("Issuer"), "JwtAudience": named.get("Audience")}
    return read_plan(given | {name: value for name, value in real.items() if value})


def gather_status(sources: Sources, _: Plan) -> dict[str, Any]:
    """Return the description of the stack."""
    return describe(sources)


def judge_status(stack: dict[str, Any], _: Plan) -> Iterable[Finding]:
    """Judge the status of the stack, and what its last drift detection found."""
    status: str = stack["StackStatus"]
    if status.endswith("_IN_PROGRESS"):
        yield Finding("stack_changing", status=status)
    elif status.endswith("_FAILED") or status in ("ROLLBACK_COMPLETE", "DELETE_COMPLETE"):
        yield Finding("stack_failed", status=status)
    elif status == "UPDATE_ROLLBACK_COMPLETE":
        yield Finding("stack_rolled_back", status=status)
    drift = stack.get("DriftInformation", {})
    if drift.get("StackDriftStatus") == "DRIFTED":
        yield Finding("stack_drifted", at=str(drift.get("LastCheckTimestamp", "an unknown time")))


def _status_ok(stack: dict[str, Any], _: Plan) -> str:
    drift = stack.get("DriftInformation", {}).get("StackDriftStatus", "NOT_CHECKED")
    known = "its last drift detection found none" if drift == "IN_SYNC" else "its drift was never detected (--drift)"
    return f"The stack is {stack['StackStatus']}; {known}."


def gather_drift(sources: Sources, _: Plan) -> tuple[int, list[str]]:
    """Start a drift detection, wait for its end, and return the number of drifted resources and their names."""
    name = sources.session.stack.name
    detection = sources.ask("cloudformation", "detect_stack_drift", StackName=name)["StackDriftDetectionId"]
    while True:
        answer = sources.ask("cloudformation", "describe_stack_drift_detection_status", StackDriftDetectionId=detection)
        if answer["DetectionStatus"] != "DETECTION_IN_PROGRESS":
            break
        time.sleep(DRIFT_POLL_SECONDS)
    if answer["DetectionStatus"] == "DETECTION_FAILED":
        raise AwsRefused("cloudformation:DetectStackDrift", answer.get("DetectionStatusReason", "DETECTION_FAILED"))
    if not answer.get("DriftedStackResourceCount"):
        return 0, []
    drifted = sources.pages(
        "cloudformation", "describe_stack_resource_drifts", "StackResourceDrifts", StackName=name,
        StackResourceDriftStatusFilters=["MODIFIED", "DELETED"],
    )  # fmt: skip
    return answer["DriftedStackResourceCount"], [each["LogicalResourceId"] for each in drifted]


def judge_drift(facts: tuple[int, list[str]], _: Plan) -> Iterable[Finding]:
    """Judge the drift that was just detected."""
    count, names = facts
    if count:
        yield Finding("resources_drifted", count=count, names=", ".join(sorted(names)))


def gather_api(sources: Sources, _: Plan) -> Api:
    """Ask the API without a token: whether it is alive, and whether its authorizer exists."""
    # The emulator's own name for the API is one that no resolver knows.
    address = local_stack()["api_url"] if sources.is_local else output(sources, "ApiUrl").rstrip("/")
    try:
        return Api(sources.fetch(f"{address}/health").status, sources.fetch(f"{address}/notifications").status)
    except OSError as error:
        return Api(None, None, str(error))


def judge_api(api: Api, _: Plan) -> Iterable[Finding]:
    """Judge the answers of the API."""
    if api.health is None:
        yield Finding("api_silent", error=api.error)
        return
    if api.health != 200:
        yield Finding("api_unhealthy", status=api.health)
    if api.notifications == NO_ROUTE:
        yield Finding("api_without_routes")
    elif api.notifications != REFUSED:
        yield Finding("api_open", status=api.notifications)


STATUS = Check(
    name="stack_status", group=Group.STACK, gather=gather_status, judge=judge_status, ok=_status_ok,
    actions=("cloudformation:DescribeStacks",),
)  # fmt: skip
DRIFT = Check(
    name="drift", group=Group.STACK, gather=gather_drift, judge=judge_drift,
    ok=lambda _facts, _plan: "No resource of the stack has drifted.", seconds=DRIFT_SECONDS,
    actions=(
        "cloudformation:DetectStackDrift", "cloudformation:DescribeStackDriftDetectionStatus",
        "cloudformation:DescribeStackResourceDrifts",
    ),
)  # fmt: skip
API = Check(
    name="api", group=Group.STACK, gather=gather_api, judge=judge_api,
    ok=lambda _facts, _plan: "The API is alive, and refuses a request without a token.",
    actions=("cloudformation:DescribeStacks",),
)  # fmt: skip
