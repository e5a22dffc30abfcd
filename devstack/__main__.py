"""`python -m devstack up`: start, show, and stay until Ctrl-C."""

import json
import os
import signal
import sys
import threading
import time
from pathlib import Path
from types import FrameType
from typing import Annotated

if sys.platform == "win32":
    sys.exit("The devstack runs on Linux and macOS. On Windows, run it inside WSL.")

import typer

from devstack.console import console
from devstack.invoke import invoke
from devstack.lock import is_running
from devstack.options import DEFAULT_PORT, DevstackError, Options
from devstack.stack import Devstack

app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False)


@app.callback()
def main() -> None:
    """Carillon on this machine, for development."""


StateFolder = Annotated[Path, typer.Option(envvar="CARILLON_STATE", help="Where to keep everything.")]


@app.command()
def running(state: StateFolder = Options.state) -> None:
    """Exit with 0 when a devstack is running, with 1 when none is."""
    raise typer.Exit(0 if is_running(state.resolve()) else 1)


@app.command("invoke")
def invoke_by_hand(
    function: Annotated[str, typer.Argument(help="create, read, recipients, deliver, reaper or migrate.")],
    event: Annotated[Path, typer.Argument(help="A file with the event, like events/http-create.json.")],
    state: StateFolder = Options.state,
) -> None:
    """Run one recorded event through a function of the running devstack."""
    try:
        answer, log = invoke(Options(state=state.resolve()), function, event)
    except DevstackError as error:
        console.print(f"[bold red]Not invoked:[/] {error}", markup=True, soft_wrap=True)
        raise typer.Exit(1) from None
    typer.echo(log, err=True)
    typer.echo(json.dumps(answer, indent=2))


@app.command()
def up(
    state: StateFolder = Options.state,
    port: Annotated[
        int, typer.Option(envvar="CARILLON_PORT", min=1024, max=65531, help="The first of five ports in a row.")
    ] = DEFAULT_PORT,
    with_parent: Annotated[bool, typer.Option("--with-parent", help="Stop when the starting process ends.")] = False,
) -> None:
    """Start everything and stay in the foreground; Ctrl-C stops it."""
    started, parent = time.monotonic(), os.getppid() if with_parent else None
    signal.signal(signal.SIGTERM, _interrupt)
    signal.signal(signal.SIGHUP, _interrupt)
    try:
        with Devstack(Options(state=state.resolve(), port=port)) as stack:
            try:
                stack.start()
                _show(stack, time.monotonic() - started)
                _stay(stack, parent)
            except KeyboardInterrupt:
                console.print("\nStopping …")
            finally:
                # Stopping takes a few seconds; a second, impatient Ctrl-C must not leave half of it running.
                signal.signal(signal.SIGINT, signal.SIG_IGN)
        console.print("Stopped. The database is kept; `make clean` removes it.")
    except DevstackError as error:
        console.print(f"\n[bold red]The devstack stopped:[/] {error}", markup=True, soft_wrap=True)
        raise typer.Exit(1) from None


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _show(stack: Devstack, seconds: float) -> None:
    console.print(f"\n[bold]Ready[/] after {seconds:.0f} s. Ctrl-C stops it.\n")
    console.print(f"  Demo  {stack.options.demo_url}\n  API   {stack.options.api_url}/notifications")
    for title, line in stack.examples():
        console.print(f"\n[dim]# {title}[/]")
        # As it is: a wrapped or coloured line does not work when pasted.
        console.file.write(line + "\n")
    console.file.flush()


def _stay(stack: Devstack, parent: int | None) -> None:
    pause = threading.Event()
    while stack.alive():
        if parent is not None and os.getppid() != parent:
            raise KeyboardInterrupt
        pause.wait(1)
    raise DevstackError(f"The AWS emulator ended by itself. {stack.options.logs}/emulator.log may say why.")


if __name__ == "__main__":
    app()
