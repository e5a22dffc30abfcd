"""The decorator that registers the operator's actions."""

import pytest

from carillon.operations.actions import ACTIONS
from carillon.operations.answers import KeysAnswer
from carillon.operations.arguments import NoArguments, RetireKeyArguments
from carillon.operations.registry import OperatorContext, action


def test_an_action_knows_the_model_of_its_arguments() -> None:
    assert ACTIONS["retire_key"].arguments is RetireKeyArguments


def test_two_actions_with_the_same_name_are_refused() -> None:
    def keys(context: OperatorContext, _: NoArguments) -> KeysAnswer:
        return KeysAnswer(keys=[])

    with pytest.raises(ValueError, match="two actions 'keys'"):
        action("keys")(keys)
