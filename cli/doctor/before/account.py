"""The account: credentials, the clock, its plan, quotas, and the role of RDS."""

import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

from cli.cost.stacks import Network, Size
from cli.doctor.after.stack import describe
from cli.doctor.check import Check
from cli.doctor.findings import Finding, Group
from cli.doctor.plan import AT_ONCE, RESERVED, Plan, Switch
from cli.doctor.sources import AwsRefused, NotChecked, Sources

SKEW_WARNING, SKEW_PROBLEM = 30.0, 240.0  # seconds; AWS refuses a signature that is five minutes off
OTHERS = 2 + 1 + 1  # batches of provider_events, a run of the reaper, a run of the operator function
NEW_ACCOUNT = 100  # AWS reserves so many runs for functions without a reservation
# Codes in Service Quotas. They are the same in all regions.
VPCS, ADDRESSES = ("vpc", "L-F678F1CE"), ("ec2", "L-0263D0A3")


@dataclass(frozen=True, slots=True)
class Usage:
    """The used part of a quota. `exists`: the stack exists already, so it has its share."""

    used: int
    quota: int
    exists: bool


@dataclass(frozen=True, slots=True)
class Runs:
    """The quota of concurrent runs of functions, and the part that no function has reserved."""

    quota: int
    unreserved: int
    exists: bool


def gather_caller(sources: Sources, _: Plan) -> str:
    """Return the ARN of the operator. AWS answers this to every caller, without a permission."""
    return str(sources.ask("sts", "get_caller_identity")["Arn"])


def gather_clock(sources: Sources, _: Plan) -> float:
    """Return the seconds by which this machine is ahead of AWS; negative if it is behind.

    The request has no credentials, because AWS would refuse its signature if the clock were wrong.
    """
    url = f"{sources.client('sts').meta.endpoint_url}/"
    began = time.time()
    try:
        date = sources.fetch(url).date
    except OSError as error:
        raise NotChecked("aws_silent", action="GET /", error=str(error)) from None
    if date is None:
        raise AwsRefused("GET /", "no header Date")
    # The middle of the request is its time. The header has whole seconds: the middle of its second is the best guess.
    return (began + time.time()) / 2 - (parsedate_to_datetime(date).timestamp() + 0.5)


def judge_clock(seconds: float, _: Plan) -> Iterable[Finding]:
    """Judge the difference of the clocks."""
    if abs(seconds) >= SKEW_WARNING:
        way = "ahead of" if seconds > 0 else "behind"
        code = "clock_wrong" if abs(seconds) >= SKEW_PROBLEM else "clock_skewed"
        yield Finding(code, seconds=f"{abs(seconds):.0f}", way=way)


def gather_plan_state(sources: Sources, _: Plan) -> str:
    """Return `FREE` or `PAID`, the plan of the account."""
    return str(sources.ask("freetier", "get_account_plan_state").get("accountPlanType", "PAID"))


def judge_plan_state(state: str, plan: Plan) -> Iterable[Finding]:
    """Judge whether the account's plan allows the database."""
    if state == "FREE" and plan.makes_database:
        larger = plan.size is not Size.MICRO or plan.two_zones
        yield Finding("free_plan_refuses" if larger else "free_plan", instance=plan.instance)


def gather_concurrency(sources: Sources, plan: Plan) -> Runs:
    """Return the quota of concurrent runs of functions."""
    limits = sources.ask("lambda", "get_account_settings")["AccountLimit"]
    reserves = plan.reserved_concurrency is Switch.ON
    return Runs(
        int(limits["ConcurrentExecutions"]),
        int(limits["UnreservedConcurrentExecutions"]),
        reserves and exists(sources),
    )


def judge_concurrency(runs: Runs, plan: Plan) -> Iterable[Finding]:
    """Judge whether the quota allows the functions, and their reservations. A stack that exists may have these."""
    needed, reserved = AT_ONCE[plan.size] + OTHERS, RESERVED[plan.size]
    reserves = plan.reserved_concurrency is Switch.ON and not runs.exists
    if reserves and runs.unreserved - reserved < NEW_ACCOUNT:
        yield Finding(
            "reservation_refused", unreserved=runs.unreserved, reserved=reserved, least=reserved + NEW_ACCOUNT
        )
    elif runs.quota < needed:
        yield Finding("concurrency_too_low", quota=runs.quota, needed=needed, size=plan.size)
    elif runs.quota < NEW_ACCOUNT:
        yield Finding("concurrency_low", quota=runs.quota)


def gather_vpcs(sources: Sources, _: Plan) -> Usage:
    """Return the VPCs of the region."""
    used = len(sources.pages("ec2", "describe_vpcs", "Vpcs"))
    return Usage(used, quota_of(sources, VPCS), exists(sources))


