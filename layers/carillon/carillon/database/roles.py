"""The database's roles: `carillon_owner` owns and changes the schema, and three others read and write rows.

`carillon_read` is that of the function `read`, `carillon_api` that of `create` and `recipients`, and `carillon` that of
all other functions. Each has its own share of the connections, so requests never take those of the functions that
deliver. The statement `grant_runtime` says what each role may do.

These are the names in the schema `carillon`. In the schema `x` they are `x_owner`, `x_read`, `x_api` and `x`. So stacks
on one database share no role.

The database's administrator creates the roles. Only the function `migrate` reads the administrator's password.
"""

import json

import psycopg
from aws_lambda_powertools import Logger
from botocore.exceptions import BotoCoreError, ClientError

from carillon.aws.clients import client
from carillon.database import sign_in
from carillon.database.connection import Connection, connect, statement
from carillon.database.migrations import allow_writes
from carillon.errors import MigrationFailed
from carillon.patience import Patience
from carillon.settings.base import SchemaSettings

SECRET_TIMEOUT_SECONDS = 8

logger = Logger(child=True)


def prepare_roles(settings: SchemaSettings, secret_arn: str, patience: Patience) -> None:
    """Create or repair the roles, as the administrator of a secret.

    The secret has the form that RDS uses: JSON with `username` and `password`. If RDS lets the administrator sign in by
    IAM only, and the owner of the schema can sign in, the roles stay as they are. The migration refuses missing ones.

    Raises:
        MigrationFailed: the secret cannot be read, the administrator may not create roles, or a name is taken.
        psycopg.OperationalError: the database does not answer, or refuses the administrator.
    """
    administrator = patience.until_done(lambda: _administrator(secret_arn), _is_not_allowed_yet)
    try:
        connection = patience.until_done(
            lambda: connect(settings, administrator),
            lambda error: sign_in.may_pass(error) and not sign_in.is_for_iam_only(error),
        )
    except psycopg.OperationalError as error:
        if not sign_in.is_for_iam_only(error):
            raise
        patience.until_done(lambda: connect(settings), sign_in.may_pass).close()
        logger.warning(
            "administrator_refused", extra={"hint": "It is a member of rds_iam. The roles stay as they are."}
        )
        return
    _prepare(settings, connection)


def _prepare(settings: SchemaSettings, administrator: Connection) -> None:
    with administrator as connection:
        try:
            allow_writes(connection)
            connection.execute(statement("migrations/name_schema"), {"schema": settings.database_schema})
            connection.execute(statement("migrations/prepare_roles"))
        except psycopg.Error as error:
            why = error.diag.message_primary or type(error).__name__
            raise MigrationFailed(f"the database's roles: {why}") from None


class _SecretUnreadable(MigrationFailed):
    """The administrator's secret could not be read. `why` is one word."""

    def __init__(self, why: str) -> None:
        self.why = why
        super().__init__(f"The administrator's secret could not be read: {why}")


def _is_not_allowed_yet(error: Exception) -> bool:
    return isinstance(error, _SecretUnreadable) and error.why.startswith("AccessDenied")


def _administrator(secret_arn: str) -> dict[str, str]:
    try:
        answer = client("secretsmanager", timeout_seconds=SECRET_TIMEOUT_SECONDS).get_secret_value(SecretId=secret_arn)
        secret = json.loads(answer["SecretString"])
        return {"user": secret["username"], "password": secret["password"]}
    except ClientError as error:
        why = error.response.get("Error", {}).get("Code", "ClientError")
    except (BotoCoreError, ValueError, KeyError, TypeError) as error:
        why = type(error).__name__  # never the message: it can quote the secret
    raise _SecretUnreadable(why)
