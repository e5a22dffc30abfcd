"""The objects and the parameter that several resources of functions/recipients use."""

from dataclasses import dataclass
from functools import cache
from typing import Annotated
from urllib.parse import quote, unquote

from aws_lambda_powertools.event_handler.api_gateway import BaseRouter
from aws_lambda_powertools.event_handler.openapi.params import Path
from pydantic import BeforeValidator

from carillon.api.requests import identify
from carillon.aws.hints import Hints
from carillon.database.connection import Database
from carillon.models.user_id import StoredUserId, UserId
from carillon.settings import RecipientsSettings

_PEOPLE, _EXPORTS, _PREFERENCES = "/recipients/", "/exports/", "/preferences"

# The handler encodes the path before it is routed, so the id is decoded here.
_ENCODED = (BeforeValidator(unquote), Path(description="The person, percent-encoded, also a slash: `a%2Fb`."))
PathUserId = Annotated[StoredUserId, *_ENCODED]  # to read or to delete what an older release may have stored
NewPathUserId = Annotated[UserId, *_ENCODED]


def encode_path(path: str) -> str:
    """Return the path of an event with the characters of an encoded path, which alone the resolver matches.

    The gateway has decoded the path, all but %25. So an id with a slash is all between `/recipients/` and the end, or
    `/preferences`; and all after `/exports/`.
    """
    if path.startswith(_PEOPLE):
        person, suffix = path.removeprefix(_PEOPLE), ""
        if person.endswith(_PREFERENCES):
            person, suffix = person.removesuffix(_PREFERENCES), _PREFERENCES
        return _PEOPLE + quote(person, safe="%") + suffix
    if path.startswith(_EXPORTS):
        return _EXPORTS + quote(path.removeprefix(_EXPORTS), safe="%")
    return quote(path, safe="/%")


@dataclass(frozen=True, slots=True)
class Container:
    """The objects that stay between invocations."""

    settings: RecipientsSettings
    database: Database
    hints: Hints


@cache
def container() -> Container:
    """Return the objects that stay. The first request creates them, not the import, so that tests can set variables."""
    settings = RecipientsSettings.load()
    return Container(settings, Database(settings), Hints(settings))


def require_scope(app: BaseRouter, scope: str) -> str:
    """Check that the caller may act for others with a scope of `carillon.identity`. Return its name for the log.

    Raises:
        Forbidden: the token lacks the scope.
    """
    identity = identify(app)
    identity.require(scope, container().settings.producer_scopes)
    return identity.requester
