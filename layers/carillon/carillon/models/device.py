"""A device that gets pushes: a phone, tablet or browser. No answer has its token or its endpoint at SNS."""

import re
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationInfo, field_validator

from carillon.models import patterns
from carillon.models.delivery import Platform
from carillon.models.fields import Request
from carillon.models.moments import Moment

_VISIBLE = re.compile(r"[\x21-\x7e]+")
_HEX = re.compile(r"([0-9a-f]{2})+")  # a token is a number of bytes
_AROUND_HEX = re.compile(r"[\s<>]+")  # iOS before 13 prints a token as <740f4707 bebcf74f …>


_TOKENS: dict[str, JsonValue] = {
    "oneOf": [
        {"title": platform, "properties": {"platform": {"const": platform}, "token": {"pattern": pattern}}}
        for platform, pattern in (("apns", patterns.APNS), ("fcm", patterns.FCM))
    ]
}


def one_token(platform: Platform, token: str) -> str:
    """Return the one spelling of a token, by which a phone is known. The tokens of APNs are hexadecimal numbers.

    Raises:
        ValueError: the platform gives out no such token.
    """
    if platform == "fcm":  # upper and lower case are different tokens
        if not _VISIBLE.fullmatch(token):
            raise ValueError("must be visible ASCII characters without spaces")
        return token
    digits = _AROUND_HEX.sub("", token).lower()
    if not _HEX.fullmatch(digits):
        raise ValueError("must be the device token in hexadecimal digits, two for each byte, and not in Base64")
    return digits


class NewDevice(Request):
    """`POST /devices`: what the platform gave the application to be pushed by."""

    model_config = ConfigDict(json_schema_extra=_TOKENS)

    platform: Platform = Field(description="Apple's (`apns`) or Google's (`fcm`) service.")
    token: Annotated[str, Field(min_length=1, max_length=4096)] = Field(
        description="For `apns` in hexadecimal digits: upper and lower case, spaces and `<>` make no difference. For "
        "`fcm` as it is.",
    )

    @field_validator("token")
    @classmethod
    def _one_token(cls, token: str, info: ValidationInfo) -> str:
        platform = info.data.get("platform")
        return one_token(platform, token) if platform else token  # without a platform, the request is refused anyway


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
