"""A person's contact data, all their data, and their erasure, for tokens with the scopes for them."""

from typing import Annotated
from uuid import UUID

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Body, Query
from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter

import recipients_devices
from carillon.api.requests import reject_unknown_query
from carillon.api.responses import reply, responses_for
from carillon.identity import ERASE, EXPORT, RECIPIENTS
from carillon.models.person_data import Erased, PersonData
from carillon.models.recipient import Contact, NewContact
from carillon.observe import add_metric
from carillon.people import data, erasure, recipients
from recipients_shared import NewPathUserId, PathUserId, container, require_scope

router = APIGatewayHttpRouter()


@router.get(
    "/recipients/<user_id>",
    operation_id="recipients.get",
    summary="Read how a person is reached",
    description="With the scope `carillon/recipients`.",
    responses=responses_for((200, "Their contact data", Contact)),
)
def get_recipient(user_id: PathUserId) -> Response[str]:
    require_scope(router, RECIPIENTS)
    return reply(recipients.get(container().database, user_id))


@router.put(
    "/recipients/<user_id>",
    operation_id="recipients.set",
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
    operation_id="recipients.erase",
    summary="Erase a person",
    description="With the scope `carillon/erase`. All that is stored about them: notifications, deliveries, "
    "preferences, contact data and devices. A repeat deletes nothing.",
    responses=responses_for((200, "Nothing is stored about them now", Erased)),
)
def erase_recipient(user_id: PathUserId) -> Response[str]:
    requester = require_scope(router, ERASE)
    receipt = erasure.erase(container().database, recipients_devices.endpoints(), user_id, requester)
    container().hints.send([user_id])  # what an open bell still shows is gone
    add_metric("Erased", 1)
    return reply(Erased(receipt=receipt))


@router.get(
    "/exports/<user_id>",
    operation_id="recipients.export",
    summary="Read all that is stored about a person",
    description="With the scope `carillon/export`. In pages: the first has the contact data, the preferences, the "
    "devices and the oldest notifications, the others have notifications. The operators' log notes the export.",
    responses=responses_for((200, "A page of it", PersonData)),
)
def export_person(
    user_id: PathUserId,
    cursor: Annotated[UUID | None, Query(description="`next_cursor` of the page before.")] = None,
) -> Response[str]:
    requester = require_scope(router, EXPORT)
    reject_unknown_query(router, "cursor")
    return reply(data.export(container().database, user_id, after=cursor, requester=requester))
