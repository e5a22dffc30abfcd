"""What a person wants to hear, and how."""

from typing import Annotated, Any, cast

from pydantic import BaseModel, Field, StrictBool, StrictInt, model_validator

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

    @model_validator(mode="before")
    @classmethod
    def _without_what_only_answers_have(cls, given: Any) -> Any:
        """What GET answered may be changed and sent back."""
        if not isinstance(given, dict):
            return given
        named = cast("dict[str, Any]", given)
        return {name: value for name, value in named.items() if name not in ("address_known", "updated_at")}


class Preferences(BaseModel):
    """What holds for a person: their choices and, where they made none, the stack's defaults."""

    in_app_enabled: bool
    email_enabled: bool
    push_enabled: bool
    digest_minutes: int
    address_known: bool = Field(description="Whether there is an address: without one, no email leaves.")
    updated_at: Moment | None = Field(description="When they last chose; null: never.")
