"""Times and tables, as a person reads and writes them."""

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import typer
from rich.box import SIMPLE_HEAD
from rich.table import Table

_SPAN = re.compile(r"(\d+)(s|m|h|d)")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def span(text: str) -> timedelta:
    """`90s`, `30m`, `2h` or `7d`.

    Raises:
        typer.BadParameter: it is none of these.
    """
    found = _SPAN.fullmatch(text.strip())
    if not found:
        raise typer.BadParameter(f"{text!r} is not a time like 30m, 2h or 7d.")
    try:
        return timedelta(**{_UNITS[found[2]]: int(found[1])})
    except OverflowError:
        raise typer.BadParameter(f"{text!r} is too long.") from None


def moment(text: str | None) -> str | None:
    """`2h` (so long ago), `2026-11-24` or `2026-11-24T10:00` (UTC unless it says otherwise), as the function takes it.

    Raises:
        typer.BadParameter: it is none of these.
    """
    if text is None:
        return None
    if _SPAN.fullmatch(text.strip()):
        try:
            return (datetime.now(UTC) - span(text)).isoformat()
        except OverflowError:
            raise typer.BadParameter(f"{text!r} is too long ago.") from None
    try:
        at = datetime.fromisoformat(text.strip())
    except ValueError:
        raise typer.BadParameter(f"{text!r} is neither a time like 2h nor a date like 2026-11-24.") from None
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).isoformat()


def flowing(words: str | None) -> str:
    """A docstring for a terminal of any width: each paragraph a line of its own, and the example another."""
    paragraphs = (words or "").replace("Example:", "\n\nExample:").split("\n\n")
    return "\n\n".join(" ".join(each.split()) for each in paragraphs if each.strip())


def clock(at: str | None, *, seconds: bool = False) -> str:
    """A moment of an answer, in UTC."""
    if at is None:
        return "-"
    when = datetime.fromisoformat(at).astimezone(UTC)
    return f"{when:%Y-%m-%d %H:%M:%S.%f}"[:-3] if seconds else f"{when:%Y-%m-%d %H:%M:%S}"


def table(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> Table:
    """A table; numbers stand at the right, ids are never cut."""
    made = Table(box=SIMPLE_HEAD, pad_edge=False)
    listed = [list(row) for row in rows]
    for position, column in enumerate(columns):
        numbers = bool(listed) and all(isinstance(row[position], int | float) for row in listed)
        made.add_column(column, justify="right" if numbers else "left", overflow="fold", no_wrap=column.endswith("id"))
    for row in listed:
        made.add_row(*("-" if cell is None else str(cell) for cell in row))
    return made


def tally(counts: dict[str, int]) -> str:
    """`2 already_read, 1 disabled`; empty without any."""
    return ", ".join(f"{count} {name}" for name, count in sorted(counts.items(), key=lambda each: -each[1]))
