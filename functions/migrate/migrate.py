"""Custom resource of the stack: it migrates the database, and has push applications report failed pushes to a topic.

Any failure fails the deploy, with the reason.
"""

import json
import logging
import re
import traceback
from collections.abc import Mapping
from typing import Any

import psycopg
import urllib3
from aws_lambda_powertools import Logger
from aws_lambda_powertools.metrics import MetricUnit, single_metric
from aws_lambda_powertools.utilities.data_classes import CloudFormationCustomResourceEvent, event_source
from aws_lambda_powertools.utilities.typing import LambdaContext
from psycopg.conninfo import conninfo_to_dict
from pydantic import ValidationError

from carillon.aws import clients, endpoints
from carillon.database import sign_in
from carillon.database.choices import resolve
from carillon.database.connection import connect
from carillon.database.migrations import allow_writes, migrate, schema_version
from carillon.database.roles import prepare_roles
from carillon.errors import CarillonError, MigrationFailed, Unavailable
from carillon.graphemes import end_with_ellipsis
from carillon.patience import Patience
from carillon.settings import MigrateSettings

PHYSICAL_ID = "carillon-schema"  # must never change: CloudFormation would delete the resource of the old id
PATIENCE_SECONDS = 60  # for permissions that the same deploy has just made; Lambda gives the function more
REASON_LENGTH = 500  # characters; CloudFormation accepts an answer of 4,096 bytes

logger = Logger()  # its own: carillon.observe also sets up metrics and traces, which this function does not have
# urllib3 warns about repeated requests, with the signed address of the answer.
logging.getLogger("urllib3").setLevel(logging.ERROR)

# Quotes in the languages that a server may write its errors in.
_QUOTED = re.compile(r"\"[^\"\n]*\"|'[^'\n]*'|«[^»\n]*»|»[^«\n]*«|„[^“\n]*“|“[^”\n]*”")

RETRIES = urllib3.Retry(
    total=4, redirect=0, backoff_factor=0.5, status_forcelist=(500, 502, 503, 504), allowed_methods=("PUT",)
)
http = urllib3.PoolManager(timeout=urllib3.Timeout(connect=3, read=5), retries=RETRIES)


@event_source(data_class=CloudFormationCustomResourceEvent)
def handler(event: CloudFormationCustomResourceEvent, context: LambdaContext) -> None:
    """Migrate on Create and Update, do nothing on Delete, and always answer CloudFormation."""
    logger.append_keys(request_type=event.request_type, function_request_id=context.aws_request_id)
    answer: dict[str, Any] = {"Status": "SUCCESS"}
    if event.request_type != "Delete":
        try:
            # This loads the categories, too: a wrong file must fail the deploy, not each request.
            settings = MigrateSettings.load()
            check_address(settings.database_url)
            patience = Patience(PATIENCE_SECONDS)
            if settings.database_secret_arn is not None:
                prepare_roles(settings, settings.database_secret_arn, patience)
            with patience.until_done(lambda: connect(settings), sign_in.may_pass) as connection:
                allow_writes(connection)
                applied = migrate(connection, schema=settings.database_schema)
                choices = resolve(connection, event.resource_properties)
            platforms = tell_push_failures(settings, patience)
            if event.request_type == "Create":
                announce_reaper()
            answer["Data"] = {
                "Applied": end_with_ellipsis(", ".join(applied), REASON_LENGTH),
                "SchemaVersion": schema_version(),
            } | choices
            logger.info("migrated", extra={"applied": applied, "schema_version": schema_version(), "told": platforms})
        except Exception as error:  # noqa: BLE001 - without an answer, the stack would hang
            answer = {"Status": "FAILED", "Reason": reason(error)}
            # Log the places alone: a message can quote the connection string.
            places = [f"{frame.filename}:{frame.lineno}" for frame in traceback.extract_tb(error.__traceback__)]
            logger.error("migration_failed", extra={"reason": answer["Reason"], "places": places})
    _send(event, answer)


