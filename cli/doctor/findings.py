"""The findings: what a check may say, why it matters, and the command that helps.

The texts are in `texts/`, one `Kind` for each code. A `Finding` is a kind with the facts of one account or stack.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """The urgency of a finding. The order is that of urgency, and `worst` uses it."""

    OK = "ok"
    NOT_CHECKED = "not checked"
    WARNING = "warning"
    PROBLEM = "problem"


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


@dataclass(frozen=True, slots=True)
class Kind:
    """One finding in general.

    `what` and `fix` may name facts in braces. `fix` begins with the command or the place that helps.
    """

    code: str
    level: Level
    what: str
    why: str
    fix: str


class Finding:
    """One finding of a run: a kind with its facts.

    Raises:
        KeyError: a fact that the texts name is missing, or the code is in no table.
    """

    def __init__(self, code: str, **facts: object) -> None:
        from cli.doctor.texts import KINDS

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
