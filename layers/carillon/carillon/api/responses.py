"""Responses: JSON with or without an ETag, errors, and their description for the OpenAPI document."""

import hashlib
from collections.abc import Mapping
from http import HTTPStatus
from types import UnionType
from typing import Any
from uuid import UUID

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.api_gateway import BaseRouter
from pydantic import BaseModel, ConfigDict, Field

from carillon.errors import DOCS, CarillonError
from carillon.problems import MAX_DETAILS


class ErrorDetail(BaseModel):
    """The fault of one field of a request."""

    model_config = ConfigDict(json_schema_extra={"description": "What is wrong with one field of a request."})

    field: str
    message: str


class ErrorInfo(BaseModel):
    """A stable code, a sentence for people, and what is wrong with which field."""

    code: str
    message: str
    details: list[ErrorDetail] | None = None
    request_id: str = Field(
        description="The gateway's id of the request. The log lines of the request have it as `correlation_id`."
    )
    docs: str = Field(description="The section about the code, relative to the repository of Carillon.")
    notification_id: UUID | None = Field(
        default=None, description="With `idempotency_key_reused`: the notification that has the key."
    )


class ErrorBody(BaseModel):
    """Every error answer of Carillon. The gateway's own are `{"message"}`."""

    error: ErrorInfo


def reply(model: BaseModel, status: int = HTTPStatus.OK, headers: Mapping[str, str] | None = None) -> Response[str]:
    """Return a JSON response. The model writes it, because a second validation of the answer would be slower."""
    return Response(int(status), "application/json", model.model_dump_json(), headers=dict(headers or {}))


def reply_cached(app: BaseRouter, model: BaseModel, headers: Mapping[str, str] | None = None) -> Response[str]:
    """Return a JSON response with an `ETag`, or 304 if the client has it already (RFC 9110, section 13.1.2).

    Both carry `headers`.
    """
    body = model.model_dump_json()
    tag = f'"{hashlib.sha256(body.encode()).hexdigest()[:32]}"'
    all_headers = {"ETag": tag, **(headers or {})}
    known = app.current_event.headers.get("if-none-match", "")
    # The comparison is weak: a proxy that compresses the response makes its tag a weak one.
    if any(candidate.strip().removeprefix("W/") in (tag, "*") for candidate in known.split(",")):
        return Response(int(HTTPStatus.NOT_MODIFIED), body="", headers=all_headers)
    return Response(int(HTTPStatus.OK), "application/json", body, headers=all_headers)


def reply_error(error: CarillonError, event: Mapping[str, Any]) -> Response[str]:
    """Return the response for an error of the request in `event`, with at most MAX_DETAILS details."""
    details = [ErrorDetail.model_validate(detail) for detail in (error.details or [])[:MAX_DETAILS]] or None
    first: UUID | None = getattr(error, "notification_id", None)
    info = ErrorInfo(
        code=error.code, message=error.message, details=details, notification_id=first,
        request_id=event["requestContext"]["requestId"], docs=f"{DOCS}#{error.code}",
    )  # fmt: skip
    body = ErrorBody(error=info)
    retry = getattr(error, "retry_after_seconds", None)
    headers = {"Retry-After": str(retry)} if retry else None
    return Response(error.status, "application/json", body.model_dump_json(exclude_none=True), headers=headers)


def responses_for(*models: tuple[int, str, type[BaseModel] | UnionType | None]) -> dict[int, Any]:
    """Return a route's `responses` for the OpenAPI document: each (status, description, model).

    `functions/openapi.py` adds the errors, which follow from the kind of the route.
    """
    return {
        status: {"description": text, **({"content": {"application/json": {"model": model}}} if model else {})}
        for status, text, model in models
    }
