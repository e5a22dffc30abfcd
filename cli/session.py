"""The parts that all commands share: the stack, the output, the common options and the exit codes.

cli/root.py lists the exit codes, and has those that every command shares.
"""

import inspect
import sys
from collections.abc import Callable, Iterator
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Any, Concatenate

import typer

from cli.formats import paragraphs, to_json
from cli.root import FOUND, NOT_WRITTEN, UNREACHABLE, WRONG_USE, fail
from cli.stack import CannotReach, Refused, Stack, Target

if TYPE_CHECKING:
    from pydantic import BaseModel
    from rich.console import Console
    from rich.progress import Progress

    from cli.answers import CancelAnswer, ExportAnswer, RetryAnswer, UserAnswer

__all__ = ["FOUND", "UNREACHABLE", "WRONG_USE", "CannotWrite", "Session", "command", "group"]

_WIDTH = 160  # columns, if the output goes to a pipe or a file

_StackName = Annotated[
    str | None, typer.Option("--stack-name", envvar="CARILLON_STACK", help="The stack on AWS (carillon).")
]
_Region = Annotated[str | None, typer.Option("--region", help="The AWS region of the stack.")]
_Profile = Annotated[str | None, typer.Option("--profile", help="The AWS profile to use.")]
_Json = Annotated[bool, typer.Option("--json", help="Print one JSON document, and nothing else.")]
_SHARED: dict[str, tuple[Any, Any]] = {
    "as_json": (_Json, False),
    "stack_name": (_StackName, None),
    "region": (_Region, None),
    "profile": (_Profile, None),
}


class CannotWrite(Exception):
    """A file that the operator named cannot be written."""


class Session:
    """One run of a command: its stack and its output."""

    def __init__(self, target: Target, *, as_json: bool) -> None:
        self.stack = Stack(target)
        self.as_json = as_json

    @cached_property
    def console(self) -> "Console":
        """The standard output, formatted for people."""
        from rich.console import Console

        return Console(file=sys.stdout, highlight=False, width=None if sys.stdout.isatty() else _WIDTH)

    def ask[Answer: BaseModel](self, action: str, model: type[Answer], **arguments: Any) -> Answer:
        """Return the answer of one action of the operator function, validated with its model.

        Raises:
            Refused: the function answered with an error.
            CannotReach: the function did not answer, or it answered as another release does.
        """
        answer = self.stack.ask(action, **arguments)
        try:
            return model.model_validate(answer)
        except ValueError:
            raise CannotReach(
                "The answer does not match this command: install the release that the stack runs."
            ) from None

    def pages[Page: (CancelAnswer, ExportAnswer, RetryAnswer, UserAnswer)](
        self, action: str, model: type[Page], *, repeat: tuple[str, ...] = (), **arguments: Any
    ) -> Iterator[Page]:
        """Yield the pages of an action's answer; each names where the next one begins.

        The arguments named in `repeat` come from the page before.

        Raises:
            Refused, CannotReach: as `ask`.
        """
        page = self.ask(action, model, **arguments)
        yield page
        while page.next is not None:
            repeated = {name: getattr(page, name) for name in repeat}
            page = self.ask(action, model, **arguments, **repeated, after=page.next)
            yield page

    def show(self, result: Any, *lines: object) -> None:
        """Print the result as JSON if `--json` was given; else print the lines and tables made from it."""
        if self.as_json:
            sys.stdout.write(to_json(result, indent=2) + "\n")
            return
        for line in lines:
            self.console.print(line, soft_wrap=isinstance(line, str), markup=False)

    def progress(self) -> "Progress":
        """Return a progress bar on the standard error. With `--json` or without a terminal it stays invisible."""
        from rich.console import Console
        from rich.progress import Progress

        console = Console(stderr=True)
        return Progress(console=console, transient=True, disable=self.as_json or not console.is_terminal)

    def guarded(self, work: Callable[[], None]) -> None:
        """Call `work`, and turn its errors into a message and an exit code."""
        try:
            work()
        except CannotReach as error:
            raise self._fail("cannot_reach", str(error), UNREACHABLE) from None
        except typer.BadParameter as error:
            if not self.as_json:
                raise  # typer prints the message with the usage
            raise self._fail("invalid", error.message, WRONG_USE) from None
        except Refused as error:
            raise self._fail(error.code, str(error), WRONG_USE if error.code == "invalid" else FOUND) from None
        except CannotWrite as error:
            raise self._fail("cannot_write", str(error), NOT_WRITTEN) from None

    def _fail(self, code: str, message: str, exit_code: int) -> typer.Exit:
        return typer.Exit(fail(code, message, exit_code, as_json=self.as_json))


def command[**P](
    app: typer.Typer, name: str
) -> Callable[[Callable[Concatenate[Session, P], None]], Callable[Concatenate[Session, P], None]]:
    """Register a function as a command. It gets a Session, and the command gets the common options besides its own."""

    def register(function: Callable[Concatenate[Session, P], None]) -> Callable[Concatenate[Session, P], None]:
        def run(**given: Any) -> None:
            shared = {option: given.pop(option) for option in _SHARED}
            target = Target(shared["stack_name"], shared["region"], shared["profile"])
            session = Session(target, as_json=shared["as_json"])
            work: Any = function
            session.guarded(lambda: work(session, **given))

        own = list(inspect.signature(function, eval_str=True).parameters.values())[1:]
        added = [
            inspect.Parameter(option, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation)
            for option, (annotation, default) in _SHARED.items()
        ]
        parameters = [parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY) for parameter in own] + added
        stand_in: Any = run
        stand_in.__signature__ = inspect.Signature(parameters)
        stand_in.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
        app.command(name, help=paragraphs(function.__doc__))(stand_in)
        return function

    return register


def group(app: typer.Typer, name: str, text: str) -> typer.Typer:
    """Return a new group of commands, such as `carillon dlq …`, with its help text."""
    commands = typer.Typer(no_args_is_help=True, help=text)
    app.add_typer(commands, name=name)
    return commands
