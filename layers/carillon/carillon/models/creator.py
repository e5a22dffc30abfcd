"""The creator of a notification, as the person it is for sees it."""

from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, Field, ValidationInfo


class Creator(BaseModel):
    """The creator of a notification, for the person it is for."""

    kind: Literal["producer", "you", "user"] = Field(
        description="A `producer` (a backend of the application), `you` yourself, or another `user`."
    )
    name: str | None = Field(description="The producer's name; null for people.")


def _creator(stored: object, given: ValidationInfo) -> object:
    """Read `producer:<client>` or `user:<sub>`, as Identity.created_by writes it. No other person's id is shown."""
    if not isinstance(stored, str):
        return stored
    kind, _, name = stored.partition(":")
    if kind == "producer":
        return {"kind": "producer", "name": name}
    return {"kind": "you" if name == given.data.get("user_id") else "user", "name": None}


# In a model, it comes after `user_id`.
StoredCreator = Annotated[Creator, BeforeValidator(_creator)]
