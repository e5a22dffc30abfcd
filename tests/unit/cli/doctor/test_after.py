"""The checks that ask the operator function or the API: scripted answers, good and bad."""

from typing import Any

import pytest

from carillon.operations.diagnosis_answers import DatabaseState, DiagnosisAnswer, EndpointState, RoleState
from cli.doctor.after import inside, stack
from cli.doctor.plan import Network, Plan
from cli.doctor.run import run_check
from cli.stack import CannotReach, Refused
from tests.support.doctor_sources import RecordedSources

HEALTH, LIST = "https://api.example.com/health", "https://api.example.com/notifications"
NAMES = {"carillon_owner": None, "carillon": 18, "carillon_api": 24, "carillon_read": 54}
ROLES = [
    RoleState(name=name, exists=True, signs_in=True, privileged=False, connection_limit=share, share=share)
    for name, share in NAMES.items()
]
DATABASE = DatabaseState(
    version="17.5", milliseconds=42, missing_migrations=[], max_connections=120, connection_limits=96, roles=ROLES
)
ALL = [EndpointState(service=each, host=f"{each}.example", reached=True, milliseconds=9)
       for each in ("sqs", "sesv2", "sns", "secretsmanager")]  # fmt: skip
WELL = DiagnosisAnswer(database=DATABASE, endpoints=ALL)
EMAIL = Plan(email_from="hello@example.com")


def role(**changed: Any) -> DiagnosisAnswer:
    """Return an answer in which the last role differs."""
    roles = [*ROLES[:-1], ROLES[-1].model_copy(update=changed)]
    return WELL.model_copy(update={"database": DATABASE.model_copy(update={"roles": roles})})


def unreached(service: str) -> DiagnosisAnswer:
    """Return an answer in which a service cannot be reached."""
    change = {"reached": False, "error": "ConnectTimeoutError"}
    endpoints = [each.model_copy(update=change if each.service == service else {}) for each in ALL]
    return WELL.model_copy(update={"endpoints": endpoints})


def codes(check: Any, answer: Any, plan: Plan, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    sources = RecordedSources()

    def ask(action: str, model: Any, **_: Any) -> Any:
        assert (action, model) == ("diagnose", DiagnosisAnswer)
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(sources.session, "ask", ask)
    outcome = run_check(check, sources, plan)
    assert bool(outcome.ok) == (not outcome.findings)
    return [finding.kind.code for finding in outcome.findings]


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (WELL, []),
        (role(connection_limit=30), []),  # less than its share, as docs/deploy.md advises
        (role(connection_limit=55), ["role_limit"]),
        (role(connection_limit=None), ["role_limit"]),
        (role(privileged=True), ["role_too_strong"]),
        (role(signs_in=False), ["role_cannot_sign_in"]),
        (role(exists=False, signs_in=False, connection_limit=None), ["role_missing"]),
        (
            WELL.model_copy(update={"database": DATABASE.model_copy(update={"missing_migrations": ["0009_x.sql"]})}),
            ["schema_behind"],
        ),
        (WELL.model_copy(update={"database": DATABASE.model_copy(update={"connection_limits": 120})}), []),
        (
            WELL.model_copy(update={"database": DATABASE.model_copy(update={"connection_limits": 192})}),
            ["connections_oversold"],
        ),
        (DiagnosisAnswer(database=None, database_error="refused OperationalError", endpoints=ALL), ["database_silent"]),
        (CannotReach("The operator function failed: its log says why."), ["operator_silent"]),
        (Refused("invalid", "There is no action 'diagnose'."), ["operator_old"]),
    ],
)
def test_the_database_is_judged(answer: Any, expected: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    assert codes(inside.DATABASE, answer, Plan(), monkeypatch) == expected


@pytest.mark.parametrize(
    ("service", "plan", "expected"),
    [
        ("none", EMAIL, []),
        ("sqs", Plan(), ["endpoint_unreachable"]),
        ("sesv2", EMAIL, ["endpoint_unreachable"]),
        ("sesv2", Plan(), []),
        ("sns", EMAIL, []),
        ("sns", Plan(fcm_application_arn="arn:aws:sns:…:app/GCM/app"), ["endpoint_unreachable"]),
        ("secretsmanager", Plan(network=Network.ENDPOINTS), ["endpoint_needed_later"]),
    ],
)
def test_a_service_matters_if_the_stack_uses_it(
    service: str, plan: Plan, expected: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert codes(inside.ENDPOINTS, unreached(service), plan, monkeypatch) == expected


@pytest.mark.parametrize(
    ("site", "expected"),
    [
        ({HEALTH: 200, LIST: 401}, []),
        ({HEALTH: 200, LIST: 404}, ["api_without_routes"]),
        ({HEALTH: 200, LIST: 200}, ["api_open"]),
        ({HEALTH: 503, LIST: 401}, ["api_unhealthy"]),
        ({}, ["api_silent"]),
    ],
)
def test_the_api_must_live_and_refuse_a_request_without_a_token(site: Any, expected: list[str]) -> None:
    outcome = run_check(stack.API, RecordedSources("stack_well", site=site), Plan())
    assert [finding.kind.code for finding in outcome.findings] == expected


def test_the_plan_of_a_stack_has_the_issuer_that_it_created() -> None:
    sources = RecordedSources("stack_well")
    plan = stack.plan_of(stack.describe(sources))
    assert (plan.email_from, plan.jwt_issuer, plan.audiences) == (
        "hello@example.com", "https://id.example.com", ["api"]
    )  # fmt: skip
