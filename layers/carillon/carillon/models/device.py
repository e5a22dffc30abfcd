"""A device that gets pushes: a phone, tablet or browser. No answer has its token or its endpoint at SNS."""

import re
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, BaseModel, Field

from carillon.models.delivery import Platform
from carillon.models.fields import Request
from carillon.models.moments import Moment

_VISIBLE = re.compile(r"[\x21-\x7e]+")


def _visible(value: str) -> str:
    if not _VISIBLE.fullmatch(value):
        raise ValueError("must be visible ASCII characters without spaces")
    return value


class NewDevice(Request):
    """`POST /devices`: what the platform gave the application to be pushed by."""

    platform: Platform = Field(description="Apple's (`apns`) or Google's (`fcm`) service.")
    token: Annotated[str, Field(min_length=1, max_length=4096), AfterValidator(_visible)]


class Device(BaseModel):
    """One of a person's devices."""

    id: UUID
    platform: Platform
    enabled: bool = Field(description="False once the platform says that it is gone; registering it again mends that.")
    created_at: Moment


class RegisteredDevice(BaseModel):
    """The answer to a registration."""

    device: Device


class DeviceList(BaseModel):
    """All of a person's devices, the oldest first."""

    devices: list[Device]
