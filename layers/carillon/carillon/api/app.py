"""What every HTTP function shares: who is asking, how errors look, how answers are written."""

import binascii
import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from types import UnionType
from typing import Any, cast
from uuid import UUID

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from aws_lambda_powertools.event_handler.openapi.exceptions import RequestValidationError
from aws_lambda_powertools.metrics import MetricUnit
from pydantic import BaseModel
from pydantic.alias_generators import to_snake

from carillon.errors import CarillonError, Forbidden, Invalid, InvalidJson, NotFound, Unavailable
from carillon.identity import Identity, read_claims
from carillon.problems import WHOLE, explain

logger = Logger(child=True)

USER_NAMES = frozenset({"user_id", "userId", "user_ids", "userIds"})


class ErrorDetail(BaseModel):
    """What is wrong with one field of a request."""

    field: str
    message: str


class ErrorInfo(BaseModel):
    """A stable code, a sentence for people, and what is wrong with which field."""

    code: str
    message: str
    details: list[ErrorDetail] | None = None


class ErrorBody(BaseModel):
    """Every error answer of Carillon. The gateway's own are `{"message"}`."""

    error: ErrorInfo


def build_app() -> APIGatewayHttpResolver:
    """A resolver that validates requests and answers every error as `{"error": {code, message, details?}}`."""
    app = APIGatewayHttpResolver(enable_validation=True, json_body_deserializer=_parse_json)

    @app.exception_handler(RequestValidationError)
    def invalid(error: RequestValidationError) -> Response[str]:
        problems = error.errors()
        if any(problem["loc"][:1] == ("response",) for problem in problems):
            logger.error("answer_refused", extra={"details": [explain(problem) for problem in problems]})
            return failure(CarillonError())  # a route's own answer is not as described: not the caller's fault
        return failure(_fault(app, problems))

    @app.exception_handler([UnicodeDecodeError, RecursionError, binascii.Error])
    def unreadable(_: Exception) -> Response[str]:
        return failure(InvalidJson())

    @app.exception_handler(CarillonError)
    def known(error: CarillonError) -> Response[str]:
        if error.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            logger.error(error.code, extra={"reason": error.message, "details": error.details})
            return failure(Unavailable() if isinstance(error, Unavailable) else CarillonError())  # never its internals
        return failure(error)

    @app.exception_handler(Exception)
    def unknown(error: Exception) -> Response[str]:
        # Only the type: an exception's words may quote a title or an address.
        logger.error("unexpected", extra={"error": type(error).__name__, "at": _where(error)})
        return failure(CarillonError())

    @app.not_found
    def no_route(_: NotFoundError) -> Response[str]:
        return failure(NotFound("There is no such route."))

    return app


def resolve(app: APIGatewayHttpResolver, event: dict[str, Any], context: Any, metrics: Metrics) -> dict[str, Any]:
    """Answer one HTTP API event, and count the answer by its class: `Answered2xx` and so on.

    Every body here is JSON, whatever the header says: `curl -d` announces a form. A route that takes forms finds the
    header as `content_type` in the context.
    """
    sent: Mapping[str, str] = event.get("headers") or {}
    headers = {name.lower(): value for name, value in sent.items()}
    app.append_context(content_type=headers.pop("content-type", ""))
    asked: Mapping[str, str] = event.get("queryStringParameters") or {}
    query = {to_snake(name): value for name, value in asked.items()}  # camelCase is taken here as in bodies
    answer = app.resolve({**event, "headers": headers, "queryStringParameters": query}, context)
    metrics.add_metric(f"Answered{answer['statusCode'] // 100}xx", MetricUnit.Count, 1)
    return answer


def identify(app: APIGatewayHttpResolver) -> Identity:
    """Who is asking, by the claims that the gateway's JWT authorizer verified.

    Raises:
        Unauthorized: the token names neither a person nor a client.
        Forbidden: the query names a user. It is never ignored: the caller would believe to act for another.
        Invalid: the same, by a producer, who names users in the body or the path.
    """
    identity = read_claims(claims_of(app))
    if not USER_NAMES.isdisjoint(app.current_event.query_string_parameters or {}):
        if identity.producer is None:
            raise Forbidden("Naming a user needs a token with the scope carillon/send.")
        raise Invalid("This route takes no user from the query.")
    return identity


def known_query_only(app: APIGatewayHttpResolver, *names: str) -> None:
    """Refuse names in the query that the route does not know, where ignoring one would do what nobody asked for.

    Raises:
        Invalid: names such as `dry-run`.
    """
    if unknown := sorted((app.current_event.query_string_parameters or {}).keys() - set(names)):
        known = ", ".join(names)
        raise Invalid(
            details=[
                {"field": name, "message": f"is not a name of this query, which knows {known}"} for name in unknown
            ]
        )


