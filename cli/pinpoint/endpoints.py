"""The endpoints in the files of an export: one JSON object a line, plain or compressed with gzip.

The format is that of Pinpoint's export job: https://docs.aws.amazon.com/pinpoint/latest/developerguide/audience-data-export.html
"""

import gzip
import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any, Literal, cast

_GZIP = b"\x1f\x8b"
_MAX_LINE = 256 * 1024  # bytes; an endpoint has at most 15 kB
_PUSH = {"APNS": "apns", "GCM": "fcm"}

Kind = Literal["email", "apns", "fcm"]


class CannotRead(Exception):
    """A file cannot be read to its end."""


@dataclass(frozen=True)
class Endpoint:
    """An endpoint that Carillon can have. `at` is its EffectiveDate in UTC, or empty if it has none."""

    user_id: str
    kind: Kind
    address: str
    opted_out: bool
    at: str
    locale: str | None
    timezone: str | None


def read(file: Path) -> Iterator[tuple[int, Endpoint | str]]:
    """Yield each line's number with its endpoint, or with the reason why Carillon cannot have it. Skip empty lines.

    Raises:
        CannotRead: the file does not exist, or its compression is broken.
    """
    try:
        with file.open("rb") as raw:
            compressed = raw.read(2) == _GZIP
        with cast("IO[bytes]", gzip.open(file) if compressed else file.open("rb")) as lines:
            for number, line in enumerate(_lines(lines), 1):
                if line is None or line.strip():
                    yield number, "malformed" if line is None else parse(line)
    except (OSError, EOFError, zlib.error) as error:
        reason = getattr(error, "strerror", None) or "it is not whole, or no gzip"
        raise CannotRead(f"{file} could not be read: {reason}.") from None


def _lines(source: IO[bytes]) -> Iterator[bytes | None]:
    """Yield the lines, and None for one that is too long to be an endpoint. No more than _MAX_LINE is in memory."""
    while line := source.readline(_MAX_LINE):
        if line.endswith(b"\n") or len(line) < _MAX_LINE:
            yield line
            continue
        while (more := source.readline(_MAX_LINE)) and not more.endswith(b"\n"):
            pass
        yield None


def parse(line: bytes) -> Endpoint | str:
    """Return the endpoint of a line, or the reason why Carillon cannot have it."""
    try:
        endpoint: Any = json.loads(line)
    except (ValueError, RecursionError):
        return "malformed"
    channel, address = _text(endpoint, "ChannelType"), _text(endpoint, "Address")
    user_id = _text(endpoint, "User", "UserId")
    if not channel:
        return "malformed"
    if channel != "EMAIL" and channel not in _PUSH:
        return "sandbox_token" if channel == "APNS_SANDBOX" else "unsupported_channel"
    if not user_id:
        return "no_user"
    if not address:
        return "malformed"
    if _text(endpoint, "EndpointStatus") == "INACTIVE":
        return "inactive"
    return Endpoint(
        user_id=user_id,
        kind=cast("Kind", _PUSH.get(channel, "email")),
        address=address,
        opted_out=_text(endpoint, "OptOut") == "ALL",
        at=_moment(_text(endpoint, "EffectiveDate")),
        locale=_text(endpoint, "Demographic", "Locale"),
        timezone=_text(endpoint, "Demographic", "Timezone"),
    )


def _text(value: Any, *names: str) -> str | None:
    """Return the text at a path of names; None if there is none, or if it cannot be stored."""
    for name in names:
        value = cast("dict[str, Any]", value).get(name) if isinstance(value, dict) else None
    if not isinstance(value, str) or not value or len(value) > 4096:
        return None
    try:
        value.encode()
    except UnicodeEncodeError:  # half of a surrogate pair
        return None
    return value


def _moment(text: str | None) -> str:
    """Return a moment in UTC, in a form that sorts by time. A text that is no moment counts as none: the oldest."""
    try:
        moment = datetime.fromisoformat(text or "")
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC).isoformat("T", "microseconds")
    except (ValueError, OverflowError):
        return ""
