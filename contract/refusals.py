"""The errors of each operation: Carillon's own, and those that API Gateway answers before a function runs."""

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from carillon.api.responses import ErrorBody, reply_error
from carillon.errors import (
    BodyTooLarge,
    CarillonError,
    Encoded,
    Forbidden,
    Invalid,
    InvalidJson,
    NotFound,
    TooMany,
    Unauthorized,
    Unavailable,
)

JSON = "application/json"
OPEN = ("service", "unsubscribe")  # tags whose routes need no token, as in template.yaml
# Operations about one thing that may not exist. Contact data and preferences can be set for any person.
_OF_ONE = frozenset({
    "notifications.mark", "notifications.mark_all", "notifications.retract", "notifications.retract_by_key",
    "notifications.deliveries", "devices.remove", "recipients.get",
    "recipients.erase",  # of an id that ends with /preferences, whose path is another route
})  # fmt: skip
_REQUEST_ID = "KxyZ2jPmliAEJdA="  # the form of API Gateway's ids

GATEWAY_ERROR: dict[str, Any] = {
    "title": "GatewayError",
    "description": "An error of API Gateway, before a function of Carillon runs. Its body has neither a code nor the "
    "id of the request; the header `Apigw-Requestid` has the id.",
    "type": "object",
    "properties": {"message": {"type": "string"}},
    "required": ["message"],
    "additionalProperties": False,
}
RETRY_AFTER: dict[str, Any] = {
    "description": "How many seconds to wait before the next attempt. Carillon sends it, API Gateway does not.",
    "schema": {"type": "integer", "minimum": 1},
}
AUTHENTICATE: dict[str, Any] = {
    "description": "What is wrong with the token, as RFC 6750 says it. API Gateway sends it, Carillon does not.",
    "schema": {"type": "string"},
}


def _answer(text: str, error: CarillonError | None, gateway: str | None = None, **headers: Any) -> dict[str, Any]:
    """Return the description of an error. Its examples are Carillon's error and the message of the gateway."""
    examples: dict[str, Any] = {}
    schemas: list[dict[str, str]] = []
    if error is not None:
        examples["carillon"] = {"summary": "Carillon's", "value": example_of(error)}
        schemas.append({"$ref": "#/components/schemas/ErrorBody"})
    if gateway is not None:
        examples["gateway"] = {"summary": "API Gateway's", "value": {"message": gateway}}
        schemas.append({"$ref": "#/components/schemas/GatewayError"})
    schema = schemas[0] if len(schemas) == 1 else {"anyOf": schemas}
    made: dict[str, Any] = {"description": text, "content": {JSON: {"schema": schema, "examples": examples}}}
    return made | ({"headers": {name.replace("_", "-"): value for name, value in headers.items()}} if headers else {})


def schemas() -> dict[str, Any]:
    """Return the schemas of all errors by their names."""
    body = ErrorBody.model_json_schema(ref_template="#/components/schemas/{model}", mode="serialization")
    parts: dict[str, Any] = body.pop("$defs")
    return {"ErrorBody": body, **parts, "GatewayError": GATEWAY_ERROR}


def example_of(error: CarillonError) -> dict[str, Any]:
    """Return the body with which the functions answer an error."""
    return json.loads(reply_error(error, {"requestContext": {"requestId": _REQUEST_ID}}).body or "")


RESPONSES: Mapping[str, dict[str, Any]] = {
    "InvalidJson": _answer("`invalid_json`: the body is not JSON, or not UTF-8.", InvalidJson()),
    "Unauthorized": _answer(
        "The token is missing, expired, or not for this stack: API Gateway refuses it. Or it names neither a person "
        "nor a client (`unauthorized`).",
        Unauthorized(), "Unauthorized", WWW_Authenticate=AUTHENTICATE,
    ),
    "Forbidden": _answer("`forbidden`: the token may not do that. `message` names the scope.", Forbidden()),
    "NotFound": _answer("`not_found`: there is nothing here that this token may see.", NotFound()),
    "TooLarge": _answer(
        "`too_large`: the body is larger than this route takes. API Gateway refuses a body over 10 MB.",
        BodyTooLarge("The request body has 300000 bytes. This route takes at most 262144."), "Request Entity Too Large",
    ),
    "Encoded": _answer(
        "`unsupported_encoding`: the body is compressed, or declares another character set than UTF-8.", Encoded()
    ),
    "Throttled": _answer(
        "More requests a second than the stage allows: API Gateway's answer, without `Retry-After`. Wait a second, and "
        "twice as long after each further one.",
        None, "Too Many Requests",
    ),
    "TooMany": _answer(
        "`too_many`: the person has recorded too many for themselves in this minute. Or API Gateway's own limit, whose "
        "answer has no `Retry-After`.",
        TooMany(retry_after_seconds=42), "Too Many Requests", Retry_After=RETRY_AFTER,
    ),
    "Internal": _answer(
        "`internal`: a fault of Carillon. `request_id` finds it in the log. API Gateway's, if a function crashed.",
        CarillonError(), "Internal Server Error",
    ),
    "Unavailable": _answer(
        "`unavailable`: the database or an AWS service does not answer. Repeat the request after `Retry-After` "
        "seconds. API Gateway's, if a function ran out of time.",
        Unavailable(), "Service Unavailable", Retry_After=RETRY_AFTER,
    ),
}  # fmt: skip
_INVALID = Invalid(details=[{"field": "limit", "message": "is given more than once, in one spelling or in two"}])


def add_refusals(operation: dict[str, Any]) -> None:
    """Add to an operation the errors that its kind may have. Its own descriptions stay."""
    tag = operation["tags"][0]
    named: dict[int, str] = {429: "Throttled", 500: "Internal", 503: "Unavailable"}
    if "requestBody" in operation:
        named |= {413: "TooLarge", 415: "Encoded"} | ({} if tag in OPEN else {400: "InvalidJson"})
    if tag not in OPEN:
        named |= {401: "Unauthorized", 403: "Forbidden"}
    if operation["operationId"] in _OF_ONE:
        named[404] = "NotFound"
    if operation["operationId"] == "notifications.create":
        named[429] = "TooMany"
    responses = operation["responses"]
    for status in ("204", "304"):
        responses.get(status, {}).pop("content", None)  # Powertools describes a body that they do not have
    if operation["operationId"] == "unsubscribe.show":
        del responses["422"]  # Powertools' own, for a route that refuses nothing
    for status, name in named.items():
        responses.setdefault(str(status), {"$ref": f"#/components/responses/{name}"})
    if tag != "unsubscribe":
        responses[str(int(HTTPStatus.UNPROCESSABLE_ENTITY))] = invalid()


def invalid() -> dict[str, Any]:
    """Return the description of an invalid request. Each operation has its own examples of it."""
    return _answer("`invalid`: a rule is broken, and `details` names the first 20 faults.", _INVALID)
