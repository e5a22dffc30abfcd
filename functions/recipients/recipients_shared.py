"""The objects and the parameter that several resources of functions/recipients use."""

from dataclasses import dataclass
from functools import cache
from typing import Annotated
from urllib.parse import unquote

from aws_lambda_powertools.event_handler.api_gateway import BaseRouter
from aws_lambda_powertools.event_handler.openapi.params import Path
from pydantic import BeforeValidator

from carillon.api.requests import identify
from carillon.database.connection import Database
from carillon.models.fields import UserId
from carillon.settings import RecipientsSettings

# The handler encodes the path before it is routed, so the id is decoded here.
PathUserId = Annotated[UserId, BeforeValidator(unquote), Path(description="The person, percent-encoded.")]


@dataclass(frozen=True, slots=True)
class Container:
    """The objects that stay between invocations."""

    settings: RecipientsSettings
    database: Database


@cache
def container() -> Container:
    """Return the objects that stay. The first request creates them, not the import, so that tests can set variables."""
    settings = RecipientsSettings.load()
    return Container(settings, Database(settings))


def require_scope(app: BaseRouter, scope: str) -> None:
    """Check that the caller may act for others with a scope of `carillon.identity`.

    Raises:
        Forbidden: the token lacks the scope.
    """
    identify(app).require(scope, container().settings.producer_scopes)
