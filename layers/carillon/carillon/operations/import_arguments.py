"""The arguments of the action `import`: people with their destinations, as another service knows them.

The texts are checked one by one in the action, because one wrong address must not refuse the other people.
"""

from typing import Annotated

from pydantic import Field, StringConstraints

from carillon.models.delivery import Platform
from carillon.operations.arguments import Arguments

MAX_PEOPLE = 500  # of one request, which is at most 6 MB
MAX_DEVICES = 20  # of one person: Carillon keeps no more

_Text = Annotated[str, StringConstraints(max_length=4096)]


class ImportedDevice(Arguments):
    """A phone, by the token of its platform."""

    platform: Platform
    token: _Text


class ImportedPerson(Arguments):
    """A person. A channel in `off` is switched off, because the person opted out of it."""

    user_id: _Text
    email: _Text | None = None
    locale: _Text | None = None
    timezone: _Text | None = None
    off: list[str] = Field(default_factory=list, max_length=10)
    devices: list[ImportedDevice] = Field(default_factory=list["ImportedDevice"], max_length=MAX_DEVICES)


class ImportArguments(Arguments):
    """`import`: with `dry_run`, nothing is stored, and the answer says what would be."""

    people: list[ImportedPerson] = Field(max_length=MAX_PEOPLE)
    dry_run: bool
