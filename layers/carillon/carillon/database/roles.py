"""The database's two roles: `carillon_owner` has the schema and changes it, `carillon` reads and writes rows.

Who makes them is the database's administrator, whose password no other function than migrate ever sees.
"""

import json

import psycopg
from botocore.exceptions import BotoCoreError, ClientError

from carillon.aws.clients import client
from carillon.database.connection import connect, statement
from carillon.errors import MigrationFailed
from carillon.settings.groups import DatabaseSettings

SECRET_TIMEOUT_SECONDS = 8


def prepare_roles(settings: DatabaseSettings, secret_arn: str) -> None:
    """Make both roles, or bring them to what they should be, as the administrator that a secret names.

    The secret is of the form that RDS manages: JSON with `username` and `password`.

    Raises:
        MigrationFailed: the secret cannot be read, or the administrator may not make roles.
        psycopg.OperationalError: the database does not answer, or refuses the administrator.
    """
    with connect(settings, _administrator(secret_arn)) as connection:
        try:
            connection.execute(statement("migrations/prepare_roles"))
        except psycopg.Error as error:
            why = error.diag.message_primary or type(error).__name__
            raise MigrationFailed(f"the database's roles: {why}") from None


def _administrator(secret_arn: str) -> dict[str, str]:
    try:
        told = client("secretsmanager", timeout_seconds=SECRET_TIMEOUT_SECONDS).get_secret_value(SecretId=secret_arn)
        secret = json.loads(told["SecretString"])
        return {"user": secret["username"], "password": secret["password"]}
    except ClientError as error:
        why = error.response.get("Error", {}).get("Code", "ClientError")
    except (BotoCoreError, ValueError, KeyError, TypeError) as error:
        why = type(error).__name__  # never its words: those can quote the secret
    raise MigrationFailed(f"The administrator's secret could not be read: {why}")
