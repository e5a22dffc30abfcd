"""HTTP routes that record a notification and dispatch its deliveries, and that retract one."""

from dataclasses import dataclass
from functools import cache
from http import HTTPStatus
from typing import Annotated, Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Body, Header, Query
from aws_lambda_powertools.utilities.typing import LambdaContext

from carillon.api.app import build_app, resolve
from carillon.api.requests import PathId, claims_of, identify, parse_id, reject_unknown_query
from carillon.api.responses import reply, responses_for
from carillon.aws.hints import Hints, seconds_until
from carillon.database.connection import Database
from carillon.deliveries.dispatch import Dispatcher
from carillon.identity import read_claims
from carillon.models.fields import Key
from carillon.models.new_notification import IdempotencyMode, NewNotification
from carillon.models.recorded import CreatedMany, CreatedOne, PlannedMany, PlannedOne
from carillon.models.retract import Retracted
from carillon.models.user_id import StoredUserId
from carillon.notifications import record, retract
from carillon.observe import add_metric, observed_http
from carillon.settings import CreateSettings

app = build_app()


@dataclass(frozen=True, slots=True)
class Container:
    """The objects that stay between invocations."""

    settings: CreateSettings
    database: Database
    dispatcher: Dispatcher
    hints: Hints


@cache
def container() -> Container:
    """Return the objects that stay. The first request creates them, not the import, so that tests can set variables."""
    settings = CreateSettings.load()
    database = Database(settings)
    return Container(settings, database, Dispatcher(settings, database), Hints(settings))


@app.post(
    "/notifications",
    operation_id="notifications.create",
    summary="Record a notification",
    description="For `user_id` or up to 1,000 `user_ids` with the scope `carillon/send`. Without it, for the token's "
    "own user, within a limit and not in categories that are the producers'.",
    responses=responses_for(
        (201, "Recorded", CreatedMany | CreatedOne),
        (
            200,
            "A repeat: recorded before, nothing changed; or a dry run",
            PlannedMany | PlannedOne | CreatedMany | CreatedOne,
        ),
    ),
)
def create(
    new: Annotated[NewNotification, Body()],
    idempotency_key: Annotated[Key | None, Header(description="A repeat with the same key changes nothing.")] = None,
    idempotency_mode: Annotated[
        IdempotencyMode | None,
        Header(description="With `first`, other content under the same key is a repeat too; `strict` is the default."),
    ] = None,
    dry_run: Annotated[bool, Query(description="Answer what would happen, and keep nothing.")] = False,
) -> Response[str]:
    database, settings = container().database, container().settings
    identity = identify(app)
    reject_unknown_query(app, "dry_run")  # a misspelt dry run must not record anything
    created = record.create(
        database, settings, identity, new, idempotency_key, dry_run=dry_run, header_mode=idempotency_mode
    )
    headers = {"Idempotency-Replayed": "true"} if created.replayed else None
    if dry_run:
        return reply(created.answer, headers=headers)
    delay = seconds_until(new.send_at)
    with container().hints.sending(created.changed if delay is not None else (), delay_seconds=delay or 0):
        dispatched = container().dispatcher.dispatch(created.dispatch)
    add_metric("Recorded", created.created)
    add_metric("Dispatched", dispatched)
    return reply(created.answer, HTTPStatus.CREATED if created.created else HTTPStatus.OK, headers)


@app.delete(
    "/notifications/<notification_id>",
    operation_id="notifications.retract",
    summary="Retract a notification",
    description="By the producer that made it. The application no longer shows it, and what has not left yet leaves "
    "without it; the answer says what had. A repeat changes nothing.",
    responses=responses_for((200, "What became of it, per channel", Retracted)),
)
def retract_by_id(notification_id: PathId) -> Response[str]:
    return reply_retracted(retract.by_id(container().database, identify(app), parse_id(notification_id)))


@app.delete(
    "/notifications",
    operation_id="notifications.retract_by_key",
    summary="Retract a notification by its key",
    description="As by its id. A derived key is `user:event:resource`.",
    responses=responses_for((200, "What became of it, per channel", Retracted)),
)
def retract_by_key(
    user_id: Annotated[StoredUserId, Query()], idempotency_key: Annotated[Key, Query()]
) -> Response[str]:
    identity = read_claims(claims_of(app))  # identify() would refuse the user in the query
    return reply_retracted(retract.by_key(container().database, identity, user_id, idempotency_key))


def reply_retracted(answer: Retracted) -> Response[str]:
    """Count a retraction, hint its person, and return its response."""
    container().hints.send([answer.user_id])
    add_metric("Retracted", 1)
    return reply(answer)


@observed_http
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer one HTTP API event."""
    return resolve(app, event, context)
