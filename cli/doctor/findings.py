"""The findings of a run: each is a kind of `texts/` with the facts of one account or stack."""

from collections.abc import Iterable
from enum import StrEnum

from cli.doctor.kinds import Level
from cli.doctor.texts import KINDS


class Group(StrEnum):
    """The heading under which a check is listed."""

    ACCOUNT = "account"
    REGION = "region"
    DATABASE = "database"
    SIGN_IN = "sign-in"
    EMAIL = "email"
    STACK = "stack"
    INSIDE = "inside the network"
    RUNNING = "running"
    WATCHING = "watching"


class Finding:
    """One finding of a run: a kind with its facts.

    Raises:
        KeyError: a fact that the texts name is missing, or the code is in no table.
    """

    def __init__(self, code: str, **facts: object) -> None:
        self.kind = KINDS[code]
        self.what = self.kind.what.format(**facts)
        self.fix = self.kind.fix.format(**facts)

    @property
    def level(self) -> Level:
        """The level of the kind."""
        return self.kind.level


def worst(levels: Iterable[Level]) -> Level:
    """Return the most urgent level; `ok` if there is none."""
    return max(levels, key=list(Level).index, default=Level.OK)
