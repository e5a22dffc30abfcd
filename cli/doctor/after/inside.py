"""The database with its roles, and the services, as the functions see them. The operator function answers."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from cli import answers
from cli.doctor.check import Check
from cli.doctor.findings import Finding, Group
from cli.doctor.plan import Plan
from cli.doctor.sources import NotChecked, Sources
from cli.stack import CannotReach, Refused

if TYPE_CHECKING:
    from cli.answers import DiagnosisAnswer, RoleState

SECONDS = 65  # the function has 60 s


def gather(sources: Sources, _: Plan) -> "DiagnosisAnswer":
    """Return what the operator function found. Two checks need it."""
    return sources.keep("diagnosis", lambda: _ask(sources))


def _ask(sources: Sources) -> "DiagnosisAnswer":
    session = sources.session
    try:
        return session.ask("diagnose", answers.DiagnosisAnswer)
    except CannotReach as error:
        raise NotChecked("operator_silent", reason=str(error)) from None
    except Refused as error:
        raise NotChecked("operator_old", reason=str(error)) from None


def judge_database(answer: "DiagnosisAnswer", _: Plan) -> Iterable[Finding]:
    """Judge the database: its answer, its schema, its roles."""
    database = answer.database
    if database is None:
        yield Finding("database_silent", error=answer.database_error or "unknown")
        return
    if database.missing_migrations:
        yield Finding("schema_behind", names=", ".join(database.missing_migrations))
    for role in database.roles:
        yield from _judge_role(role)
    if database.connection_limits > database.max_connections:
        yield Finding("connections_oversold", limits=database.connection_limits, connections=database.max_connections)


def _judge_role(role: "RoleState") -> Iterable[Finding]:
    """Judge one role. A lower limit than its share is fine: docs/deploy.md advises it beside an application."""
    if not role.exists:
        yield Finding("role_missing", role=role.name)
        return
    if role.privileged:
        yield Finding("role_too_strong", role=role.name)
    if not role.signs_in:
        yield Finding("role_cannot_sign_in", role=role.name)
    if role.share is not None and (role.connection_limit is None or role.connection_limit > role.share):
        limit = "no limit" if role.connection_limit is None else role.connection_limit
        yield Finding("role_limit", role=role.name, limit=limit, share=role.share)


def _database_ok(answer: "DiagnosisAnswer", _: Plan) -> str:
    database = answer.database
    assert database is not None
    return (
        f"PostgreSQL {database.version} answered in {database.milliseconds} ms, with the schema of this release"
        f" and its {len(database.roles)} roles."
    )


def judge_endpoints(answer: "DiagnosisAnswer", plan: Plan) -> Iterable[Finding]:
    """Judge whether the functions reach the services that this stack uses."""
    needed = {"sqs": True, "sesv2": plan.has_email, "sns": plan.has_push, "secretsmanager": plan.makes_database}
    for endpoint in answer.endpoints:
        if endpoint.reached or not needed.get(endpoint.service, False):
            continue
        later = endpoint.service == "secretsmanager"
        yield Finding(
            "endpoint_needed_later" if later else "endpoint_unreachable",
            service=endpoint.service.removesuffix("v2").upper() if not later else "Secrets Manager",
            host=endpoint.host, error=endpoint.error or "unknown", network=plan.network,
        )  # fmt: skip


def _endpoints_ok(answer: "DiagnosisAnswer", _: Plan) -> str:
    slowest = max((endpoint.milliseconds for endpoint in answer.endpoints), default=0)
    return f"Functions reach the services; the slowest answered in {slowest} ms."


DATABASE = Check(
    name="database", group=Group.INSIDE, gather=gather, judge=judge_database, ok=_database_ok, seconds=SECONDS,
    actions=("lambda:InvokeFunction",),
)  # fmt: skip
ENDPOINTS = Check(
    name="endpoints", group=Group.INSIDE, gather=gather, judge=judge_endpoints, ok=_endpoints_ok, seconds=SECONDS,
    actions=("lambda:InvokeFunction",),
)  # fmt: skip
