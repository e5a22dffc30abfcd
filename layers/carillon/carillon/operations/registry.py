"""The registry of the operator's actions, and the context that each action gets."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, get_type_hints

from pydantic import BaseModel

from carillon.aws.endpoints import Endpoints
from carillon.aws.suppressions import SuppressionList
from carillon.database.connection import Database
from carillon.deliveries.dispatch import Dispatcher
from carillon.operations.arguments import Arguments
from carillon.settings import OperatorSettings


@dataclass(frozen=True, kw_only=True)
class Services:
    """The services that a container keeps between requests.

    `endpoints` and `suppressions` make their client at the first call, because most actions need neither.
    """

    settings: OperatorSettings
    database: Database
    dispatcher: Dispatcher
    endpoints: Callable[[], Endpoints]
    suppressions: Callable[[], SuppressionList]


@dataclass(frozen=True, kw_only=True)
class OperatorContext(Services):
    """The context of one request: the services, and the operator's name for the operators' log."""

    operator: str

    def rows(self, statement: str, **parameters: Any) -> list[dict[str, Any]]:
        """Run `statements/<statement>.sql` and return its rows.

        Every statement may also use the parameters `settings` (those of routing) and `operator`.

        Raises:
            Unavailable: the database does not answer.
            StatementFailed: the database refused the statement.
        """
        shared = {"settings": self.settings.for_all_events, "operator": self.operator}
        return self.database.rows(statement, shared | parameters)

    def row(self, statement: str, **parameters: Any) -> dict[str, Any]:
        """Run a statement that always returns a row, and return that row. It raises what `rows` raises."""
        return self.rows(statement, **parameters)[0]


@dataclass(frozen=True, slots=True)
class Action:
    """One action: the model of its arguments, and the function that answers it."""

    arguments: type[Arguments]
    function: Callable[[OperatorContext, Any], BaseModel]


ACTIONS: dict[str, Action] = {}


def action[A: Arguments, R: BaseModel](
    name: str,
) -> Callable[[Callable[[OperatorContext, A], R]], Callable[[OperatorContext, A], R]]:
    """Register a function as the action `name`, which stands in events and in the operators' log.

    The function takes an OperatorContext and its arguments. The annotation of the second parameter is the model that
    the arguments of an event must match.
    """

    def register(function: Callable[[OperatorContext, A], R]) -> Callable[[OperatorContext, A], R]:
        if name in ACTIONS:
            raise ValueError(f"There are two actions {name!r}.")
        _, arguments, _ = get_type_hints(function).values()
        ACTIONS[name] = Action(arguments, function)
        return function

    return register
