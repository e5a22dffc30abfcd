"""Unsubscribing by a link in an email (RFC 8058): looking shows a page, and only posting changes anything.

The link is all the proof there is: no token, no cookie. What it switches off is a choice like any other afterwards, in
`GET /preferences` too.
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
from carillon.people.pages import Scope
from carillon.settings.groups import RoutingSettings
from carillon.words import choose_language

logger = Logger(child=True)


@dataclass(frozen=True, slots=True)
class Page:
    """An answer in HTML. `unsubscribed` is what was switched off, if anything was."""

    html: str
    status: int = HTTPStatus.OK
    headers: Mapping[str, str] = field(default_factory=pages.headers)
    unsubscribed: Scope | None = None


def show(database: Database, settings: RoutingSettings, token: str, accepted: str) -> Page:
    """The page with the buttons. Changes nothing, whoever follows the link.

    `accepted` is the header Accept-Language, for somebody whose language is not known.
    """
    try:
        link = _proven(database, token)
        spoken = _language(database, link, accepted)
    except CarillonError as error:
        return _failed(settings, error, accepted)
    return Page(pages.ask(settings, spoken, link.categories))


def act(
    database: Database, settings: RoutingSettings, token: str, form: Mapping[str, list[str]], accepted: str
) -> Page:
    """Switch off what a posted form asks for. Twice is once.

    Somebody of whom nothing is stored is answered alike: a link does not tell whether a person exists.
    """
    try:
        link = _proven(database, token)
        scope = _scope(form)
        if scope is None:
            spoken = _language(database, link, accepted)
            html = pages.ask(settings, spoken, link.categories, again=True)
            return Page(html, HTTPStatus.UNPROCESSABLE_ENTITY)
        about = link.categories if scope == "category" else ()
        # What became mandatory since is not for the person to rule: preferences would refuse such a rule, too.
        left = tuple(name for name in about if settings.categories.mandatory_by(name, "email") is None)
        if about and not left:
            return Page(pages.mandatory(settings, _language(database, link, accepted), about))
        [row] = database.rows("people/unsubscribe", {"user_id": link.user_id, "categories": list(left) or None})
    except CarillonError as error:
        return _failed(settings, error, accepted)
    scope = "category" if left else "all"
    logger.info("unsubscribed", extra={"scope": scope, "known": row["known"]})
    return Page(pages.done(settings, choose_language(row["locale"], accepted), left), unsubscribed=scope)


def _proven(database: Database, token: str) -> Link:
    row = database.row("people/get_signing_key", {"id": tokens.key_id(token)})
    if row is None:
        raise LinkInvalid
    return tokens.read(token, row["secret"])


def _scope(form: Mapping[str, list[str]]) -> Scope | None:
    """What a form asks for, by a button of the page or else by a mail client; None: nothing that is known."""
    if "scope" in form:
        return next((scope for scope in get_args(Scope) if form["scope"] == [scope]), None)
    return "category" if form.get("List-Unsubscribe") == ["One-Click"] else None


def _language(database: Database, link: Link, accepted: str) -> Language:
    row = database.row("people/get_locale", {"user_id": link.user_id})
    return choose_language(row["locale"] if row else None, accepted)


def _failed(settings: RoutingSettings, error: CarillonError, accepted: str) -> Page:
    spoken = choose_language(None, accepted)
    match error:
        case LinkExpired():
            return Page(pages.failed(settings, spoken, "expired"), error.status)
        case LinkInvalid():
            return Page(pages.failed(settings, spoken, "invalid"), error.status)
        case Unavailable():
            again = {"Retry-After": str(error.retry_after_seconds)}
            html = pages.failed(settings, spoken, "unavailable")
            return Page(html, error.status, {**pages.headers(), **again})
        case _:
            raise error
