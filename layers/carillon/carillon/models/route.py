"""The routing of a notification on one channel."""

from typing import Any, Literal

from pydantic import BaseModel, Field, SerializerFunctionWrapHandler, model_serializer

from carillon.models.moments import Moment


class Route(BaseModel):
    """One channel's answer for one notification, and the reason. A field that does not apply is absent."""

    action: Literal["off", "now", "digest"]
    reason: str = Field(description="One of a closed list: docs/routing.md.")
    rule: str | None = Field(
        default=None,
        description="Whose rule it was: `user`, `user:<category>`, `category:<category>`, `stack`, or "
        "`stack:default_<channel>` for a person who never chose.",
    )
    leaves_at: Moment | None = Field(default=None, description="When it is to leave.")
    mandatory: Literal[True] | None = Field(
        default=None, description="The operator decided that nobody may miss it: it leaves although it was read."
    )

    @model_serializer(mode="wrap")
    def _omit_none(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        return {name: value for name, value in handler(self).items() if value is not None}
