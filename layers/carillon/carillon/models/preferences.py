"""What a person wants to hear, and how."""

from typing import Annotated

from pydantic import BaseModel, Field, StrictBool, StrictInt

from carillon.models.fields import Request
from carillon.models.moments import Moment

_DEFAULT = "Left out or null: the stack's default."


class NewPreferences(Request):
    """`PUT /preferences`: stored whole, so that what is left out returns to the stack's default."""

    in_app_enabled: StrictBool | None = Field(default=None, description=_DEFAULT)
    email_enabled: StrictBool | None = Field(default=None, description=_DEFAULT)
    push_enabled: StrictBool | None = Field(default=None, description=_DEFAULT)
    digest_minutes: Annotated[StrictInt, Field(ge=0, le=1440)] | None = Field(
        default=None, description=f"How long a digest collects, in minutes; 0 sends at once. {_DEFAULT}"
    )


class Preferences(BaseModel):
    """What holds for a person: their choices and, where they made none, the stack's defaults."""

    in_app_enabled: bool
    email_enabled: bool
    push_enabled: bool
    digest_minutes: int
    address_known: bool = Field(description="Whether there is an address: without one, no email leaves.")
    updated_at: Moment | None = Field(description="When they last chose; null: never.")