def gather_addresses(sources: Sources, _: Plan) -> Usage:
    """Return the Elastic IP addresses of the region."""
    used = len(sources.ask("ec2", "describe_addresses")["Addresses"])
    return Usage(used, quota_of(sources, ADDRESSES), exists(sources))


def quota_of(sources: Sources, quota: tuple[str, str]) -> int:
    """Return the value of a quota in this account and region."""
    service, code = quota
    answer = sources.ask("service-quotas", "get_service_quota", ServiceCode=service, QuotaCode=code)
    return int(answer["Quota"]["Value"])


def exists(sources: Sources) -> bool:
    """Return True if the stack exists already. Without the right to look, it counts as new."""

    def ask() -> bool:
        with suppress(NotChecked):
            return str(describe(sources)["StackStatus"]) != "REVIEW_IN_PROGRESS"
        return False

    return sources.keep("exists", ask)


def judge_vpcs(usage: Usage, _: Plan) -> Iterable[Finding]:
    """Judge whether one more VPC fits."""
    if not usage.exists and usage.used >= usage.quota:
        yield Finding("vpcs_used_up", used=usage.used, quota=usage.quota)


def judge_addresses(usage: Usage, _: Plan) -> Iterable[Finding]:
    """Judge whether one more Elastic IP address fits."""
    if not usage.exists and usage.used >= usage.quota:
        yield Finding("addresses_used_up", used=usage.used, quota=usage.quota)


def gather_rds_role(sources: Sources, _: Plan) -> bool:
    """Return True if the account has the service-linked role of RDS."""
    try:
        sources.ask("iam", "get_role", RoleName="AWSServiceRoleForRDS")
    except AwsRefused as refused:
        if refused.error in ("NoSuchEntity", "NoSuchEntityException"):
            return False
        raise
    return True


def judge_rds_role(is_there: bool, _: Plan) -> Iterable[Finding]:
    """Judge the service-linked role."""
    if not is_there:
        yield Finding("rds_role_missing")


CREDENTIALS = Check(
    name="credentials", group=Group.ACCOUNT, gather=gather_caller, judge=lambda _arn, _plan: (),
    ok=lambda arn, _: f"AWS knows you as {arn}.",
)  # fmt: skip
CLOCK = Check(
    name="clock", group=Group.ACCOUNT, gather=gather_clock, judge=judge_clock,
    ok=lambda seconds, _: f"The clocks of this machine and of AWS differ by {abs(seconds):.0f} s.",
)  # fmt: skip
PLAN = Check(
    name="account_plan", group=Group.ACCOUNT, gather=gather_plan_state, judge=judge_plan_state,
    ok=lambda state, _: f"The account is on the {state.lower()} plan.",
    actions=("freetier:GetAccountPlanState",),
)  # fmt: skip
CONCURRENCY = Check(
    name="lambda_concurrency", group=Group.ACCOUNT, gather=gather_concurrency, judge=judge_concurrency,
    ok=lambda runs, _: f"Lambda may run {runs.quota:,} functions at once.",
    actions=("cloudformation:DescribeStacks", "lambda:GetAccountSettings"),
)  # fmt: skip
VPC_QUOTA = Check(
    name="vpcs", group=Group.ACCOUNT, gather=gather_vpcs, judge=judge_vpcs,
    ok=lambda usage, _: f"{usage.used} of {usage.quota} VPCs of the region are used.",
    applies=lambda plan: plan.makes_network,
    actions=("ec2:DescribeVpcs", "servicequotas:GetServiceQuota", "cloudformation:DescribeStacks"),
)  # fmt: skip
ADDRESS_QUOTA = Check(
    name="elastic_ips", group=Group.ACCOUNT, gather=gather_addresses, judge=judge_addresses,
    ok=lambda usage, _: f"{usage.used} of {usage.quota} Elastic IP addresses of the region are used.",
    applies=lambda plan: plan.makes_network and plan.network is Network.NAT,
    actions=("ec2:DescribeAddresses", "servicequotas:GetServiceQuota", "cloudformation:DescribeStacks"),
)  # fmt: skip
RDS_ROLE = Check(
    name="rds_role", group=Group.ACCOUNT, gather=gather_rds_role, judge=judge_rds_role,
    ok=lambda _facts, _plan: "The account has the service-linked role of RDS.",
    applies=lambda plan: plan.makes_database,
    actions=("iam:GetRole",),
)  # fmt: skip

CHECKS = (CREDENTIALS, CLOCK, PLAN, CONCURRENCY, VPC_QUOTA, ADDRESS_QUOTA, RDS_ROLE)
