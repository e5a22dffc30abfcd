"""The answers of the HTTP functions: they read requests, and turn every exception into an error response."""

import binascii
import json
import math
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, cast

from aws_lambda_powertools import Logger
from pydantic.alias_generators import to_snake

from carillon.api.parameters import InvalidRequest
from carillon.api.requests import USER_NAMES, identify
from carillon.api.responses import reply_error
from carillon.api.routing import Request, Response, Router
from carillon.errors import CarillonError, Invalid, InvalidJson, NotFound, Unavailable
from carillon.observe import add_metric
from carillon.problems import WHOLE, explain

logger = Logger(child=True)


def resolve(app: Router, event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Answer one HTTP API event, and count the answer by its class, as `Answered2xx`.

    Errors are `{"error": {code, message, details?}}`. Every body is read as JSON, because clients such as `curl -d`
    declare a form. A route that accepts forms reads the body itself, with `request.content_type`.
    """
    original_headers: Mapping[str, str] = event.get("headers") or {}
    headers = {name.lower(): value for name, value in original_headers.items()}
    original_query: Mapping[str, str] = event.get("queryStringParameters") or {}
    query = {to_snake(name): value for name, value in original_query.items()}  # camelCase is allowed, as in bodies
    request = Request(
        {**event, "headers": headers, "queryStringParameters": query}, context, headers.get("content-type", "")
    )
    app.begin(request)
    answer = _answer(app, request).for_gateway()
    add_metric(f"Answered{answer['statusCode'] // 100}xx", 1)
    return answer


def _answer(app: Router, request: Request) -> Response[str]:
    """Return the response of the route, or of the error that it raised."""
    try:
        return _respond(app, request)
    except InvalidRequest as error:
        return reply_error(_error_for(app, error.problems))
    except (UnicodeDecodeError, RecursionError, binascii.Error):
        return reply_error(InvalidJson())
    except CarillonError as error:
        if error.status < HTTPStatus.INTERNAL_SERVER_ERROR:
            return reply_error(error)
        logger.error(error.code, extra={"reason": error.message, "details": error.details})
        # A 5xx answer carries only the message of its class: the error's own may name internals.
        return reply_error(Unavailable() if isinstance(error, Unavailable) else CarillonError())
    except Exception as error:  # noqa: BLE001 - every request gets an answer
        # Log the type alone: the text of an exception may quote a title or an address.
        logger.error("unexpected", extra={"error": type(error).__name__, "at": _origin(error)})
        return reply_error(CarillonError())


def _respond(app: Router, request: Request) -> Response[str]:
    """Return the response of the route. Raise its errors."""
    found = app.find(request.http_method, request.path)
    if found is None:
        raise NotFound("There is no such route.")
    route, path = found
    response: Response[Any] = route.answer(request, path, _parse_json)
    if not isinstance(response.body, str):
        logger.error("answer_refused", extra={"details": [{"field": "body", "message": "must be text"}]})
        raise CarillonError
    return response


def _parse_json(text: str) -> Any:
    """Return a JSON object. A whole number with more digits than Python reads becomes infinite, as 1e999 does.

    The resolver would read only the first entry of a list, so a list is refused here.

    Raises:
        Invalid: the body is JSON, but no object.
    """
    body = json.loads(text, parse_int=_parse_int)
    if not isinstance(body, dict):
        raise Invalid(details=[{"field": WHOLE, "message": "must be a JSON object"}])
    return cast("Any", body)


def _parse_int(digits: str) -> int | float:
    try:
        return int(digits)
    except ValueError:
        return math.inf


def _error_for(app: Router, problems: Sequence[Mapping[str, Any]]) -> CarillonError:
    """Return the error for an invalid request. Missing rights come before faults of the content."""
    if any(problem["type"] == "json_invalid" for problem in problems):
        return InvalidJson()
    try:
        if any(_names_a_user(problem) for problem in problems):
            identify(app).require_producer()
    except CarillonError as refusal:
        return refusal
    return Invalid(details=[explain(problem) for problem in problems])


def _names_a_user(problem: Mapping[str, Any]) -> bool:
    """Return whether a body names a user in a field that the route does not have."""
    return problem["type"] == "extra_forbidden" and problem["loc"][-1] in USER_NAMES


def _origin(error: BaseException) -> str:
    """Return the file and line that raised an exception."""
    traceback = error.__traceback__
    while traceback and traceback.tb_next:
        traceback = traceback.tb_next
    return f"{traceback.tb_frame.f_code.co_filename}:{traceback.tb_lineno}" if traceback else ""
