"""The usage of a month: the numbers that a person gives, and the actions that follow from them."""

from dataclasses import dataclass
from decimal import Decimal, DecimalException

import typer

from cli.cost.prices import HOURS

DAYS = HOURS / 24
MONTH_SECONDS = HOURS * 3600
MOST = 10**12
_FACTORS = {"k": 1_000, "m": 1_000_000}


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """A month of an application.

    - `notifications` counts one for each recipient. `per_request` of them have one request together.
    - `emails` and `pushes` count what is sent: a digest is one email, with many notifications.
    - `reads` counts the clicks that mark something as read.
    - `bells` are open at the same time, for `hours` of each day. One of a person's tabs polls, so a person counts once.
    """

    notifications: int = 0
    emails: int = 0
    pushes: int = 0
    people: int = 0
    bells: int = 0
    reads: int = 0
    per_request: int = 1
    hours: float = 8
    poll_seconds: int = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Actions:
    """The actions of the application, the people and the clock within `seconds`.

    - `creates` are requests that record notifications, for one or more recipients.
    - `contacts` are requests that store a person's address or preferences.
    - `poll_seconds` is the time between two polls of a page; `bell_seconds` the time in which pages poll at all.
    - `fetches` are the polls that a hint caused, and that a new page answers: cli/cost/live.py.
    """

    seconds: float
    creates: float = 0
    emails: float = 0
    pushes: float = 0
    polls: float = 0
    reads: float = 0
    contacts: float = 0
    poll_seconds: float = 30
    bell_seconds: float = 0
    fetches: float = 0


def actions_of(usage: Usage) -> Actions:
    """Return the actions of a month. The application stores the address of each person once a month."""
    bell_seconds = usage.hours * 3600 * DAYS
    return Actions(
        seconds=MONTH_SECONDS,
        creates=usage.notifications / usage.per_request,
        emails=usage.emails,
        pushes=usage.pushes,
        polls=usage.bells * bell_seconds / usage.poll_seconds,
        reads=usage.reads,
        contacts=usage.people,
        poll_seconds=usage.poll_seconds,
        bell_seconds=bell_seconds,
    )


def parse_count(option: str, text: str) -> int:
    """Parse a whole number of an option: `250`, `50,000`, `200k` or `1.5M`.

    Raises:
        typer.BadParameter: the text is no such number, or the number is larger than 10^12.
    """
    plain = text.strip().lower().replace(",", "")
    digits, factor = (plain[:-1], _FACTORS[plain[-1]]) if plain and plain[-1] in _FACTORS else (plain, 1)
    try:
        number = Decimal(digits) * factor
    except DecimalException:
        raise typer.BadParameter(f"{option}: {text!r} is not a number like 250, 200k or 1.5M.") from None
    if not number.is_finite() or number != number.to_integral_value():
        raise typer.BadParameter(f"{option}: {text!r} is not a whole number.")
    if number < 0:
        raise typer.BadParameter(f"{option}: {text!r} is negative.")
    if number > MOST:
        raise typer.BadParameter(f"{option}: {text!r} is more than a million times a million.")
    return int(number)
