"""A person's contact data, and their erasure. Only producers may use these routes."""

from http import HTTPStatus
from typing import Annotated

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Body
from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter

import recipients_devices
from carillon.api.requests import identify
from carillon.api.responses import reply, responses_for
from carillon.models.recipient import Contact, NewContact
from carillon.observe import add_metric
from carillon.people import erasure, recipients
from recipients_shared import NewPathUserId, PathUserId, container

router = APIGatewayHttpRouter()


@router.get(
    "/recipients/<user_id>",
    summary="Read how a person is reached",
    responses=responses_for((200, "Their contact data", Contact)),
)
def get_recipient(user_id: PathUserId) -> Response[str]:
    identify(router).require_producer()
    return reply(recipients.get(container().database, user_id))


@router.put(
    "/recipients/<user_id>",
    summary="Store how a person is reached, whole",
    description="Another address starts anew, without the bounces and complaints of the one before.",
    responses=responses_for((200, "Their contact data now", Contact)),
)
def put_recipient(user_id: NewPathUserId, new: Annotated[NewContact, Body()]) -> Response[str]:
    identify(router).require_producer()
    return reply(recipients.put(container().database, user_id, new))


@router.delete(
    "/recipients/<user_id>",
    summary="Erase a person",
    description="All that is stored about them: notifications, deliveries, preferences, contact data and devices.",
    responses=responses_for((204, "Nothing is stored about them now", None)),
)
def erase_recipient(user_id: PathUserId) -> Response[str]:
    identify(router).require_producer()
    erasure.erase(container().database, recipients_devices.endpoints(), user_id)
    add_metric("Erased", 1)
    return Response(int(HTTPStatus.NO_CONTENT), body="")
