"""The move to another database: what the stack has, what the deploy makes, and the versions of Aurora's source."""

import re
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from cli.cost.stacks import Database
from cli.doctor.after.stack import describe, outputs
from cli.doctor.check import Check
from cli.doctor.findings import Finding, Group
from cli.doctor.plan import AURORA_ENGINE, AURORA_VERSION, Plan
from cli.doctor.sources import AwsRefused, Denied, Sources

_NO_STACK = "ValidationError"  # CloudFormation's answer for a stack that does not exist
_NO_SNAPSHOT = ("DBSnapshotNotFound", "DBClusterSnapshotNotFoundFault")
_AVAILABLE = "available"
_HAS_CLUSTER = "The stack has its cluster already, and the deploy makes no other."


@dataclass(frozen=True, slots=True)
class Deployed:
    """The database of the deployed stack. `instance` and `cluster` are the names that RDS knows, empty without one."""

    database: Database
    snapshot: str
    instance: str
    cluster: str


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A snapshot at RDS."""

    version: str
    status: str


def version_of(engine_version: str) -> tuple[int, ...]:
    """Return major and minor version as numbers. `17.10-R1` is (17, 10)."""
    return tuple(int(number) for number in re.findall(r"\d+", engine_version)[:2])


def deployed(sources: Sources) -> Deployed | None:
    """Return the database of the deployed stack; None if there is no stack, or none of Carillon.

    Only a stack that was complete once has outputs. The parameters of any other are those of a deploy that failed, or
    of a change set that no one executed.
    """

    def ask() -> Deployed | None:
        try:
            stack = describe(sources)
        except AwsRefused as refused:
            if refused.error == _NO_STACK:
                return None
            raise
        given = {each["ParameterKey"]: each.get("ParameterValue", "") for each in stack.get("Parameters", [])}
        named = outputs(sources)
        if not named or given.get("Database") not in list(Database):
            return None
        return Deployed(
            database=Database(given["Database"]),
            snapshot=given.get("DatabaseSnapshot", ""),
            instance=named.get("DatabaseInstance", ""),
            cluster=named.get("DatabaseCluster", ""),
        )

    return sources.keep("deployed", ask)


def gather_stack(sources: Sources, _: Plan) -> Deployed | None:
    """Return the database of the deployed stack."""
    return deployed(sources)


def judge_stack(found: Deployed | None, plan: Plan) -> Iterable[Finding]:
    """Judge whether the deploy keeps the data: the same database, or one that is made from a snapshot."""
    if found is None:
        return
    if found.database.is_aurora and plan.aurora:
        if found.snapshot != plan.database_snapshot:
            yield Finding("snapshot_changed", snapshot=found.snapshot or "empty")
    elif _kind(found.database) != _kind(plan.database) and not (plan.aurora and plan.database_snapshot):
        yield Finding("database_left", old=found.database, new=plan.database)


def _kind(database: Database) -> str:
    """Return a word that two databases share if a deploy keeps the data between them."""
    return "aurora" if database.is_aurora else "instance" if database.is_created else "existing"


def _stack_ok(found: Deployed | None, _: Plan) -> str:
    if found is None:
        return "The stack is new, and has no database to keep."
    return f"The stack has Database={found.database}, and the deploy keeps what is in it."


def gather_offer(sources: Sources, _: Plan) -> bool | None:
    """Return True if the region has the version of Aurora that the template names; None if the cluster exists."""
    if _has_cluster(sources):
        return None
    versions = sources.pages(
        "rds", "describe_db_engine_versions", "DBEngineVersions", after="Marker", Engine=AURORA_ENGINE
    )
    return any(each["EngineVersion"] == AURORA_VERSION for each in versions)


def judge_offer(is_there: bool | None, _: Plan) -> Iterable[Finding]:
    """Judge the version of Aurora."""
    if is_there is False:
        yield Finding("aurora_version_missing", version=AURORA_VERSION)


def gather_instance(sources: Sources, _: Plan) -> str | None:
    """Return the engine version of the stack's instance; None if it has none."""
    found = deployed(sources)
    if found is None or not found.instance:
        return None
    instances = sources.ask("rds", "describe_db_instances", DBInstanceIdentifier=found.instance)["DBInstances"]
    return str(instances[0]["EngineVersion"])


def judge_instance(version: str | None, _: Plan) -> Iterable[Finding]:
    """Judge whether Aurora takes a snapshot of the instance."""
    if version is not None:
        yield from _judge_version(version, "instance of the stack")


def _judge_version(version: str, source: str) -> Iterable[Finding]:
    """Judge a version of PostgreSQL: Aurora takes its own major version, with the same or an older minor one."""
    given, aurora = version_of(version), version_of(AURORA_VERSION)
    if given > aurora:
        yield Finding("aurora_older", source=source, version=version, aurora=AURORA_VERSION)
    elif given[0] != aurora[0]:
        yield Finding("aurora_other_major", source=source, version=version, aurora=AURORA_VERSION)


