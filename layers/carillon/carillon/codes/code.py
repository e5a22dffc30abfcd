"""One code with its cause and remedy."""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["api", "command", "delivery", "reason", "feedback", "database"]


@dataclass(frozen=True, slots=True)
class Code:
    """A code, why it occurs, and what helps.

    `aws` has the names of the same error at AWS, if AWS makes the code: `snake_case` of channels/errors.py turns them
    into the code.
    """

    name: str
    kind: Kind
    cause: str
    remedy: str
    aws: tuple[str, ...] = ()
