"""The command line and the operator function agree about actions, arguments and answers."""

import ast
from collections.abc import Iterator
from typing import Any, get_type_hints

import pytest
import typer.main

from carillon.models.channel import CHANNELS
from carillon.operations.actions import ACTIONS
from cli import answers
from cli.main import app
from cli.session import Session
from cli.stack import CannotReach, Target
from tests.support.paths import ROOT


def requests() -> Iterator[tuple[str, str, set[str]]]:
    """Yield the action, the model and the names of the arguments of each `session.ask` and `session.pages`."""
    for file in sorted((ROOT / "cli").rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            match node:
                case ast.Call(
                    func=ast.Attribute(value=ast.Name("session"), attr="ask" | "pages"),
                    args=[ast.Constant(str(action)), ast.Attribute(attr=model)],
                    keywords=keywords,
                ):
                    yield action, model, {keyword.arg for keyword in keywords if keyword.arg}
                case _:
                    pass


def test_every_action_has_a_command_that_reads_its_answer() -> None:
    assert {(action, model) for action, model, _ in requests()} == {
        (name, get_type_hints(action.function)["return"].__name__) for name, action in ACTIONS.items()
    }


@pytest.mark.parametrize(("action", "model", "names"), list(requests()))
def test_a_command_sends_only_arguments_that_the_action_takes(action: str, model: str, names: set[str]) -> None:
    assert names - {"repeat"} <= set(ACTIONS[action].arguments.model_fields), model


def test_an_answer_of_another_release_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    session = Session(Target(), as_json=False)

    def ask(*_: Any, **__: Any) -> Any:
        return {"pauses": [{"id": 1}]}

    monkeypatch.setattr(session.stack, "ask", ask)
    with pytest.raises(CannotReach, match="install the release that the stack runs"):
        session.ask("pauses", answers.PausesAnswer)


def test_the_option_channel_names_every_channel() -> None:
    group: Any = typer.main.get_command(app)
    groups = [group, *(command for command in group.commands.values() if hasattr(command, "commands"))]
    commands = [command for each in groups for command in each.commands.values()]
    options = [option for command in commands for option in command.params if option.name == "channel"]
    assert len(options) == 6
    for option in options:
        assert option.help.startswith(" or ".join(CHANNELS))
