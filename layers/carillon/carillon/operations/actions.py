"""The entry point of the operator's actions: run the action that an event names."""

from typing import Any

from pydantic import BaseModel, ValidationError

from carillon.errors import CarillonError, Invalid
from carillon.operations import commands, keys, people, queries
from carillon.operations.arguments import Request
from carillon.operations.registry import ACTIONS, OperatorContext, Services
from carillon.problems import explain

__all__ = ["ACTIONS", "Services", "refusal", "run"]

# The modules of the actions. Importing a module registers its actions.
MODULES = (commands, keys, people, queries)


def run(services: Services, event: Any) -> BaseModel:
    """Run the action that an event names, and return its answer.

    Raises:
        Invalid: there is no such action, or the event or its arguments do not match their models.
        CarillonError: any error that the action raises.
    """
    try:
        request = Request.model_validate(event)
        if request.action not in ACTIONS:
            raise Invalid(f"There is no action {request.action!r}. There are {', '.join(sorted(ACTIONS))}.")
        action = ACTIONS[request.action]
        arguments = action.arguments.model_validate(request.arguments)
    except ValidationError as error:
        raise Invalid(details=[explain(dict(problem)) for problem in error.errors()]) from None
    return action.function(OperatorContext(**vars(services), operator=request.operator), arguments)


def refusal(error: CarillonError) -> dict[str, Any]:
    """Return the function's answer for an error. Only an Invalid carries details, which the caller can fix."""
    answer: dict[str, Any] = {"code": error.code, "message": error.message}
    if error.details and isinstance(error, Invalid):
        answer["details"] = error.details
    return {"error": answer}
