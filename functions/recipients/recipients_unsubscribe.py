"""The pages behind the unsubscribe links of emails. The token of the link is the only proof of identity."""

from http import HTTPStatus
from typing import TYPE_CHECKING, Annotated, Any, cast

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Path
from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter

from carillon.api.forms import read_form
from carillon.observe import add_metric
from recipients_shared import container

if TYPE_CHECKING:
    from carillon.people.unsubscribe import Page

LinkToken = Annotated[str, Path(description="The token of a link in an email.")]
HTML_RESPONSES: dict[int, Any] = {
    status: {"description": text, "content": {"text/html": {"schema": {"type": "string"}}}}
    for status, text in (
        (200, "A page"),
        (404, "The link is incomplete, not made here, or its key was retired: a page that says so"),
        (410, "The link has expired: a page that says so"),
        (422, "The form asks for nothing that is known: a page with the buttons"),
        (503, "The database does not answer: a page that says so"),
    )
}

router = APIGatewayHttpRouter()


@router.get(
    "/unsubscribe/<token>",
    operation_id="unsubscribe.show",
    summary="Look at a link to unsubscribe",
    description="A page with the buttons that act. It changes nothing.",
    responses={status: page for status, page in HTML_RESPONSES.items() if status != HTTPStatus.UNPROCESSABLE_ENTITY},
)
def show_unsubscribe(token: LinkToken) -> Response[str]:
    # Imported here and below: tokens and templates would slow down every cold start, and few requests need them.
    from carillon.people import unsubscribe

    page = unsubscribe.show(container().database, container().settings, token, accepted_languages())
    return reply_page(page)


@router.post(
    "/unsubscribe/<token>",
    operation_id="unsubscribe.submit",
    summary="Unsubscribe",
    description="A form, URL-encoded or `multipart/form-data`: `List-Unsubscribe=One-Click` (RFC 8058) or "
    "`scope=category` switch off what the link is about, `scope=all` all email that can be switched off. "
    "`scope=category_again` and `scope=all_again` restore what was before. Anything else changes nothing.",
    responses=HTML_RESPONSES,
)
def act_unsubscribe(token: LinkToken) -> Response[str]:
    from carillon.people import unsubscribe

    event = router.current_event
    context = cast("dict[str, Any]", router.context)
    form = read_form(event.body, context["content_type"], is_base64=bool(event.is_base64_encoded))
    page = unsubscribe.submit(container().database, container().settings, token, form, accepted_languages())
    if page.unsubscribed:
        add_metric("Unsubscribed", 1)
    if page.resubscribed:
        add_metric("Resubscribed", 1)
    return reply_page(page)


def accepted_languages() -> str:
    """Return the languages that the browser asks for."""
    return router.current_event.headers.get("accept-language", "")


def reply_page(page: "Page") -> Response[str]:
    """Return an HTML response."""
    return Response(int(page.status), "text/html; charset=utf-8", page.html, headers=dict(page.headers))
