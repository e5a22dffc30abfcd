"""A user's devices, which get push."""

from functools import cache
from http import HTTPStatus
from typing import Annotated

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Body
from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter

from carillon.api.requests import PathId, current_user_id, parse_id
from carillon.api.responses import reply, responses_for
from carillon.aws import clients
from carillon.aws.endpoints import TIMEOUT_SECONDS, Endpoints
from carillon.models.device import DeviceList, NewDevice, RegisteredDevice
from carillon.people import devices
from recipients_shared import container

MARGIN_SECONDS = 0.5  # to write the answer

router = APIGatewayHttpRouter()


@cache
def endpoints() -> Endpoints:
    """Return the endpoints at SNS. The first request that needs them creates the client.

    That takes longer than all other work of a cold start together.
    """
    sns = clients.client("sns", timeout_seconds=TIMEOUT_SECONDS)
    return Endpoints(container().settings, sns, seconds_for_sns)


def seconds_for_sns() -> float:
    """Return how many seconds this request may still wait for SNS. It may need two database connections afterwards."""
    left = router.lambda_context.get_remaining_time_in_millis() / 1000
    return left - 2 * container().settings.connect_timeout_seconds - MARGIN_SECONDS


@router.get(
    "/devices",
    operation_id="devices.list",
    summary="List your devices",
    responses=responses_for((200, "All of them, oldest first", DeviceList)),
)
def list_devices() -> Response[str]:
    return reply(devices.list_all(container().database, current_user_id(router)))


@router.post(
    "/devices",
    operation_id="devices.register",
    summary="Register this device for push",
    description="Do so at every start of the application: it wakes a device that was disabled. A device that somebody "
    "else registered before becomes yours alone. You may have 20: one more, and the one that has not registered for "
    "the longest goes.",
    responses=responses_for((201, "Registered", RegisteredDevice), (200, "It was yours already", RegisteredDevice)),
)
def register_device(new: Annotated[NewDevice, Body()]) -> Response[str]:
    device, created = devices.register(container().database, endpoints(), current_user_id(router), new)
    return reply(device, HTTPStatus.CREATED if created else HTTPStatus.OK)


@router.delete(
    "/devices/<device_id>",
    operation_id="devices.remove",
    summary="Remove a device",
    responses=responses_for((204, "Removed", None)),
)
def remove_device(device_id: PathId) -> Response[str]:
    user_id, parsed = current_user_id(router), parse_id(device_id)
    devices.remove(container().database, endpoints(), user_id, parsed)
    return Response(int(HTTPStatus.NO_CONTENT), body="")
