"""The kinds of findings: what a check may say, why it matters, and the command that helps. `texts/` has them all."""

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """The urgency of a finding. The order is that of urgency, and `worst` uses it."""

    OK = "ok"
    NOT_CHECKED = "not checked"
    WARNING = "warning"
    PROBLEM = "problem"


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