def announce_reaper() -> None:
    """Publish the metric that the alarm on a silent reaper watches, for the minutes before the reaper's first run."""
    with single_metric("FailedSteps", MetricUnit.Count, value=0, default_dimensions={"service": "reaper"}):
        pass


def tell_push_failures(settings: MigrateSettings, patience: Patience) -> list[str]:
    """Have the stack's push applications report failed pushes to its topic. Return their platforms.

    Raises:
        MigrationFailed: SNS does not answer, or refuses.
    """
    if settings.topic_arn is None or "push" not in settings.channels:
        return []
    sns = clients.client("sns", timeout_seconds=endpoints.TIMEOUT_SECONDS)
    applications, topic_arn = endpoints.Endpoints(settings, sns), settings.topic_arn
    try:
        return [
            *patience.until_done(
                lambda: applications.publish_failures_to(topic_arn), lambda error: _code(error) == "AuthorizationError"
            )
        ]
    except Unavailable as error:
        raise MigrationFailed(
            f"A push application could not be told where to report failures: {_code(error)}"
        ) from None


def _code(error: Exception) -> str:
    """Return the code with which AWS refused a request, or an empty string."""
    return (error.details or [{}])[0].get("error", error.code) if isinstance(error, Unavailable) else ""


def check_address(database_url: str) -> None:
    """Refuse an address that would be misread, before an error message quotes a piece of its password as a host.

    A raw `@`, `/` or `:` in a password moves the characters behind it into the host, the port or the database's name.

    Raises:
        MigrationFailed: a character of the password is not percent-encoded, or the text is no address at all.
    """
    try:
        parts = {name: str(value) for name, value in conninfo_to_dict(database_url).items()}
    except psycopg.ProgrammingError:
        parts = {"host": "@"}
    name = parts.get("dbname", "")
    is_misread = (
        "@" in parts.get("host", "")
        or not re.fullmatch(r"[0-9,]*", parts.get("port", ""))
        or ("@" in name and name in database_url)  # an encoded @ would be part of the name
    )
    if is_misread:
        raise MigrationFailed("DATABASE_URL is not a valid address; percent-encode the password.")


def reason(error: Exception) -> str:
    """Return why the deploy fails: one short sentence without credentials."""
    match error:
        case CarillonError():
            text = error.message
        case psycopg.OperationalError():
            # Quoted words come from the address (host, user, database), which the operator knows.
            text = f"The database does not answer: {_QUOTED.sub('"…"', str(error))}"
        case UnicodeError():
            text = "DATABASE_URL is not a valid address: no host has such a name."
        case ValidationError():
            faults = error.errors(include_input=False, include_url=False)
            text = "; ".join(_describe(fault) for fault in faults)
        case _:
            text = f"{type(error).__name__}: see the function's log"
    text = re.sub(r"://[^@\s]*@|password=\S+", "***", text, flags=re.IGNORECASE)
    return end_with_ellipsis(" ".join(text.split()), REASON_LENGTH)


def _describe(fault: Mapping[str, Any]) -> str:
    """Return the fault of a setting with its name. A fault of the categories file has no name."""
    message = str(fault["msg"]).removeprefix("Value error, ")
    return f"setting {'.'.join(map(str, fault['loc'])).upper()}: {message}" if fault["loc"] else message


def _send(event: CloudFormationCustomResourceEvent, answer: dict[str, Any]) -> None:
    body = answer | {
        "PhysicalResourceId": event.physical_resource_id or PHYSICAL_ID,
        "StackId": event.stack_id,
        "RequestId": event.request_id,
        "LogicalResourceId": event.logical_resource_id,
    }
    try:
        # CloudFormation signed the address for an empty content type.
        response = http.request("PUT", event.response_url, body=json.dumps(body).encode(), headers={"Content-Type": ""})
        failure = None if response.status < 300 else f"status {response.status}"
    except urllib3.exceptions.HTTPError as error:
        failure = type(error).__name__
    if failure is not None:
        # Lambda invokes the function again, which may succeed. Migrating twice is harmless.
        raise RuntimeError(f"CloudFormation could not be answered: {failure}")
