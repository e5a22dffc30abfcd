"""The operator's actions by name: what functions/operator can be asked for."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ValidationError

from carillon.aws.endpoints import Endpoints
from carillon.aws.suppressions import SuppressionList
from carillon.database.connection import Database
from carillon.deliveries.dispatch import Dispatcher
from carillon.errors import CarillonError, Invalid
from carillon.operations import arguments as models
from carillon.operations import commands, keys, people, queries
from carillon.operations.queries import Asked
from carillon.problems import explain
from carillon.settings import OperatorSettings


@dataclass(frozen=True, slots=True)
class Parts:
    """What actions work with. `endpoints` and `suppressions` are made at their first use: most actions need neither."""

    settings: OperatorSettings
    database: Database
    dispatcher: Dispatcher
    endpoints: Callable[[], Endpoints]
    suppressions: Callable[[], SuppressionList]


type Action = tuple[type[models.Arguments], Callable[[Parts, Asked, Any], BaseModel]]

ACTIONS: Mapping[str, Action] = {
    "stats": (models.Nothing, lambda _, asked, arguments: queries.stats(asked, arguments)),
    "user": (models.AboutPerson, lambda _, asked, arguments: queries.user(asked, arguments)),
    "trace": (models.AboutNotification, lambda _, asked, arguments: queries.trace(asked, arguments)),
    "failed": (models.AboutFailed, lambda _, asked, arguments: queries.failed(asked, arguments)),
    "lookup": (models.Lookup, lambda _, asked, arguments: queries.lookup(asked, arguments)),
    "verify": (models.Verify, lambda _, asked, arguments: queries.verify(asked, arguments)),
    "reputation": (models.Nothing, lambda _, asked, arguments: queries.reputation(asked, arguments)),
    "log": (models.Log, lambda _, asked, arguments: queries.log(asked, arguments)),
    "retry": (models.Retry, lambda parts, asked, arguments: commands.retry(asked, parts.dispatcher, arguments)),
    "pause": (models.Pause, lambda _, asked, arguments: commands.pause(asked, arguments)),
    "resume": (models.Resume, lambda _, asked, arguments: commands.resume(asked, arguments)),
    "pauses": (models.Nothing, lambda _, asked, arguments: commands.pauses(asked, arguments)),
    "cancel": (models.Cancel, lambda _, asked, arguments: commands.cancel(asked, arguments)),
    "keys": (models.Nothing, lambda _, asked, arguments: keys.keys(asked, arguments)),
    "rotate_key": (models.Nothing, lambda _, asked, arguments: keys.rotate(asked, arguments)),
    "retire_key": (models.AboutKey, lambda _, asked, arguments: keys.retire(asked, arguments)),
    "smoke": (
        models.Smoke,
        lambda parts, asked, arguments: people.smoke(asked, parts.dispatcher, parts.endpoints(), arguments),
    ),
    "unsuppress": (
        models.AboutPerson,
        lambda parts, asked, arguments: people.unsuppress(asked, parts.suppressions, arguments),
    ),
    "export": (models.Export, lambda _, asked, arguments: people.export(asked, arguments)),
    "erase": (models.AboutPerson, lambda parts, asked, arguments: people.erase(asked, parts.endpoints(), arguments)),
}


def run(parts: Parts, event: Any) -> BaseModel:
    """Do what an event asks for, and answer it.

    Raises:
        Invalid: it asks for nothing that is known, or not as it should.
        CarillonError: what the action raises.
    """
    try:
        request = models.Request.model_validate(event)
        if request.action not in ACTIONS:
            raise Invalid(f"There is no action {request.action!r}. There are {', '.join(sorted(ACTIONS))}.")
        arguments_type, action = ACTIONS[request.action]
        arguments = arguments_type.model_validate(request.arguments)
    except ValidationError as error:
        raise Invalid(details=[explain(dict(problem)) for problem in error.errors()]) from None
    return action(parts, Asked(parts.database, parts.settings, request.operator), arguments)


def refusal(error: CarillonError) -> dict[str, Any]:
    """An error as the function answers it: with its details where the caller can mend them."""
    told: dict[str, Any] = {"code": error.code, "message": error.message}
    if error.details and isinstance(error, Invalid):
        told["details"] = error.details
    return {"error": told}
