"""The headers that the resolver's routes do not declare: of answers, and those that a request may have."""

from collections.abc import Mapping
from typing import Any

_ETAG: dict[str, Any] = {
    "description": "The version of this answer. Send it back as `If-None-Match`.",
    "schema": {"type": "string"},
    "required": True,
}
_POLL: dict[str, Any] = {
    "description": "How many seconds to wait before the next poll.",
    "schema": {"type": "integer", "minimum": 1},
    "required": True,
}
_POLLED: Mapping[str, Any] = {"ETag": _ETAG, "Carillon-Poll-Interval": _POLL}
_REPLAYED: dict[str, Any] = {
    "description": "Sent if the request only repeats an earlier one: nothing was recorded.",
    "schema": {"type": "string", "enum": ["true"]},
}
# By operation and status.
_ANSWERS: Mapping[tuple[str, str], Mapping[str, Any]] = {
    ("notifications.list", "200"): _POLLED,
    ("notifications.list", "304"): _POLLED,
    ("notifications.unread_count", "200"): _POLLED,
    ("notifications.unread_count", "304"): _POLLED,
    ("notifications.create", "200"): {"Idempotency-Replayed": _REPLAYED},
}
_IF_NONE_MATCH: dict[str, Any] = {
    "name": "If-None-Match",
    "in": "header",
    "description": "The `ETag` of an earlier answer. The answer is 304 if nothing has changed.",
    "schema": {"type": "string"},
}
_LANGUAGE: dict[str, Any] = {
    "name": "Accept-Language",
    "in": "header",
    "description": "The languages of the page, as RFC 9110 writes them. Without one that Carillon has: English.",
    "schema": {"type": "string"},
}
_REQUESTS: Mapping[str, dict[str, Any]] = {
    "notifications.list": _IF_NONE_MATCH,
    "notifications.unread_count": _IF_NONE_MATCH,
    "unsubscribe.show": _LANGUAGE,
    "unsubscribe.submit": _LANGUAGE,
}
_SPELT = {"idempotency-key": "Idempotency-Key", "idempotency-mode": "Idempotency-Mode"}


def add_headers(operations: Mapping[str, dict[str, Any]]) -> None:
    """Add the headers to the operations of a document, given by their ids."""
    for (operation, status), headers in _ANSWERS.items():
        operations[operation]["responses"][status]["headers"] = dict(headers)
    for operation, parameter in _REQUESTS.items():
        operations[operation].setdefault("parameters", []).append(parameter)
    for operation in operations.values():
        for parameter in operation.get("parameters", ()):
            parameter["name"] = _SPELT.get(parameter["name"], parameter["name"])
            parameter["schema"] = _not_null(parameter["schema"])
            parameter["schema"].pop("description", None)  # the parameter has it


def _not_null(schema: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of a parameter. An optional one may be absent, and no header or query can be null."""
    kinds = [kind for kind in schema.get("anyOf", ()) if kind != {"type": "null"}]
    if len(kinds) != 1:
        return schema
    return {name: value for name, value in schema.items() if name != "anyOf"} | kinds[0]
