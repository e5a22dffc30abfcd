"""Unsubscribing by a link in an email (RFC 8058): GET shows a page, and only POST changes the preferences.

The link is the only proof: there is no other token and no cookie. The page after the change has a button that undoes
it, as long as the link is valid. A person also sees the change in `GET /preferences`, and may undo it there.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import get_args

from aws_lambda_powertools import Logger

from carillon.database.connection import Database
from carillon.errors import CarillonError, LinkExpired, LinkInvalid, Unavailable
from carillon.links import tokens
from carillon.links.tokens import Link
from carillon.models.language import Language
from carillon.people import pages
from carillon.people.pages import Action, Scope
from carillon.settings.routing import RoutingSettings
from carillon.words import choose_language

logger = Logger(child=True)

_ONE_CLICK = ("list-unsubscribe", "one-click")


@dataclass(frozen=True, slots=True)
class Page:
    """An answer in HTML. The request switched off the scope `unsubscribed`, or on `resubscribed`, or neither."""

    html: str
    status: int = HTTPStatus.OK
    headers: Mapping[str, str] = field(default_factory=pages.headers)
    unsubscribed: Scope | None = None
    resubscribed: Scope | None = None


def show(database: Database, settings: RoutingSettings, token: str, accepted: str) -> Page:
    """Return the page with the buttons. It changes nothing, because mail scanners follow links too.

    `accepted` is the header Accept-Language, for a person whose language is not known.
    """
    try:
        link = _verify(database, token)
        language = _language(database, link, accepted)
    except CarillonError as error:
        return _error_page(settings, error, accepted)
    return Page(pages.ask(settings, language, link.categories))


def submit(
    database: Database, settings: RoutingSettings, token: str, form: Mapping[str, list[str]], accepted: str
) -> Page:
    """Switch off what a posted form names, or on again, and return the page that says so. Repeating is safe.

    A person without stored data gets the same answer: a link does not reveal if a person exists.
    """
    try:
        link = _verify(database, token)
        action = _action(form)
        if action is None:
            language = _language(database, link, accepted)
            html = pages.ask(settings, language, link.categories, again=True)
            return Page(html, HTTPStatus.UNPROCESSABLE_ENTITY)
        named = link.categories if action in ("category", "category_again") else ()
        again = action in ("category_again", "all_again")
        # A category may be mandatory since the email was sent. The preferences refuse a rule for it too.
        optional = tuple(name for name in named if settings.categories.mandatory_by(name, "email") is None)
        if named and not optional:
            return Page(pages.mandatory(settings, _language(database, link, accepted), named))
        statement = "people/resubscribe" if again else "people/unsubscribe"
        [row] = database.rows(statement, {"user_id": link.user_id, "categories": list(optional) or None})
    except CarillonError as error:
        return _error_page(settings, error, accepted)
    scope: Scope = "category" if optional else "all"
    language = choose_language(row["locale"], accepted)
    logger.info("resubscribed" if again else "unsubscribed", extra={"scope": scope, "known": row["known"]})
    if again:
        return Page(pages.again(settings, language, optional), resubscribed=scope)
    return Page(pages.done(settings, language, optional), unsubscribed=scope)


def _verify(database: Database, token: str) -> Link:
    row = database.row("people/get_signing_key", {"id": tokens.unverified_key_id(token)})
    if row is None:
        raise LinkInvalid
    return tokens.verify(token, row["secret"])


def _action(form: Mapping[str, list[str]]) -> Action | None:
    """Return the action of a form, from a button of the page or from a mail client; None if it names none.

    Mail clients differ in the case of the pair `List-Unsubscribe=One-Click` (RFC 8058, section 3.1), and repeat it.
    """
    if "scope" in form:
        return next((action for action in get_args(Action) if form["scope"] == [action]), None)
    asked = {value.lower() for name, values in form.items() if name.lower() == _ONE_CLICK[0] for value in values}
    return "category" if asked == {_ONE_CLICK[1]} else None


def _language(database: Database, link: Link, accepted: str) -> Language:
    row = database.row("people/get_locale", {"user_id": link.user_id})
    return choose_language(row["locale"] if row else None, accepted)


def _error_page(settings: RoutingSettings, error: CarillonError, accepted: str) -> Page:
    language = choose_language(None, accepted)
    match error:
        case LinkExpired():
            return Page(pages.failed(settings, language, "expired"), error.status)
        case LinkInvalid():
            return Page(pages.failed(settings, language, "invalid"), error.status)
        case Unavailable():
            headers = {**pages.headers(), "Retry-After": str(error.retry_after_seconds)}
            return Page(pages.failed(settings, language, "unavailable"), error.status, headers)
        case _:
            raise error
