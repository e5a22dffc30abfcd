"""The operator function as the command calls it, with events and answers."""

import json
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import operate
from carillon.settings import OperatorSettings
from tests.support.environment import FakeLambdaContext


@contextmanager
def operator_function() -> Generator[None]:
    """Start a container of the function in the environment of the service, and close it at the end."""
    operate.parts.cache_clear()
    operate.endpoints.cache_clear()
    yield
    if operate.parts.cache_info().currsize:
        operate.parts().database.close()
    operate.parts.cache_clear()
    operate.endpoints.cache_clear()


def answer(action: str, **arguments: Any) -> dict[str, Any]:
    """Return the whole answer to one action, converted to JSON and back as Lambda does."""
    event = {"action": action, "operator": "tests", "arguments": arguments}
    reply = operate.handler(json.loads(json.dumps(event, default=str)), FakeLambdaContext())
    return json.loads(json.dumps(reply))


def ask(action: str, **arguments: Any) -> Any:
    """Return the result of an action. An error fails the test."""
    reply = answer(action, **arguments)
    assert "error" not in reply, reply
    return reply["result"]


def settings() -> OperatorSettings:
    return OperatorSettings.load()
