"""The feed and its read state, why something was sent or was not, health and the API's description."""

from functools import cache
from http import HTTPStatus
from importlib.resources import files
from typing import Annotated, Any
from uuid import UUID

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Body, Query
from aws_lambda_powertools.utilities.typing import LambdaContext

from carillon.api.app import answers, build_app, for_itself, identify, parse_id, reply, reply_cached, resolve
from carillon.database.connection import Database
from carillon.models.fields import EventName
from carillon.models.notification import (
    Health,
    MarkedAll,
    MarkedOne,
    MarkOne,
    MarkRead,
    NotificationPage,
    UnreadCount,
)
from carillon.models.story import NotificationDeliveries
from carillon.notifications import feed
from carillon.observe import metrics, observed_http
from carillon.settings import ReadSettings

app = build_app()


@cache
def database() -> Database:
    """The container's database. Made at its first request, and not at import, so that tests choose the settings."""
    return Database(ReadSettings.load())


@cache
def poll_headers() -> dict[str, str]:
    """How long a client is asked to wait before it polls again."""
    return {"Carillon-Poll-Interval": str(ReadSettings.load().poll_interval_seconds)}


@app.get(
    "/notifications",
    summary="List notifications, newest first",
    description="`archived=1` lists the archive alone. `event` takes an event name or a prefix of whole words.",
    responses=answers((200, "A page and the unread count", NotificationPage), (304, "Not changed", None)),
)
def list_notifications(
    unread: Annotated[bool, Query()] = False,
    archived: Annotated[bool, Query()] = False,
    event: Annotated[EventName | None, Query()] = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 30,
    cursor: Annotated[UUID | None, Query(description="`next_cursor` of the page before.")] = None,
) -> Response[str]:
    page = feed.list_page(
        database(), for_itself(app), unread=unread, archived=archived, event=event, limit=limit, cursor=cursor
    )
    return reply_cached(app, page, poll_headers())


@app.get(
    "/notifications/unread-count",
    summary="Count unread notifications",
    responses=answers((200, "The count", UnreadCount), (304, "Not changed", None)),
)
def count_unread() -> Response[str]:
    return reply_cached(app, feed.count_unread(database(), for_itself(app)), poll_headers())


@app.patch(
    "/notifications",
    summary="Mark one or all as read",
    responses=answers((200, "The notification, or how many became read", MarkedOne | MarkedAll)),
)
def mark_read(change: Annotated[MarkRead, Body()]) -> Response[str]:
    user_id = for_itself(app)
    if change.notification_id is not None:
        return reply(feed.mark(database(), user_id, change.notification_id, read=True))
    return reply(feed.mark_all_read(database(), user_id, change.before))


@app.patch(
    "/notifications/<notification_id>",
    summary="Mark one as read or unread, archived or not",
    responses=answers((200, "The notification", MarkedOne)),
)
def mark_one(notification_id: str, change: Annotated[MarkOne, Body()]) -> Response[str]:
    user_id = for_itself(app)
    found = parse_id(notification_id)
    return reply(feed.mark(database(), user_id, found, read=change.read, archived=change.archived))


@app.get(
    "/notifications/<notification_id>/deliveries",
    summary="Why email and push left, or did not",
    responses=answers((200, "Routing and time line", NotificationDeliveries)),
)
def list_deliveries(notification_id: str) -> Response[str]:
    return reply(feed.list_deliveries(database(), identify(app), parse_id(notification_id)))


@app.get("/health", summary="Whether the service and its database answer", responses=answers((200, "Yes", Health)))
def health() -> Response[str]:
    database().check()
    return reply(Health(status="ok"))


@app.get("/openapi.json", summary="This description", responses=answers((200, "OpenAPI 3.1", None)))
def openapi() -> Response[str]:
    document = files("carillon").joinpath("api", "openapi.json").read_text("utf-8")
    return Response(int(HTTPStatus.OK), "application/json", document, headers={"Cache-Control": "public, max-age=300"})


@observed_http
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer one HTTP API event."""
    return resolve(app, event, context, metrics)
