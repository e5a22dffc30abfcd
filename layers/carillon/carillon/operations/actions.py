"""The entry point of the operator's actions: run the action that an event names."""

from typing import Any, cast

from pydantic import BaseModel, ValidationError

from carillon.errors import CarillonError, Invalid
from carillon.operations import commands, diagnosis, imports, keys, people, queries
from carillon.operations.arguments import Request
from carillon.operations.registry import ACTIONS, OperatorContext, Services
from carillon.problems import MAX_DETAILS, explain, shown

__all__ = ["ACTIONS", "Services", "action_of", "refusal", "run"]

# The modules of the actions. Importing a module registers its actions.
MODULES = (commands, diagnosis, imports, keys, people, queries)


def action_of(event: object) -> str | None:
    """Return the name of the action that an event asks for; None if it names no action."""
    name: object = cast("dict[object, object]", event).get("action") if isinstance(event, dict) else None
    return name if isinstance(name, str) and name in ACTIONS else None


def run(services: Services, event: Any) -> BaseModel:
    """Run the action that an event names, and return its answer.

    Raises:
        Invalid: there is no such action, or the event or its arguments do not match their models.
        CarillonError: any error that the action raises.
    """
    try:
        request = Request.model_validate(event)
        if request.action not in ACTIONS:
            raise Invalid(f"There is no action {shown(request.action)!r}. There are {', '.join(sorted(ACTIONS))}.")
        action = ACTIONS[request.action]
        arguments = action.arguments.model_validate(request.arguments)
    except ValidationError as error:
        raise Invalid(details=_details(error)) from None
    return action.function(OperatorContext(**vars(services), operator=request.operator), arguments)


def _details(error: ValidationError) -> list[dict[str, str]]:
    """Return the first faults. Lambda answers at most 6 MB, and an event may have as many faults as it has bytes."""
    problems = error.errors(include_url=False, include_input=False)
    details = [explain(dict(problem)) for problem in problems[:MAX_DETAILS]]
    return [detail | {"field": shown(detail["field"])} for detail in details]


def refusal(error: CarillonError) -> dict[str, Any]:
    """Return the function's answer for an error. Only an Invalid carries details, which the caller can fix."""
    answer: dict[str, Any] = {"code": error.code, "message": error.message}
    if error.details and isinstance(error, Invalid):
        answer["details"] = error.details
    return {"error": answer}
