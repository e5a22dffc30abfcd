"""The operator's function as the command uses it: events in, answers out; and people to ask it about."""

import json
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import operate
from carillon.settings import OperatorSettings
from tests.support.environment import FakeLambdaContext


@contextmanager
def operator_function() -> Generator[None]:
    """The function's container, on the environment of the service under test; closed at the end."""
    operate.container.cache_clear()
    operate.endpoints.cache_clear()
    yield
    if operate.container.cache_info().currsize:
        operate.container().database.close()
    operate.container.cache_clear()
    operate.endpoints.cache_clear()


def answer(action: str, **arguments: Any) -> dict[str, Any]:
    """The whole answer to one action, through JSON as Lambda passes it."""
    event = {"action": action, "operator": "tests", "arguments": arguments}
    told = operate.handler(json.loads(json.dumps(event, default=str)), FakeLambdaContext())
    return json.loads(json.dumps(told))


def ask(action: str, **arguments: Any) -> Any:
    """The result of an action that must not be refused."""
    told = answer(action, **arguments)
    assert "error" not in told, told
    return told["result"]


def settings() -> OperatorSettings:
    return OperatorSettings.load()
