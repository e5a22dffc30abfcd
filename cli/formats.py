"""The formats that people and scripts read and write: times, tables, help texts and JSON."""

import json
import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import typer

from cli.streams import shown

if TYPE_CHECKING:
    from rich.table import Table

    from carillon.models.story import Answers

_SPAN = re.compile(r"(\d+)(s|m|h|d)")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def parse_span(text: str) -> timedelta:
    """Parse a length of time: `90s`, `30m`, `2h` or `7d`.

    Raises:
        typer.BadParameter: the text is none of these.
    """
    match = _SPAN.fullmatch(text.strip())
    if not match:
        raise typer.BadParameter(f"{text!r} is not a time like 30m, 2h or 7d.")
    try:
        return timedelta(**{_UNITS[match[2]]: int(match[1])})
    except OverflowError:
        raise typer.BadParameter(f"{text!r} is too long.") from None


def parse_moment(text: str | None) -> datetime | None:
    """Parse a moment: `2h` (so long ago), `2026-11-24` or `2026-11-24T10:00`. The default time zone is UTC.

    Raises:
        typer.BadParameter: the text is none of these.
    """
    if text is None:
        return None
    if _SPAN.fullmatch(text.strip()):
        try:
            return datetime.now(UTC) - parse_span(text)
        except OverflowError:
            raise typer.BadParameter(f"{text!r} is too long ago.") from None
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        raise typer.BadParameter(f"{text!r} is neither a time like 2h nor a date like 2026-11-24.") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def format_moment(moment: datetime | None, *, milliseconds: bool = False) -> str:
    """Format a moment in UTC, to the second or the millisecond; `-` stands for None."""
    if moment is None:
        return "-"
    moment = moment.astimezone(UTC)
    return f"{moment:%Y-%m-%d %H:%M:%S.%f}"[:-3] if milliseconds else f"{moment:%Y-%m-%d %H:%M:%S}"


def paragraphs(docstring: str | None) -> str:
    """Return a docstring with one line for each paragraph, for a terminal of any width. The example comes last."""
    parts = (docstring or "").replace("Example:", "\n\nExample:").split("\n\n")
    return "\n\n".join(" ".join(part.split()) for part in parts if part.strip())


def table(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> "Table":
    """Return a table. Numbers are aligned to the right, and ids are never cut."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    listed = [list(row) for row in rows]
    result = Table(box=SIMPLE_HEAD, pad_edge=False)
    for position, column in enumerate(columns):
        numbers = bool(listed) and all(isinstance(row[position], int | float) for row in listed)
        result.add_column(
            column, justify="right" if numbers else "left", overflow="fold", no_wrap=column.endswith("id")
        )
    for row in listed:
        result.add_row(*("-" if cell is None else shown(str(cell)) for cell in row))
    return result


def tally(counts: dict[str, int]) -> str:
    """Return counts as text, the largest first: `2 already_read, 1 disabled`. Without counts it is empty."""
    return ", ".join(f"{count} {name}" for name, count in sorted(counts.items(), key=lambda entry: -entry[1]))


def fields(values: dict[str, Any]) -> str:
    """Return values as text, without those that are None: `code=access_denied channel=email`."""
    return " ".join(f"{name}={value}" for name, value in values.items() if value is not None)


def explanations(channels: "Answers") -> list[str]:
    """Return one line for each channel, and one for the app."""
    return [f"  {name.replace('in_app', 'in the app'):<10} {answer.explanation}" for name, answer in channels]


def to_json(value: Any, indent: int | None = None) -> str:
    """Return a value as JSON. It may hold models of answers, times and UUIDs."""
    return json.dumps(value, indent=indent, default=_plain)


def _plain(value: Any) -> Any:
    # Imported at the first use: see answers.py.
    from pydantic_core import to_jsonable_python

    return to_jsonable_python(value, by_alias=False)