def _instance_ok(version: str | None, _: Plan) -> str:
    if version is None:
        return "The stack has no instance that would move to Aurora."
    return f"Aurora {AURORA_VERSION} takes a snapshot of the stack's instance, which has {version}."


def _has_cluster(sources: Sources) -> bool:
    """Return True if the stack has its cluster already, so that no snapshot is read again."""
    with suppress(Denied):  # without the right to look, the stack counts as new
        found = deployed(sources)
        return found is not None and bool(found.cluster)
    return False


def gather_snapshot(sources: Sources, plan: Plan) -> Snapshot | str | None:
    """Return the snapshot of an instance: None if the stack needs it no longer, the ARN if it does not exist."""
    return _snapshot(sources, plan, "DBSnapshot")


def gather_cluster_snapshot(sources: Sources, plan: Plan) -> Snapshot | str | None:
    """Return the snapshot of a cluster, as `gather_snapshot` does."""
    return _snapshot(sources, plan, "DBClusterSnapshot")


def _snapshot(sources: Sources, plan: Plan, kind: str) -> Snapshot | str | None:
    if _has_cluster(sources):
        return None
    arn = plan.database_snapshot
    # RDS knows a snapshot of this account by its name, and only one that another account shares by its ARN.
    name = re.sub(r"^.*?:(cluster-)?snapshot:", "", arn)
    for question in ({f"{kind}Identifier": name}, {f"{kind}Identifier": arn, "IncludeShared": True}):
        for found in _find(sources, kind, question):
            if found[f"{kind}Arn"] == arn:
                return Snapshot(found["EngineVersion"], found["Status"])
    return arn


def _find(sources: Sources, kind: str, question: dict[str, Any]) -> list[dict[str, Any]]:
    operation = "describe_db_snapshots" if kind == "DBSnapshot" else "describe_db_cluster_snapshots"
    try:
        return sources.ask("rds", operation, **question)[f"{kind}s"]
    except AwsRefused as refused:
        if refused.error in _NO_SNAPSHOT:
            return []
        raise


def judge_snapshot(found: Snapshot | str | None, _: Plan) -> Iterable[Finding]:
    """Judge whether Aurora can be made from the snapshot."""
    match found:
        case None:
            return
        case str():
            yield Finding("snapshot_missing", snapshot=found)
        case Snapshot(version, status):
            if status != _AVAILABLE:
                yield Finding("snapshot_unfinished", status=status)
            yield from _judge_version(version, "snapshot")


def _snapshot_ok(found: Snapshot | str | None, _: Plan) -> str:
    if not isinstance(found, Snapshot):
        return _HAS_CLUSTER
    return f"Aurora {AURORA_VERSION} takes the snapshot, which has {found.version}."


def _is_of_cluster(plan: Plan) -> bool:
    return ":cluster-snapshot:" in plan.database_snapshot


STACK = Check(
    name="database_kept", group=Group.DATABASE, gather=gather_stack, judge=judge_stack, ok=_stack_ok,
    actions=("cloudformation:DescribeStacks",),
)  # fmt: skip
OFFER = Check(
    name="aurora_version", group=Group.DATABASE, gather=gather_offer, judge=judge_offer,
    ok=lambda is_there, _: f"RDS offers Aurora PostgreSQL {AURORA_VERSION} here." if is_there else _HAS_CLUSTER,
    applies=lambda plan: plan.aurora,
    actions=("cloudformation:DescribeStacks", "rds:DescribeDBEngineVersions"),
)  # fmt: skip
INSTANCE = Check(
    name="instance_version", group=Group.DATABASE, gather=gather_instance, judge=judge_instance, ok=_instance_ok,
    applies=lambda plan: plan.aurora and not plan.database_snapshot,
    actions=("cloudformation:DescribeStacks", "rds:DescribeDBInstances"),
)  # fmt: skip
SNAPSHOT = Check(
    name="snapshot", group=Group.DATABASE, gather=gather_snapshot, judge=judge_snapshot, ok=_snapshot_ok,
    applies=lambda plan: plan.aurora and bool(plan.database_snapshot) and not _is_of_cluster(plan),
    actions=("cloudformation:DescribeStacks", "rds:DescribeDBSnapshots"),
)  # fmt: skip
CLUSTER_SNAPSHOT = Check(
    name="cluster_snapshot", group=Group.DATABASE, gather=gather_cluster_snapshot, judge=judge_snapshot,
    ok=_snapshot_ok,
    applies=lambda plan: plan.aurora and _is_of_cluster(plan),
    actions=("cloudformation:DescribeStacks", "rds:DescribeDBClusterSnapshots"),
)  # fmt: skip

CHECKS = (STACK, OFFER, INSTANCE, SNAPSHOT, CLUSTER_SNAPSHOT)
