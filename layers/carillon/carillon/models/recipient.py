"""The data to reach a person outside the application: address, language and time zone."""

import re
from functools import cache
from importlib.resources import files
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, Field

from carillon.models import patterns
from carillon.models.address import EmailAddress, ShownAddress
from carillon.models.fields import Request
from carillon.models.moments import Moment

_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")  # the form of RFC 5646; the tag need not exist


def _language(value: str) -> str:
    if not _LANGUAGE.fullmatch(value):
        raise ValueError("must be a language tag like de or pt-BR")
    return value


@cache
def _zones() -> frozenset[str]:
    """Return the names of the IANA database, from the package tzdata, so that all machines have the same names."""
    return frozenset(files("tzdata").joinpath("zones").read_text("utf-8").split())


def _zone(value: str) -> str:
    if value not in _zones():
        raise ValueError("must be a time zone of the IANA database like Europe/Berlin")
    return value


Locale = Annotated[
    str, Field(max_length=35, json_schema_extra={"pattern": f"^{_LANGUAGE.pattern}$"}), AfterValidator(_language)
]
TimeZone = Annotated[
    str, Field(max_length=64, json_schema_extra={"pattern": patterns.TIME_ZONE}), AfterValidator(_zone)
]


class NewContact(Request):
    """`PUT /recipients/{user_id}`: stored whole, so a field that is absent is deleted."""

    email: EmailAddress | None = Field(
        default=None, description="The domain may be in any script, like `name@münchen.example`."
    )
    locale: Locale | None = Field(default=None, description="A BCP 47 language tag, like `pt-BR`.")
    timezone: TimeZone | None = Field(default=None, description="A name of the IANA database, like `Europe/Berlin`.")


class Contact(BaseModel):
    """The address of a person, and what providers reported about it."""

    user_id: str
    email: ShownAddress | None
    email_status: Literal["ok", "bounced", "complained"] = Field(description="Nothing is sent unless it is `ok`.")
    locale: str | None
    timezone: str | None
    updated_at: Moment
