"""HTTP routes that list notifications, mark them and explain their deliveries; health and the API's description."""

from dataclasses import dataclass
from functools import cache
from http import HTTPStatus
from importlib.resources import files
from typing import Annotated, Any
from uuid import UUID

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Body, Query
from aws_lambda_powertools.utilities.typing import LambdaContext

from carillon.api.app import build_app, resolve
from carillon.api.requests import current_user_id, identify, parse_id
from carillon.api.responses import reply, reply_cached, responses_for
from carillon.aws.hints import Hints
from carillon.database.connection import Database
from carillon.live.where import where
from carillon.models.fields import EventName
from carillon.models.marks import MarkedAll, MarkedOne, MarkOne, MarkRead
from carillon.models.notification import Health, NotificationPage, UnreadCount
from carillon.models.story import NotificationDeliveries
from carillon.notifications import feed
from carillon.observe import observed_http
from carillon.settings import ReadSettings

app = build_app()


@dataclass(frozen=True, slots=True)
class Container:
    """The objects that stay between invocations."""

    settings: ReadSettings
    database: Database
    hints: Hints

    @property
    def poll_headers(self) -> dict[str, str]:
        """The headers that tell a client how many seconds to wait before it polls again."""
        return {"Carillon-Poll-Interval": str(self.settings.poll_interval_seconds)}


@cache
def container() -> Container:
    """Return the objects that stay. The first request creates them, not the import, so that tests can set variables."""
    settings = ReadSettings.load()
    return Container(settings, Database(settings), Hints(settings))


@app.get(
    "/notifications",
    summary="List notifications, newest first",
    description="`archived=1` lists the archive alone. `event` takes an event name or a prefix of whole words.",
    responses=responses_for((200, "A page and the unread count", NotificationPage), (304, "Not changed", None)),
)
def list_notifications(
    unread: Annotated[bool, Query()] = False,
    archived: Annotated[bool, Query()] = False,
    event: Annotated[EventName | None, Query()] = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 30,
    cursor: Annotated[UUID | None, Query(description="`next_cursor` of the page before.")] = None,
) -> Response[str]:
    database, user_id = container().database, current_user_id(app)
    page = feed.list_page(database, user_id, unread=unread, archived=archived, event=event, limit=limit, cursor=cursor)
    page.live = where(container().settings, user_id)
    return reply_cached(app, page, container().poll_headers)


@app.get(
    "/notifications/unread-count",
    summary="Count unread notifications",
    responses=responses_for((200, "The count", UnreadCount), (304, "Not changed", None)),
)
def count_unread() -> Response[str]:
    count = feed.count_unread(container().database, current_user_id(app))
    return reply_cached(app, count, container().poll_headers)


@app.patch(
    "/notifications",
    summary="Mark one or all as read",
    responses=responses_for((200, "The notification, or how many were marked", MarkedOne | MarkedAll)),
)
def mark_read(change: Annotated[MarkRead, Body()]) -> Response[str]:
    user_id, database = current_user_id(app), container().database
    if change.notification_id is not None:
        return reply_marked(user_id, feed.mark(database, user_id, change.notification_id, read=True))
    if change.undo is not None:
        return reply_marked(user_id, feed.unmark_all(database, user_id, change.undo))
    return reply_marked(user_id, feed.mark_all_read(database, user_id, change.before))


@app.patch(
    "/notifications/<notification_id>",
    summary="Mark one as read or unread, archived or not",
    responses=responses_for((200, "The notification", MarkedOne)),
)
def mark_one(notification_id: str, change: Annotated[MarkOne, Body()]) -> Response[str]:
    user_id, parsed = current_user_id(app), parse_id(notification_id)
    marked = feed.mark(container().database, user_id, parsed, read=change.read, archived=change.archived)
    return reply_marked(user_id, marked)


def reply_marked(user_id: str, marked: MarkedOne | MarkedAll) -> Response[str]:
    """Hint the person's other open bells, and return the response."""
    container().hints.send([user_id])
    return reply(marked)


@app.get(
    "/notifications/<notification_id>/deliveries",
    summary="Why email and push left, or did not",
    responses=responses_for((200, "Routing and time line", NotificationDeliveries)),
)
def list_deliveries(notification_id: str) -> Response[str]:
    return reply(feed.list_deliveries(container().database, identify(app), parse_id(notification_id)))


@app.get(
    "/health",
    summary="Whether the service and its database answer",
    responses=responses_for((200, "Yes", Health)),
)
def health() -> Response[str]:
    container().database.check()
    return reply(Health(status="ok"))


@app.get("/openapi.json", summary="This description", responses=responses_for((200, "OpenAPI 3.1", None)))
def openapi() -> Response[str]:
    document = files("carillon").joinpath("api", "openapi.json").read_text("utf-8")
    return Response(int(HTTPStatus.OK), "application/json", document, headers={"Cache-Control": "public, max-age=300"})


@observed_http
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer one HTTP API event."""
    return resolve(app, event, context)
