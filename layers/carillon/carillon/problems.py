"""Messages for invalid requests, written for the developer of the client."""

from collections.abc import Mapping
from typing import Any

MAX_DETAILS = 20  # in one error
MAX_QUOTED = 100  # characters of a name or a value of the client, in an error
WHOLE = "request"  # stands for the field when the whole request is wrong

_NO_FIELDS = ("[key]", "[text]", "[texts]")  # parts of a location that name a form of a value: models/texts.py

_TIME = "must be a time with its offset, like 2026-11-23T10:00:00Z"

# The keys are pydantic's error types. Its own messages describe Python types. A name in braces is in the error's `ctx`.
_MESSAGES = {
    "missing": "is required",
    "extra_forbidden": "is not a field of this request",
    "model_attributes_type": "must be a JSON object",
    "model_type": "must be a JSON object",
    "dict_type": "must be a JSON object",
    "list_type": "must be a list",
    "string_type": "must be text",
    "string_unicode": "must not contain NUL characters or lone surrogates",
    "string_too_short": "must not be empty",
    "string_too_long": "must have at most {max_length} characters",
    "too_short": "must have at least {min_length} entry",
    "too_long": "must have at most {max_length} entries",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_parsing_size": "must be a whole number",
    "int_from_float": "must be a whole number",
    "uuid_type": "must be an id (a UUID)",
    "uuid_parsing": "must be an id (a UUID)",
    "greater_than_equal": "must be at least {ge}",
    "less_than_equal": "must be at most {le}",
    "timezone_aware": _TIME,
    "datetime_type": _TIME,
    "datetime_parsing": _TIME,
    "datetime_from_date_parsing": _TIME,
    "datetime_object_invalid": _TIME,
    "tuple_type": "must be a list",
    "literal_error": "must be {expected}",
}


def shown(text: str) -> str:
    """Return a name or a value of the client as an error quotes it: at most MAX_QUOTED characters."""
    return text if len(text) <= MAX_QUOTED else text[: MAX_QUOTED - 1] + "…"


def explain(problem: Mapping[str, Any]) -> dict[str, str]:
    """Return one of pydantic's problems as a detail of an error: its field and a message.

    The detail names fields as the client spelt them, and never repeats a value.
    """
    location = [shown(str(part)) for part in problem["loc"] if part not in _NO_FIELDS]
    if location and location[0] in ("body", "query", "header", "path"):
        location = location[1:]
    try:
        message = _MESSAGES.get(problem["type"], "").format_map(problem.get("ctx") or {})
    except KeyError:
        message = ""
    message = message or str(problem["msg"]).removeprefix("Value error, ")
    return {"field": ".".join(location) or WHOLE, "message": message[:1].lower() + message[1:]}
