"""Preferences and devices of the token's user; contact data, preferences and erasure of anybody for producers; links to
unsubscribe for whoever holds one."""

from functools import cache
from http import HTTPStatus
from typing import TYPE_CHECKING, Annotated, Any, cast
from urllib.parse import quote, unquote
from uuid import UUID

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Body, Path
from aws_lambda_powertools.utilities.typing import LambdaContext
from pydantic import BeforeValidator

from carillon.api.app import build_app, resolve
from carillon.api.forms import read_form
from carillon.api.requests import claims_of, current_user_id, identify
from carillon.api.responses import reply, responses_for
from carillon.aws import clients
from carillon.aws.endpoints import TIMEOUT_SECONDS, Endpoints
from carillon.database.connection import Database
from carillon.errors import NotFound
from carillon.models.device import DeviceList, NewDevice, RegisteredDevice
from carillon.models.fields import UserId
from carillon.models.preferences import NewPreferences, Preferences
from carillon.models.recipient import Contact, NewContact
from carillon.observe import add_metric, observed_http
from carillon.people import devices, preferences, recipients
from carillon.settings import RecipientsSettings

if TYPE_CHECKING:
    from carillon.people.unsubscribe import Page

MARGIN_SECONDS = 0.5  # for the answer

app = build_app()

LinkToken = Annotated[str, Path(description="The token of a link in an email.")]
HTML_ANSWERS: dict[int, Any] = {
    status: {"description": text, "content": {"text/html": {"schema": {"type": "string"}}}}
    for status, text in (
        (200, "A page"),
        (404, "The link is incomplete, not made here, or its key was retired: a page that says so"),
        (410, "The link has expired: a page that says so"),
        (422, "The form asks for nothing that is known: a page with the buttons"),
        (503, "The database does not answer: a page that says so"),
    )
}
PathUserId = Annotated[UserId, BeforeValidator(unquote), Path(description="The person, percent-encoded.")]


@cache
def parts() -> tuple[RecipientsSettings, Database]:
    """What a container keeps. Made at its first request, and not at import, so that tests choose the settings."""
    settings = RecipientsSettings.load()
    return settings, Database(settings)


@cache
def endpoints() -> Endpoints:
    """Made at the first request that needs it: an SNS client costs a cold start more than all else together."""
    return Endpoints(parts()[0], clients.client("sns", timeout_seconds=TIMEOUT_SECONDS), seconds_for_sns)


def seconds_for_sns() -> float:
    """How long this request may still wait for SNS: afterwards the database may have to be reached twice."""
    left = app.lambda_context.get_remaining_time_in_millis() / 1000
    return left - 2 * parts()[0].connect_timeout_seconds - MARGIN_SECONDS


@app.get(
    "/preferences", summary="Read your preferences", responses=responses_for((200, "What holds for you", Preferences))
)
def get_preferences() -> Response[str]:
    settings, database = parts()
    return reply(preferences.get(database, settings, current_user_id(app)))


@app.put(
    "/preferences",
    summary="Store your preferences, whole",
    description="Turning email on where no address is stored takes the token's verified one.",
    responses=responses_for((200, "What holds for you now", Preferences)),
)
def put_preferences(new: Annotated[NewPreferences, Body()]) -> Response[str]:
    settings, database = parts()
    return reply(preferences.put(database, settings, current_user_id(app), new, claims_of(app)))


@app.get(
    "/devices", summary="List your devices", responses=responses_for((200, "All of them, oldest first", DeviceList))
)
def list_devices() -> Response[str]:
    return reply(devices.list_all(parts()[1], current_user_id(app)))


@app.post(
    "/devices",
    summary="Register this device for push",
    description="Do so at every start of the application: it wakes a device that was disabled. A device that somebody "
    "else registered before becomes yours alone. You may have 20: one more, and the one that has not registered for "
    "the longest goes.",
    responses=responses_for((201, "Registered", RegisteredDevice), (200, "It was yours already", RegisteredDevice)),
)
def register_device(new: Annotated[NewDevice, Body()]) -> Response[str]:
    device, created = devices.register(parts()[1], endpoints(), current_user_id(app), new)
    return reply(device, HTTPStatus.CREATED if created else HTTPStatus.OK)


