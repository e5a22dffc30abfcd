"""functions/migrate with an administrator's secret, as on RDS: first the roles, then the schema as its owner."""

import io
import json

import boto3
import psycopg
import pytest

import migrate as function
from devstack.machine.postgres import Postgres
from tests.integration.functions import test_migrate_function
from tests.integration.functions.test_migrate_function import CloudFormation, event
from tests.support.aws_calls import read_actions, record_calls
from tests.support.environment import Connect, FakeLambdaContext

cloudformation = test_migrate_function.cloudformation


@pytest.fixture
def owner(own_postgres: Postgres, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return the URL of an empty database on a server without roles.

    The embedded PostgreSQL has no certificate and trusts each connection.

    The server is the test's own, because a deploy limits the connections of the roles, on all databases.
    """
    with psycopg.connect(own_postgres.url("postgres"), autocommit=True) as superuser:
        superuser.execute("DROP DATABASE carillon")
        superuser.execute("DROP ROLE carillon, carillon_api, carillon_read, carillon_owner")
    own_postgres.create_database("empty")
    monkeypatch.setenv("DATABASE_URL", own_postgres.url("empty", user="carillon_owner"))
    monkeypatch.setenv("DATABASE_IAM_AUTH", "true")
    monkeypatch.setenv("PGSSLMODE", "disable")
    return own_postgres.url("empty")


def test_the_roles_are_created_before_the_schema(
    owner: str,
    aws: boto3.Session,
    cloudformation: CloudFormation,
    connect: Connect,
    lambda_context: FakeLambdaContext,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    secret = json.dumps({"username": "postgres", "password": "testing"})
    arn = aws.client("secretsmanager").create_secret(Name="administrator", SecretString=secret)["ARN"]
    monkeypatch.setenv("DATABASE_SECRET_ARN", arn)
    calls = tmp_path_factory.mktemp("calls")
    with record_calls(calls):
        function.handler(event("create", cloudformation), lambda_context)
    assert [answer["Status"] for answer in cloudformation.answers] == ["SUCCESS"]
    assert read_actions(calls) == {"migrate": {"secretsmanager:GetSecretValue"}}
    owners = (
        connect(owner).execute("SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'carillon'").fetchall()
    )
    assert owners == [{"tableowner": "carillon_owner"}]
    granted = (
        connect(owner).execute("SELECT has_table_privilege('carillon', 'notifications', 'INSERT') AS may").fetchone()
    )
    assert granted == {"may": True}


def test_a_missing_secret_fails_the_deploy_with_its_reason(
    owner: str,
    aws: boto3.Session,
    cloudformation: CloudFormation,
    lambda_context: FakeLambdaContext,
    monkeypatch: pytest.MonkeyPatch,
    logs: io.StringIO,
) -> None:
    monkeypatch.setenv(
        "DATABASE_SECRET_ARN", "arn:aws:secretsmanager:eu-central-1:123456789012:secret:administrator-nowher"
    )
    function.handler(event("create", cloudformation), lambda_context)
    [answer] = cloudformation.answers
    assert answer["Status"] == "FAILED"
    assert answer["Reason"] == "The administrator's secret could not be read: ResourceNotFoundException"
    assert "migration_failed" in logs.getvalue()
