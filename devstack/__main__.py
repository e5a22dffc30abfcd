"""The command `python -m devstack`: start, stop, invoke a function, and read the functions' log."""

import json
import os
import signal
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path
from types import FrameType
from typing import Annotated

if sys.platform == "win32":
    sys.exit("The devstack runs on Linux and macOS. On Windows, run it inside WSL.")

import typer

from demo.app import open_page
from devstack.functionlog import function_log
from devstack.invoke import FUNCTIONS, invoke
from devstack.machine.console import complain, console
from devstack.machine.lock import holder, is_running
from devstack.machine.options import DEFAULT_PORT, DevstackError, Options
from devstack.machine.origins import WrongOrigin, choose
from devstack.stack import Devstack

app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False)


@app.callback()
def main() -> None:
    """Carillon on this machine, for development."""


STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
STOP_WITHIN_SECONDS = 60.0
CHECK_EVERY_SECONDS = 1.0
ENDED_AFTER_CHECKS = 3  # a server that a person restarts is away for a moment

StateFolder = Annotated[Path, typer.Option(envvar="CARILLON_STATE", help="The folder for all files of the devstack.")]


@app.command()
def running(state: StateFolder = Options.state) -> None:
    """Exit with 0 if a devstack is running, with 1 if none is."""
    raise typer.Exit(0 if is_running(state.resolve()) else 1)


@app.command()
def stop(
    state: StateFolder = Options.state,
    leftovers: Annotated[
        bool, typer.Option("--leftovers", help="Stop only processes of a killed devstack; fail if one runs.")
    ] = False,
) -> None:
    """Stop the devstack that runs here, and processes that a killed one left running."""
    state = state.resolve()
    try:
        _end(state, only_leftovers=leftovers)
        if state.exists():
            with Devstack(Options(state=state)) as stack:
                if stack.stop_leftovers():
                    console.print("An earlier devstack was killed. The processes that it left running are stopped.")
    except DevstackError as error:
        complain("Not stopped:", error)
        raise typer.Exit(1) from None


@app.command("invoke")
def invoke_by_hand(
    function: Annotated[str, typer.Argument(help=f"One of {', '.join(FUNCTIONS)}.")],
    event: Annotated[Path, typer.Argument(help="The file with the event, like events/http-create.json.")],
    state: StateFolder = Options.state,
) -> None:
    """Run one recorded event through a function of the running devstack."""
    try:
        answer, log = invoke(Options(state=state.resolve()), function, event)
    except DevstackError as error:
        complain("Not invoked:", error)
        raise typer.Exit(1) from None
    typer.echo(log, err=True)
    typer.echo(json.dumps(answer, indent=2))


@app.command()
def logs(
    state: StateFolder = Options.state,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Continue with new lines until Ctrl-C.")] = False,
) -> None:
    """Print the log of all functions of the running devstack. A line has the time (UTC), the function and its text."""
    try:
        for line in function_log(Options(state=state.resolve()), follow=follow):
            typer.echo(line)
    except DevstackError as error:
        complain("No logs:", error)
        raise typer.Exit(1) from None
    except (KeyboardInterrupt, BrokenPipeError):
        raise typer.Exit(0) from None


@app.command()
def up(
    state: StateFolder = Options.state,
    port: Annotated[
        int, typer.Option(envvar="CARILLON_PORT", min=1024, max=65531, help="The first of five ports in a row.")
    ] = DEFAULT_PORT,
    origins: Annotated[
        str | None,
        typer.Option(
            envvar="CARILLON_ORIGINS",
            help="The origins whose pages may call the API, separated by commas; remembered. `default` resets.",
        ),
    ] = None,
    with_parent: Annotated[bool, typer.Option("--with-parent", help="Stop when the starting process ends.")] = False,
) -> None:
    """Start everything and stay in the foreground. Ctrl-C stops it."""
    started, ready = time.monotonic(), False
    for number in STOP_SIGNALS:  # SIGINT too: a script that starts a process with & makes it ignore SIGINT
        signal.signal(number, _interrupt)
    if with_parent:
        threading.Thread(target=_stop_with, args=[os.getppid()], daemon=True).start()
    try:
        options = Options(state=state.resolve(), port=port)
        options = replace(options, origins=choose(options.origins_file, origins))
        with Devstack(options, open_page) as stack:
            try:
                stack.start()
                ready = True
                _show(stack, time.monotonic() - started)
                _stay(stack)
            except KeyboardInterrupt:
                console.print("\nStopping …")
            finally:
                # Stopping takes a few seconds. A second Ctrl-C in that time must not leave processes running.
                for number in STOP_SIGNALS:
                    signal.signal(number, signal.SIG_IGN)
        console.print("Stopped. The database is kept; `make clean` removes it.")
    except (DevstackError, WrongOrigin) as error:
        complain("The devstack stopped:" if ready else "Not started:", error)
        raise typer.Exit(1) from None


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _show(stack: Devstack, seconds: float) -> None:
    console.print(f"\n[bold]Ready[/] after {seconds:.0f} s. Ctrl-C stops it.\n")
    options = stack.options
    console.print(f"  Demo  {options.demo_url}\n  Docs  {options.docs_url}\n  API   {options.api_url}/notifications")
    for title, line in [stack.own_page(), *stack.examples()]:
        console.print(f"\n[dim]# {title}[/]")
        # Not through rich: it wraps and colours lines, and then they cannot be pasted.
        console.file.write(line + "\n")
    console.file.flush()


def _stay(stack: Devstack) -> None:
    pause, failed_checks = threading.Event(), 0
    while True:
        pause.wait(CHECK_EVERY_SECONDS)
        ended = stack.ended()
        failed_checks = failed_checks + 1 if ended else 0
        if ended and failed_checks == ENDED_AFTER_CHECKS:
            raise DevstackError(ended)


def _stop_with(parent: int) -> None:
    pause = threading.Event()
    while os.getppid() == parent:
        pause.wait(CHECK_EVERY_SECONDS)
    os.kill(os.getpid(), signal.SIGTERM)


def _end(state: Path, *, only_leftovers: bool) -> None:
    """Send SIGTERM to the devstack that has the folder, and wait until it has ended.

    With `only_leftovers`, raise DevstackError if a devstack has the folder.
    """
    pause, deadline, signalled = threading.Event(), time.monotonic() + STOP_WITHIN_SECONDS, False
    while (pid := holder(state)) is not None:
        if only_leftovers:
            raise DevstackError("a devstack runs here. Stop it first: Ctrl-C there, or `python -m devstack stop`.")
        if pid and not signalled:
            os.kill(pid, signal.SIGTERM)
            signalled = True
        if time.monotonic() > deadline:
            raise DevstackError(f"process {pid} does not end.")
        pause.wait(0.1)


if __name__ == "__main__":
    app()
