"""The limits of the fields of requests. Lengths are in characters, unless a comment gives another unit."""

import json
import math
import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import Annotated, Any, cast

from pydantic import (
    AfterValidator,
    AliasChoices,
    AliasGenerator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    JsonValue,
    model_validator,
)
from pydantic.alias_generators import to_camel

from carillon.models import patterns
from carillon.models.characters import check_meant, check_not_blank, check_one_line, check_storable, is_plain

MAX_FIELDS = 100  # of one object of a request; no object has so many
MAX_DATA_BYTES = 16 * 1024
MAX_DATA_DEPTH = 32  # nested objects and lists; every client's JSON parser can read so many
MAX_RECIPIENTS = 1000
MAX_AHEAD = timedelta(days=366)

_EVENT_NAME = re.compile(r"[a-z0-9_]+(\.[a-z0-9_]+)*")
TEMPLATE_NAME = re.compile(r"^[a-z][a-z0-9_]{0,63}(@[1-9][0-9]{0,5})?$")
_TIME = re.compile(r"\d{4}-\d\d-\d\d[T ]")  # a bare number would be read as seconds since 1970


def _line(value: str) -> str:
    """Return a text of one line that people read or compare."""
    return value if is_plain(value) else check_meant(check_not_blank(check_one_line(value)))


def _text(value: str) -> str:
    """Return a text of several lines."""
    return value if value.isascii() and "\0" not in value else check_meant(check_storable(value))


def _storable(value: JsonValue) -> None:
    """Refuse values that JSON allows and PostgreSQL's jsonb does not."""
    match value:
        case str():
            check_storable(value)
        case float() if not math.isfinite(value):
            raise ValueError("must not contain NaN, Infinity or numbers too big to be read back")
        case list():
            for entry in value:
                _storable(entry)
        case dict():
            for key, entry in value.items():
                check_storable(key)
                _storable(entry)
        case _:
            pass


def _shallow(value: object) -> object:
    """Refuse deep nesting before any recursive function reads the value: each level takes a frame of the stack."""
    level = [value]
    for _ in range(MAX_DATA_DEPTH + 1):
        level = [
            inner
            for outer in level
            if isinstance(outer, dict | list)
            for inner in cast("Iterable[object]", outer.values() if isinstance(outer, dict) else outer)
        ]
        if not level:
            return value
    raise ValueError(f"must not nest objects and lists more than {MAX_DATA_DEPTH} deep")


def _more_digits(value: JsonValue) -> int:
    """Return how many more characters PostgreSQL needs for the numbers. It writes 1e300 as 301 digits."""
    match value:
        case float():
            return len(f"{Decimal(repr(value)):f}") - len(repr(value))
        case list():
            return sum(_more_digits(entry) for entry in value)
        case dict():
            return sum(_more_digits(entry) for entry in value.values())
        case _:
            return 0


# In ASCII: NUL, NaN, Infinity, and the exponent of a number.
_MARKS = ("\\u0000", "NaN", "Infinity", "e+", "e-")
_compact = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def _small_json(value: dict[str, Any]) -> dict[str, Any]:
    text = _compact(value)
    size = len(text) if text.isascii() else len(text.encode(errors="surrogatepass"))
    # Only for a small one, because the checks of each value take long. They find nothing without one of these marks.
    if size <= MAX_DATA_BYTES and (not text.isascii() or any(mark in text for mark in _MARKS)):
        _storable(value)
        size += _more_digits(value)
    if size > MAX_DATA_BYTES:
        raise ValueError(f"must be at most {MAX_DATA_BYTES} bytes as JSON, and is {size}")
    return value


def whole(value: object) -> object:
    """Return a number like 5.0 as 5: to JSON Schema they are the same number, and some clients write all so."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _dotted(value: str) -> str:
    if not _EVENT_NAME.fullmatch(value):
        raise ValueError("must be lower-case words of a-z, 0-9 and _ joined by dots, like invoice.payment_failed")
    return value


def _template_name(value: str) -> str:
    if not TEMPLATE_NAME.fullmatch(value):
        raise ValueError("must be the name of a template, like invoice_overdue or invoice_overdue@2")
    return value


def _written_out(value: object) -> object:
    if not isinstance(value, str) or not _TIME.match(value):
        raise ValueError("must be a time with its offset, like 2026-11-23T10:00:00Z")
    return value


def _in_utc(value: datetime) -> datetime:
    try:
        return value.astimezone(UTC)
    except OverflowError:  # within a day of the years 1 and 9999
        raise ValueError("must be a time between the years 1 and 9999 in UTC") from None


def _within_a_year(value: datetime) -> datetime:
    if value > datetime.now(UTC) + MAX_AHEAD:
        raise ValueError("must be at most a year ahead")
    return value


_LINE: dict[str, JsonValue] = {"pattern": patterns.LINE}

ResourceId = Annotated[str, Field(min_length=1, max_length=128, json_schema_extra=_LINE), AfterValidator(_line)]
Key = Annotated[str, Field(min_length=1, max_length=255, json_schema_extra=_LINE), AfterValidator(_line)]
EventName = Annotated[
    str,
    Field(min_length=1, max_length=100, json_schema_extra={"pattern": r"^[a-z0-9_]+(\.[a-z0-9_]+)*$"}),
    AfterValidator(_dotted),
]
Title = Annotated[str, Field(min_length=1, max_length=200, json_schema_extra=_LINE), AfterValidator(_line)]
Summary = Annotated[str, Field(min_length=1, max_length=200, json_schema_extra=_LINE), AfterValidator(_line)]
TemplateName = Annotated[
    str,
    Field(max_length=71, json_schema_extra={"pattern": TEMPLATE_NAME.pattern}),
    AfterValidator(_template_name),
]
Body = Annotated[
    str,
    Field(max_length=4000, json_schema_extra={"pattern": patterns.TEXT}),
    AfterValidator(_text),
]
# In UTC, because one moment must have one text: the hash of a repeated request must not depend on the offset.
Time = Annotated[AwareDatetime, BeforeValidator(_written_out), AfterValidator(_in_utc)]
SendAt = Annotated[Time, AfterValidator(_within_a_year)]
Data = Annotated[dict[str, JsonValue], BeforeValidator(_shallow), AfterValidator(_small_json)]


@cache
def _spellings(model: type[BaseModel]) -> dict[str, str]:
    """Return the fields of a model that have two spellings, with the one in camelCase."""
    return {name: camel for name in model.model_fields if (camel := to_camel(name)) != name}


class Request(BaseModel):
    """The base of all requests. Names are in snake_case, or in the camelCase that existing clients send.

    It refuses unknown names. Otherwise a misspelt `severity` would silently become `info`.
    """

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        populate_by_name=True,
        alias_generator=AliasGenerator(validation_alias=lambda name: AliasChoices(name, to_camel(name))),
    )

    @model_validator(mode="before")
    @classmethod
    def _one_spelling(cls, given: Any) -> Any:
        """Refuse both spellings of one field, because their values may differ, and an object with too many fields."""
        if isinstance(given, dict):
            if len(cast("dict[str, Any]", given)) > MAX_FIELDS:
                raise ValueError(f"must have at most {MAX_FIELDS} fields")
            for name, camel in _spellings(cls).items():
                if camel in given and name in given:
                    raise ValueError(f"name either {name} or {camel}, not both")
        return cast("Any", given)
