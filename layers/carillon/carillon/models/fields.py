"""The limits of what comes in, in one place. Lengths are in characters unless said otherwise."""

import json
import math
import re
from typing import Annotated, Any

from pydantic import AfterValidator, AliasChoices, AliasGenerator, BaseModel, ConfigDict, Field, JsonValue
from pydantic.alias_generators import to_camel

MAX_DATA_BYTES = 16 * 1024
MAX_RECIPIENTS = 1000

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_EVENT_NAME = re.compile(r"[a-z0-9_]+(\.[a-z0-9_]+)*")
_UNSTORABLE = re.compile(r"[\x00\ud800-\udfff]")


def _no_nul(value: str) -> str:
    if _UNSTORABLE.search(value):
        raise ValueError("must not contain NUL characters or lone surrogates")
    return value


def _no_control(value: str) -> str:
    if _CONTROL.search(value):
        raise ValueError("must not contain control characters or line breaks")
    return _no_nul(value)


def _not_blank(value: str) -> str:
    if not value.strip():
        raise ValueError("must not be blank")
    return value


def _storable(value: JsonValue) -> None:
    """Refuse what JSON text may say and PostgreSQL's jsonb cannot hold."""
    match value:
        case str():
            _no_nul(value)
        case float() if not math.isfinite(value):
            raise ValueError("must not contain NaN or Infinity, which are not JSON")
        case list():
            for entry in value:
                _storable(entry)
        case dict():
            for key, entry in value.items():
                _no_nul(key)
                _storable(entry)
        case _:
            pass


def _small_json(value: dict[str, Any]) -> dict[str, Any]:
    _storable(value)
    size = len(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode())
    if size > MAX_DATA_BYTES:
        raise ValueError(f"must be at most {MAX_DATA_BYTES} bytes as JSON, and is {size}")
    return value


def _dotted(value: str) -> str:
    if not _EVENT_NAME.fullmatch(value):
        raise ValueError("must be lower-case words of a-z, 0-9 and _ joined by dots, like invoice.payment_failed")
    return value


UserId = Annotated[
    str, Field(min_length=1, max_length=128), AfterValidator(_no_control), AfterValidator(_not_blank)
]
ResourceId = Annotated[str, Field(min_length=1, max_length=128), AfterValidator(_no_control)]
Key = Annotated[str, Field(min_length=1, max_length=255), AfterValidator(_no_control)]
EventName = Annotated[
    str,
    Field(min_length=1, max_length=100, json_schema_extra={"pattern": r"^[a-z0-9_]+(\.[a-z0-9_]+)*$"}),
    AfterValidator(_dotted),
]
Title = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_no_control), AfterValidator(_not_blank)]
Summary = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_no_control), AfterValidator(_not_blank)]
Body = Annotated[str, Field(max_length=4000), AfterValidator(_no_nul)]
Data = Annotated[dict[str, JsonValue], AfterValidator(_small_json)]


class Request(BaseModel):
    """The base of all that comes in: snake_case, or the camelCase that existing clients send; no unknown names.

    An unknown name is refused rather than ignored, so that a misspelt `severity` is not silently `info`.
    """

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        populate_by_name=True,
        alias_generator=AliasGenerator(validation_alias=lambda name: AliasChoices(name, to_camel(name))),
    )