@app.delete("/devices/<device_id>", summary="Remove a device", responses=responses_for((204, "Removed", None)))
def remove_device(device_id: str) -> Response[str]:
    user_id = current_user_id(app)
    try:
        found = UUID(device_id)
    except ValueError:
        raise NotFound from None
    devices.remove(parts()[1], endpoints(), user_id, found)
    return Response(int(HTTPStatus.NO_CONTENT), body="")


@app.get(
    "/recipients/<user_id>",
    summary="Read how a person is reached",
    responses=responses_for((200, "Their contact data", Contact)),
)
def get_recipient(user_id: PathUserId) -> Response[str]:
    identify(app).require_producer()
    return reply(recipients.get(parts()[1], user_id))


@app.put(
    "/recipients/<user_id>",
    summary="Store how a person is reached, whole",
    description="Another address starts anew, without the bounces and complaints of the one before.",
    responses=responses_for((200, "Their contact data now", Contact)),
)
def put_recipient(user_id: PathUserId, new: Annotated[NewContact, Body()]) -> Response[str]:
    identify(app).require_producer()
    return reply(recipients.put(parts()[1], user_id, new))


@app.delete(
    "/recipients/<user_id>",
    summary="Erase a person",
    description="All that is stored about them: notifications, deliveries, preferences, contact data and devices.",
    responses=responses_for((204, "Nothing is stored about them now", None)),
)
def erase_recipient(user_id: PathUserId) -> Response[str]:
    identify(app).require_producer()
    devices.erase(parts()[1], endpoints(), user_id)
    add_metric("Erased", 1)
    return Response(int(HTTPStatus.NO_CONTENT), body="")


@app.get(
    "/recipients/<user_id>/preferences",
    summary="Read a person's preferences",
    responses=responses_for((200, "What holds for them", Preferences)),
)
def get_recipient_preferences(user_id: PathUserId) -> Response[str]:
    identify(app).require_producer()
    settings, database = parts()
    return reply(preferences.get(database, settings, user_id))


@app.put(
    "/recipients/<user_id>/preferences",
    summary="Store a person's preferences, whole",
    responses=responses_for((200, "What holds for them now", Preferences)),
)
def put_recipient_preferences(user_id: PathUserId, new: Annotated[NewPreferences, Body()]) -> Response[str]:
    identify(app).require_producer()
    settings, database = parts()
    return reply(preferences.put(database, settings, user_id, new))


@app.get(
    "/unsubscribe/<token>",
    summary="Look at a link to unsubscribe",
    description="A page with the buttons that act. It changes nothing.",
    responses=HTML_ANSWERS,
)
@app.head("/unsubscribe/<token>", summary="Look at a link to unsubscribe, without the page", responses=HTML_ANSWERS)
def show_unsubscribe(token: LinkToken) -> Response[str]:
    # Imported here and below: tokens and templates cost a cold start, and few requests need them.
    from carillon.people import unsubscribe

    settings, database = parts()
    return page(unsubscribe.show(database, settings, token, accepted_languages()))


@app.post(
    "/unsubscribe/<token>",
    summary="Unsubscribe",
    description="A form, URL-encoded or `multipart/form-data`: `List-Unsubscribe=One-Click` (RFC 8058) or "
    "`scope=category` switch off what the link is about, `scope=all` all email that can be switched off. Anything else "
    "changes nothing.",
    responses=HTML_ANSWERS,
)
def act_unsubscribe(token: LinkToken) -> Response[str]:
    from carillon.people import unsubscribe

    settings, database = parts()
    event = app.current_event
    context = cast("dict[str, Any]", app.context)
    form = read_form(event.body, context["content_type"], is_base64=bool(event.is_base64_encoded))
    answer = unsubscribe.act(database, settings, token, form, accepted_languages())
    if answer.unsubscribed:
        add_metric("Unsubscribed", 1)
    return page(answer)


def accepted_languages() -> str:
    return app.current_event.headers.get("accept-language", "")


def page(answer: "Page") -> Response[str]:
    """A page as an answer; without its body to HEAD."""
    body = "" if app.current_event.http_method == "HEAD" else answer.html
    return Response(int(answer.status), "text/html; charset=utf-8", body, headers=dict(answer.headers))


@observed_http
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer one HTTP API event."""
    # The gateway decodes a path (all but %25) before the function sees it; the router matches only the letters of an
    # encoded one.
    return resolve(app, {**event, "rawPath": quote(event["rawPath"], safe="/%")}, context)
