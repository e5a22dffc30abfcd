"""Messages for invalid requests, written for the developer of the client."""

from collections.abc import Callable, Mapping
from typing import Any

WHOLE = "request"  # stands for the field when the whole request is wrong

_TIME = "must be a time with its offset, like 2026-11-23T10:00:00Z"

# The keys are pydantic's error types. Its own messages describe Python types.
_MESSAGES: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "missing": lambda _: "is required",
    "extra_forbidden": lambda _: "is not a field of this request",
    "model_attributes_type": lambda _: "must be a JSON object",
    "model_type": lambda _: "must be a JSON object",
    "dict_type": lambda _: "must be a JSON object",
    "list_type": lambda _: "must be a list",
    "string_type": lambda _: "must be text",
    "string_unicode": lambda _: "must not contain NUL characters or lone surrogates",
    "string_too_short": lambda limits: f"must have at least {limits['min_length']} character(s)",
    "string_too_long": lambda limits: f"must have at most {limits['max_length']} characters",
    "too_short": lambda limits: f"must have at least {limits['min_length']} entry",
    "too_long": lambda limits: f"must have at most {limits['max_length']} entries",
    "bool_type": lambda _: "must be true or false",
    "bool_parsing": lambda _: "must be true or false",
    "int_type": lambda _: "must be a whole number",
    "int_parsing": lambda _: "must be a whole number",
    "int_from_float": lambda _: "must be a whole number",
    "uuid_type": lambda _: "must be an id (a UUID)",
    "uuid_parsing": lambda _: "must be an id (a UUID)",
    "greater_than_equal": lambda limits: f"must be at least {limits['ge']}",
    "less_than_equal": lambda limits: f"must be at most {limits['le']}",
    "timezone_aware": lambda _: _TIME,
    "datetime_type": lambda _: _TIME,
    "datetime_parsing": lambda _: _TIME,
    "datetime_from_date_parsing": lambda _: _TIME,
    "datetime_object_invalid": lambda _: _TIME,
    "tuple_type": lambda _: "must be a list",
    "literal_error": lambda limits: f"must be {limits['expected']}",
}


def explain(problem: Mapping[str, Any]) -> dict[str, str]:
    """Return one of pydantic's problems as a detail of an error: its field and a message.

    The detail never repeats the client's input.
    """
    location = [str(part) for part in problem["loc"] if part != "[key]"]
    if location and location[0] in ("body", "query", "header", "path"):
        location = location[1:]
    describe = _MESSAGES.get(problem["type"])
    try:
        message = describe(problem.get("ctx") or {}) if describe else ""
    except KeyError:
        message = ""
    message = message or str(problem["msg"]).removeprefix("Value error, ")
    return {"field": ".".join(location) or WHOLE, "message": message[:1].lower() + message[1:]}
