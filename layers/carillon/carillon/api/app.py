"""The resolver of the HTTP functions: it reads requests, and turns every exception into an error response."""

import json
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, cast

from aws_lambda_powertools import Logger
from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from aws_lambda_powertools.event_handler.openapi.exceptions import RequestValidationError

from carillon.api.gate import admit
from carillon.api.requests import USER_NAMES, identify
from carillon.api.responses import reply_error
from carillon.errors import CarillonError, Invalid, InvalidJson, NotFound, Unavailable
from carillon.observe import add_metric
from carillon.problems import MAX_DETAILS, WHOLE, explain, shown

logger = Logger(child=True)


def build_app() -> APIGatewayHttpResolver:
    """Return a resolver that validates requests and answers errors as `{"error": {code, message, …}}`."""
    app = APIGatewayHttpResolver(enable_validation=True, json_body_deserializer=_parse_json)

    def refuse(error: CarillonError) -> Response[str]:
        return reply_error(error, app.current_event.raw_event)

    @app.exception_handler(RequestValidationError)
    def invalid(error: RequestValidationError) -> Response[str]:
        problems = error.errors()
        if any(problem["loc"][:1] == ("response",) for problem in problems):
            logger.error("answer_refused", extra={"details": [explain(each) for each in problems[:MAX_DETAILS]]})
            return refuse(CarillonError())  # the route's own answer breaks its description
        return refuse(_error_for(app, problems))

    @app.exception_handler(RecursionError)
    def too_deep(_: RecursionError) -> Response[str]:
        return refuse(InvalidJson("The request body nests objects and lists too deeply."))

    @app.exception_handler(CarillonError)
    def known(error: CarillonError) -> Response[str]:
        if error.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            logger.error(error.code, extra={"reason": error.message, "details": error.details})
            # A 5xx answer carries only the message of its class: the error's own may name internals.
            return refuse(Unavailable() if isinstance(error, Unavailable) else CarillonError())
        return refuse(error)

    @app.exception_handler(Exception)
    def unknown(error: Exception) -> Response[str]:
        # Log the type alone: the text of an exception may quote a title or an address.
        logger.error("unexpected", extra={"error": type(error).__name__, "at": _origin(error)})
        return refuse(CarillonError())

    @app.not_found
    def no_route(_: NotFoundError) -> Response[str]:
        return refuse(NotFound("There is no such route."))

    return app


def resolve(app: APIGatewayHttpResolver, event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Answer one HTTP API event, and count the answer by its class, as `Answered2xx`.

    The resolver reads every body as JSON, because clients such as `curl -d` declare a form. A route that accepts forms
    finds the header in the context, as `content_type`. HEAD is answered as GET, without the body (RFC 9110,
    section 9.3.2). An answer that names no other rule is stored by no cache.
    """
    is_head = event["requestContext"]["http"]["method"] == "HEAD"
    try:
        admitted = admit(event)
        app.append_context(content_type=admitted["headers"].pop("content-type", ""))
        answer = app.resolve(_as_get(admitted) if is_head else admitted, context)
    except CarillonError as refusal:
        answer = _written(reply_error(refusal, event))
    if is_head:
        answer["body"] = ""
    answer["headers"].setdefault("Cache-Control", "no-store")
    add_metric(f"Answered{answer['statusCode'] // 100}xx", 1)
    return answer


def _as_get(event: Mapping[str, Any]) -> dict[str, Any]:
    request: Mapping[str, Any] = event["requestContext"]
    return {**event, "requestContext": {**request, "http": {**request["http"], "method": "GET"}}}


def _written(response: Response[str]) -> dict[str, Any]:
    """Return a response in payload format 2.0, as the resolver writes its own."""
    headers: dict[str, Any] = {**response.headers, "Content-Type": response.content_type}
    return {"statusCode": response.status_code, "headers": headers, "body": response.body, "isBase64Encoded": False,
            "cookies": []}  # fmt: skip


def _parse_json(text: str) -> Any:
    """Return a JSON object. A whole number with more digits than Python reads becomes infinite, as 1e999 does.

    The resolver would read only the first entry of a list, so a list is refused here.

    Raises:
        Invalid: the body is JSON, but no object, or one of its objects has a name twice.
    """
    body = json.loads(text, parse_int=_parse_int, object_pairs_hook=_one_of_each)
    if not isinstance(body, dict):
        raise Invalid(details=[{"field": WHOLE, "message": "must be a JSON object"}])
    return cast("Any", body)


def _one_of_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return a JSON object. Parsers differ in which value of a repeated name they keep, so none is kept."""
    entries = dict(pairs)
    if len(entries) < len(pairs):
        [(repeated, _)] = Counter(name for name, _ in pairs).most_common(1)
        raise Invalid(details=[{"field": shown(repeated), "message": "is given more than once"}])
    return entries


def _parse_int(digits: str) -> int | float:
    try:
        return int(digits)
    except ValueError:
        return math.inf


def _error_for(app: APIGatewayHttpResolver, problems: Sequence[Mapping[str, Any]]) -> CarillonError:
    """Return the error for an invalid request. Missing rights come before faults of the content."""
    if any(problem["type"] == "json_invalid" for problem in problems):
        return InvalidJson()
    try:
        if any(_names_a_user(problem) for problem in problems):
            identify(app).require_any_scope()
    except CarillonError as refusal:
        return refusal
    return Invalid(details=[explain(problem) for problem in problems[:MAX_DETAILS]], count=len(problems))


def _names_a_user(problem: Mapping[str, Any]) -> bool:
    """Return whether a body names a user in a field that the route does not have."""
    return problem["type"] == "extra_forbidden" and problem["loc"][-1] in USER_NAMES


def _origin(error: BaseException) -> str:
    """Return the file and line that raised an exception."""
    traceback = error.__traceback__
    while traceback and traceback.tb_next:
        traceback = traceback.tb_next
    return f"{traceback.tb_frame.f_code.co_filename}:{traceback.tb_lineno}" if traceback else ""
