"""Record a notification and dispatch what follows from it; take one back."""

from functools import cache
from http import HTTPStatus
from typing import Annotated, Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Body, Header, Query
from aws_lambda_powertools.utilities.typing import LambdaContext

from carillon.api.app import answers, build_app, claims_of, identify, known_query_only, parse_id, reply, resolve
from carillon.database.connection import Database
from carillon.deliveries.dispatch import Dispatcher
from carillon.identity import read_claims
from carillon.models.fields import Key, UserId
from carillon.models.notification import CreatedMany, CreatedOne, NewNotification, PlannedMany, PlannedOne
from carillon.models.retract import Retracted
from carillon.notifications import record, retract
from carillon.observe import add_metric, metrics, observed_http
from carillon.settings import CreateSettings

app = build_app()


@cache
def parts() -> tuple[CreateSettings, Database, Dispatcher]:
    """What a container keeps. Made at its first request, and not at import, so that tests choose the settings."""
    settings = CreateSettings.load()
    database = Database(settings)
    return settings, database, Dispatcher(settings, database)


@app.post(
    "/notifications",
    summary="Record a notification",
    description="For the token's own user or, with the scope `carillon/send`, for `user_id` or up to 1,000 `user_ids`.",
    responses=answers(
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
    dry_run: Annotated[bool, Query(description="Answer what would happen, and keep nothing.")] = False,
) -> Response[str]:
    settings, database, dispatcher = parts()
    identity = identify(app)
    known_query_only(app, "dry_run")  # a misspelt dry run must not be a real one
    created = record.create(database, settings, identity, new, idempotency_key, dry_run=dry_run)
    headers = {"Idempotency-Replayed": "true"} if created.replayed else None
    if dry_run:
        return reply(created.answer, headers=headers)
    taken = dispatcher.dispatch(created.dispatch)
    add_metric("Recorded", created.created)
    add_metric("Dispatched", taken)
    return reply(created.answer, HTTPStatus.CREATED if created.created else HTTPStatus.OK, headers)


@app.delete(
    "/notifications/<notification_id>",
    summary="Retract a notification",
    description="By the producer that made it. The application no longer shows it, and what has not left yet leaves "
    "without it; the answer says what had. A repeat changes nothing.",
    responses=answers((200, "What became of it, per channel", Retracted)),
)
def retract_by_id(notification_id: str) -> Response[str]:
    return retracted(retract.by_id(parts()[1], identify(app), parse_id(notification_id)))


@app.delete(
    "/notifications",
    summary="Retract a notification by its key",
    description="As by its id. A derived key is `user:event:resource`.",
    responses=answers((200, "What became of it, per channel", Retracted)),
)
def retract_by_key(user_id: Annotated[UserId, Query()], idempotency_key: Annotated[Key, Query()]) -> Response[str]:
    identity = read_claims(claims_of(app))  # here the query names a user, so not by identify()
    return retracted(retract.by_key(parts()[1], identity, user_id, idempotency_key))


def retracted(answer: Retracted) -> Response[str]:
    add_metric("Retracted", 1)
    return reply(answer)


@observed_http
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer one HTTP API event."""
    return resolve(app, event, context, metrics)
