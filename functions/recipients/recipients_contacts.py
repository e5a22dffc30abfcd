"""A person's contact data, and their erasure, for tokens with the scopes for them."""

from http import HTTPStatus
from typing import Annotated

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Body
from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter

import recipients_devices
from carillon.api.responses import reply, responses_for
from carillon.identity import ERASE, RECIPIENTS
from carillon.models.recipient import Contact, NewContact
from carillon.observe import add_metric
from carillon.people import erasure, recipients
from recipients_shared import NewPathUserId, PathUserId, container, require_scope

router = APIGatewayHttpRouter()


@router.get(
    "/recipients/<user_id>",
    summary="Read how a person is reached",
    description="With the scope `carillon/recipients`.",
    responses=responses_for((200, "Their contact data", Contact)),
)
def get_recipient(user_id: PathUserId) -> Response[str]:
    require_scope(router, RECIPIENTS)
    return reply(recipients.get(container().database, user_id))


@router.put(
    "/recipients/<user_id>",
    summary="Store how a person is reached, whole",
    description="With the scope `carillon/recipients`. Another address starts anew, without the bounces and complaints "
    "of the one before.",
    responses=responses_for((200, "Their contact data now", Contact)),
)
def put_recipient(user_id: NewPathUserId, new: Annotated[NewContact, Body()]) -> Response[str]:
    require_scope(router, RECIPIENTS)
    return reply(recipients.put(container().database, user_id, new))


@router.delete(
    "/recipients/<user_id>",
    summary="Erase a person",
    description="With the scope `carillon/erase`. All that is stored about them: notifications, deliveries, "
    "preferences, contact data and devices.",
    responses=responses_for((204, "Nothing is stored about them now", None)),
)
def erase_recipient(user_id: PathUserId) -> Response[str]:
    require_scope(router, ERASE)
    erasure.erase(container().database, recipients_devices.endpoints(), user_id)
    container().hints.send([user_id])  # what an open bell still shows is gone
    add_metric("Erased", 1)
    return Response(int(HTTPStatus.NO_CONTENT), body="")