def claims_of(app: APIGatewayHttpResolver) -> Mapping[str, Any]:
    """The verified token's claims, as the gateway passes them on: every value a string."""
    context = app.current_event.raw_event.get("requestContext", {})
    return context.get("authorizer", {}).get("jwt", {}).get("claims") or {}


def for_itself(app: APIGatewayHttpResolver) -> str:
    """The user of a route where everybody sees only their own, whatever their scopes.

    Raises:
        Unauthorized: the token has no subject.
        Forbidden, Invalid: as `identify`.
    """
    return identify(app).user_id


def parse_id(text: str) -> UUID:
    """The id in a path. What is no id names no notification: 404, like an id of nobody's.

    Raises:
        NotFound: it is no id.
    """
    try:
        return UUID(text)
    except ValueError:
        raise NotFound from None


def reply(model: BaseModel, status: int = HTTPStatus.OK, headers: Mapping[str, str] | None = None) -> Response[str]:
    """A JSON answer. Written by the model itself: faster than a second validation on the way out."""
    return Response(int(status), "application/json", model.model_dump_json(), headers=dict(headers or {}))


def reply_cached(
    app: APIGatewayHttpResolver, model: BaseModel, headers: Mapping[str, str] | None = None
) -> Response[str]:
    """A JSON answer with an `ETag`, or 304 when the client has it already (RFC 9110, section 13.1.2).

    `headers` are sent with both.
    """
    body = model.model_dump_json()
    tag = f'"{hashlib.sha256(body.encode()).hexdigest()[:32]}"'
    sent = {"ETag": tag, "Cache-Control": "private, no-cache", **(headers or {})}
    known = app.current_event.headers.get("if-none-match", "")
    # The comparison is the weak one: whoever compresses an answer on the way weakens its tag.
    if any(candidate.strip().removeprefix("W/") in (tag, "*") for candidate in known.split(",")):
        return Response(int(HTTPStatus.NOT_MODIFIED), body="", headers=sent)
    return Response(int(HTTPStatus.OK), "application/json", body, headers=sent)


def failure(error: CarillonError) -> Response[str]:
    """The answer for an error."""
    details = [ErrorDetail.model_validate(detail) for detail in error.details] if error.details else None
    body = ErrorBody(error=ErrorInfo(code=error.code, message=error.message, details=details))
    retry = getattr(error, "retry_after_seconds", None)
    headers = {"Retry-After": str(retry)} if retry else None
    return Response(error.status, "application/json", body.model_dump_json(exclude_none=True), headers=headers)


def answers(*models: tuple[int, str, type[BaseModel] | UnionType | None]) -> dict[int, Any]:
    """The `responses` of a route for the OpenAPI document: (status, description, model) and the errors."""
    documented: dict[int, Any] = {
        status: {"description": text, **({"content": {"application/json": {"model": model}}} if model else {})}
        for status, text, model in models
    }
    for status in (400, 401, 403, 404, 422, 500, 503):
        description = HTTPStatus(status).phrase
        documented.setdefault(
            status, {"description": description, "content": {"application/json": {"model": ErrorBody}}}
        )
    return documented


def _parse_json(text: str) -> Any:
    """As `json.loads`, but a whole number with more digits than Python reads is infinite, as 1e999 is already.

    Every body here is an object. Of a list, the resolver would take the first entry and drop the others unheard.
    """
    body = json.loads(text, parse_int=_whole)
    if not isinstance(body, dict):
        raise Invalid(details=[{"field": WHOLE, "message": "must be a JSON object"}])
    return cast("Any", body)


def _whole(digits: str) -> int | float:
    try:
        return int(digits)
    except ValueError:
        return math.inf


def _fault(app: APIGatewayHttpResolver, problems: Sequence[Mapping[str, Any]]) -> CarillonError:
    """What is wrong with a request. Who may not ask at all, or not for another, hears that first."""
    if any(problem["type"] == "json_invalid" for problem in problems):
        return InvalidJson()
    try:
        if any(_names_a_user(problem) for problem in problems):
            identify(app).require_producer()
    except CarillonError as refusal:
        return refusal
    return Invalid(details=[explain(problem) for problem in problems])


def _names_a_user(problem: Mapping[str, Any]) -> bool:
    """Whether a body names a user where the route has none."""
    return problem["type"] == "extra_forbidden" and problem["loc"][-1] in USER_NAMES


def _where(error: BaseException) -> str:
    """File and line of an exception's origin."""
    traceback = error.__traceback__
    while traceback and traceback.tb_next:
        traceback = traceback.tb_next
    return f"{traceback.tb_frame.f_code.co_filename}:{traceback.tb_lineno}" if traceback else ""
