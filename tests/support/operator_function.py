"""The operator function as the command line calls it: events in, answers out."""

import json
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import operate
from carillon.settings import OperatorSettings
from tests.support.environment import FakeLambdaContext


@contextmanager
def operator_function() -> Generator[None]:
    """Run the function on the environment of the service under test, and close its connection at the end."""
    operate.container.cache_clear()
    operate.endpoints.cache_clear()
    yield
    if operate.container.cache_info().currsize:
        operate.container().database.close()
    operate.container.cache_clear()
    operate.endpoints.cache_clear()


def answer(action: str, **arguments: Any) -> dict[str, Any]:
    """Return the whole answer to one action, through JSON as Lambda passes it."""
    event = {"action": action, "operator": "tests", "arguments": arguments}
    reply = operate.handler(json.loads(json.dumps(event, default=str)), FakeLambdaContext())
    return json.loads(json.dumps(reply))


def ask(action: str, **arguments: Any) -> Any:
    """Return the result of an action that must not be refused."""
    reply = answer(action, **arguments)
    assert "error" not in reply, reply
    return reply["result"]


def settings() -> OperatorSettings:
    return OperatorSettings.load()
