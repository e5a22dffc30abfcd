"""What all commands share: which stack, how results are shown, and what the exit code says.

Exit codes: 0 fine; 1 found something (a breach, a failure, nothing of that name); 2 wrong use, or not confirmed; 3
cannot reach.
"""

import inspect
import json
import sys
from collections.abc import Callable
from functools import cached_property
from typing import Annotated, Any, Concatenate

import typer
from rich.console import Console
from rich.progress import Progress

from cli.aws import CannotReach, Refused, Stack, Target
from cli.words import flowing

FOUND, WRONG_USE, UNREACHABLE = 1, 2, 3
_WIDTH = 160  # of what goes into a pipe or a file

_StackName = Annotated[
    str | None, typer.Option("--stack-name", envvar="CARILLON_STACK", help="The stack on AWS (carillon).")
]
_Region = Annotated[str | None, typer.Option("--region", help="Its AWS region.")]
_Profile = Annotated[str | None, typer.Option("--profile", help="The AWS profile to use.")]
_Json = Annotated[bool, typer.Option("--json", help="Print one JSON document, and nothing else.")]
_SHARED: dict[str, tuple[Any, Any]] = {
    "as_json": (_Json, False),
    "stack_name": (_StackName, None),
    "region": (_Region, None),
    "profile": (_Profile, None),
}


class Frame:
    """One run of a command: the stack that it is about, and where its result goes."""

    def __init__(self, target: Target, *, as_json: bool) -> None:
        self.stack = Stack(target)
        self.as_json = as_json

    @cached_property
    def console(self) -> Console:
        """Where people read results."""
        return Console(file=sys.stdout, highlight=False, width=None if sys.stdout.isatty() else _WIDTH)

    def ask(self, action: str, **arguments: Any) -> Any:
        """The result of one action of the operator's function; see Stack.ask."""
        return self.stack.ask(action, **arguments)

    def show(self, result: Any, *lines: object) -> None:
        """Print a result: as JSON, or the lines and tables made of it."""
        if self.as_json:
            sys.stdout.write(json.dumps(result, indent=2) + "\n")
            return
        for line in lines:
            self.console.print(line, soft_wrap=isinstance(line, str), markup=False)

    def progress(self) -> Progress:
        """A bar on stderr, for long work; none where nobody would see it."""
        console = Console(stderr=True)
        return Progress(console=console, transient=True, disable=self.as_json or not console.is_terminal)

    def found(self) -> typer.Exit:
        """What to raise when there is something to look at."""
        return typer.Exit(FOUND)

    def _fail(self, code: str, message: str, exit_code: int) -> typer.Exit:
        if self.as_json:
            sys.stdout.write(json.dumps({"error": {"code": code, "message": message}}, indent=2) + "\n")
        else:
            typer.echo(message, err=True)
        return typer.Exit(exit_code)

    def guarded(self, work: Callable[[], None]) -> None:
        """Do the work; what goes wrong becomes a message and an exit code."""
        try:
            work()
        except CannotReach as error:
            raise self._fail("cannot_reach", str(error), UNREACHABLE) from None
        except typer.BadParameter as error:
            if not self.as_json:
                raise  # with the usage
            raise self._fail("invalid", error.message, WRONG_USE) from None
        except Refused as error:
            raise self._fail(error.code, str(error), WRONG_USE if error.code == "invalid" else FOUND) from None


def command[**P](
    app: typer.Typer, name: str
) -> Callable[[Callable[Concatenate[Frame, P], None]], Callable[Concatenate[Frame, P], None]]:
    """Make a function a command: it gets a Frame, and the options that all commands have are added to its own."""

    def register(function: Callable[Concatenate[Frame, P], None]) -> Callable[Concatenate[Frame, P], None]:
        def run(**given: Any) -> None:
            shared = {option: given.pop(option) for option in _SHARED}
            frame = Frame(Target(shared["stack_name"], shared["region"], shared["profile"]), as_json=shared["as_json"])
            work: Any = function
            frame.guarded(lambda: work(frame, **given))

        own = list(inspect.signature(function, eval_str=True).parameters.values())[1:]
        added = [
            inspect.Parameter(option, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation)
            for option, (annotation, default) in _SHARED.items()
        ]
        parameters = [parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY) for parameter in own] + added
        stand_in: Any = run
        stand_in.__signature__ = inspect.Signature(parameters)
        stand_in.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
        app.command(name, help=flowing(function.__doc__))(stand_in)
        return function

    return register


def group(app: typer.Typer, name: str, words: str) -> typer.Typer:
    """A group of commands: `carillon dlq …`."""
    made = typer.Typer(no_args_is_help=True, help=words)
    app.add_typer(made, name=name)
    return made
