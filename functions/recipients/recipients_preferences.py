"""Preferences: a user's own, and any person's for producers."""

from typing import Annotated

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Body
from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter

from carillon.api.requests import claims_of, current_user_id
from carillon.api.responses import reply, responses_for
from carillon.identity import RECIPIENTS
from carillon.models.preferences import NewPreferences, Preferences
from carillon.people import preferences
from recipients_shared import NewPathUserId, PathUserId, container, require_scope

router = APIGatewayHttpRouter()


@router.get(
    "/preferences",
    operation_id="preferences.get",
    summary="Read your preferences",
    responses=responses_for((200, "What holds for you", Preferences)),
)
def get_preferences() -> Response[str]:
    return reply(preferences.get(container().database, container().settings, current_user_id(router)))


@router.put(
    "/preferences",
    operation_id="preferences.set",
    summary="Store your preferences, whole",
    description="Turning email on where no address is stored takes the token's verified one.",
    responses=responses_for((200, "What holds for you now", Preferences)),
)
def put_preferences(new: Annotated[NewPreferences, Body()]) -> Response[str]:
    user_id, claims = current_user_id(router), claims_of(router)
    return reply(preferences.put(container().database, container().settings, user_id, new, claims))


@router.get(
    "/recipients/<user_id>/preferences",
    operation_id="recipients.preferences.get",
    summary="Read a person's preferences",
    description="With the scope `carillon/recipients`.",
    responses=responses_for((200, "What holds for them", Preferences)),
)
def get_recipient_preferences(user_id: PathUserId) -> Response[str]:
    require_scope(router, RECIPIENTS)
    return reply(preferences.get(container().database, container().settings, user_id))


@router.put(
    "/recipients/<user_id>/preferences",
    operation_id="recipients.preferences.set",
    summary="Store a person's preferences, whole",
    description="With the scope `carillon/recipients`.",
    responses=responses_for((200, "What holds for them now", Preferences)),
)
def put_recipient_preferences(user_id: NewPathUserId, new: Annotated[NewPreferences, Body()]) -> Response[str]:
    require_scope(router, RECIPIENTS)
    return reply(preferences.put(container().database, container().settings, user_id, new))
