"""The administrator of a database with sign-in by IAM: its secret, and what happens if its sign-in is refused."""

import io
import json
from collections.abc import Callable

import boto3
import psycopg
import pytest

from carillon.database.connection import connect
from carillon.database.migrations import migrate
from carillon.database.roles import prepare_roles
from carillon.errors import MigrationFailed
from carillon.patience import Patience
from tests.integration.database import test_sign_in
from tests.integration.database.test_sign_in import ADMINISTRATORS_PASSWORD, settings
from tests.support.rds_guard import Guard

AT_ONCE = Patience(0)

authority, server, guard = test_sign_in.authority, test_sign_in.server, test_sign_in.guard
pytestmark = test_sign_in.pytestmark


def test_the_administrators_secret_creates_the_roles_and_the_owner_the_schema(
    aws: boto3.Session, guard: Callable[..., Guard]
) -> None:
    here = guard()
    arn = aws.client("secretsmanager").create_secret(
        Name="administrator",
        SecretString=json.dumps({"username": "administrator", "password": ADMINISTRATORS_PASSWORD}),
    )["ARN"]
    prepare_roles(settings(here, user="carillon_owner"), arn, AT_ONCE)
    with connect(settings(here, user="carillon_owner")) as owner:
        assert migrate(owner)
    with connect(settings(here)) as runtime:
        assert runtime.execute("SELECT count(*) AS n FROM notifications").fetchone() == {"n": 0}
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            runtime.execute("DROP TABLE notifications")


@pytest.mark.parametrize(
    ("secret", "words"),
    [
        (None, "could not be read: ResourceNotFoundException"),
        ("no JSON", "could not be read: JSONDecodeError"),
        ('{"username": "administrator"}', "could not be read: KeyError"),
    ],
)
def test_an_invalid_secret_fails_the_deploy_with_its_reason(
    aws: boto3.Session, guard: Callable[..., Guard], secret: str | None, words: str
) -> None:
    here = guard()
    if secret is not None:
        aws.client("secretsmanager").create_secret(Name="administrator", SecretString=secret)
    with pytest.raises(MigrationFailed, match=words):
        prepare_roles(settings(here), "administrator", AT_ONCE)


def test_an_administrator_whose_sign_in_is_refused_fails_the_deploy(
    aws: boto3.Session, guard: Callable[..., Guard], logs: io.StringIO
) -> None:
    here = guard()
    wrong = json.dumps({"username": "administrator", "password": "testing-wrong"})
    aws.client("secretsmanager").create_secret(Name="administrator", SecretString=wrong)
    with pytest.raises(psycopg.OperationalError):
        prepare_roles(settings(here), "administrator", AT_ONCE)
    assert '"reason":"sign_in_refused"' in logs.getvalue()
    assert "testing-wrong" not in logs.getvalue()


def test_an_administrator_whom_rds_lets_in_by_iam_only_does_not_stop_the_deploy(
    aws: boto3.Session, guard: Callable[..., Guard], logs: io.StringIO
) -> None:
    """The roles exist, and only their limits stay as they are. Only AWS could repair such an administrator."""
    here = guard(passwords={})
    secret = json.dumps({"username": "administrator", "password": ADMINISTRATORS_PASSWORD})
    aws.client("secretsmanager").create_secret(Name="administrator", SecretString=secret)
    prepare_roles(settings(here, user="carillon_owner"), "administrator", AT_ONCE)
    assert "administrator_refused" in logs.getvalue()
    here.secret_key = "another"  # now the owner is refused, as before its first deploy
    with pytest.raises(psycopg.OperationalError):
        prepare_roles(settings(here, user="carillon_owner"), "administrator", AT_ONCE)
