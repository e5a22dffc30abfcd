"""The root of all commands: safe output, readable arguments, and the exit codes that no command of its own knows."""

import os
import sys
import traceback
from typing import Any

import typer
from typer.core import TyperGroup

from cli.formats import to_json
from cli.streams import complain, safe_output

FOUND, WRONG_USE, UNREACHABLE, NOT_WRITTEN, DEFECT, INTERRUPTED = 1, 2, 3, 4, 70, 130


class _Interrupted(Exception):
    """The operator pressed Ctrl-C."""


class Root(TyperGroup):
    """The command `carillon`. It reports what can happen in every command."""

    def main(self, *given: Any, **options: Any) -> Any:
        """Run the command that the arguments name, and exit with its code.

        The exit code is 4 if the output could not be written, whatever the command found.
        """
        arguments = options.get("args", given[0] if given else None)
        words = [_readable(word) for word in (sys.argv[1:] if arguments is None else arguments)]
        with safe_output() as output:
            code = self._run(words, options | dict(zip(("args", "prog_name"), (words, *given[1:]), strict=False)))
            sys.stdout.flush()
            if output.error is not None:
                reason = output.error.strerror or type(output.error).__name__
                complain(f"The output could not be written: {reason}. What the command did remains done.")
                code = NOT_WRITTEN
        sys.exit(code)

    def _run(self, words: list[str], options: dict[str, Any]) -> Any:
        try:
            if unreadable := next((word for word in [*words, *_from_environment()] if not _is_text(word)), None):
                return fail("invalid", f"{unreadable!r} is not valid UTF-8.", WRONG_USE, as_json="--json" in words)
            return super().main(**options)
        except SystemExit as end:
            if end.code != INTERRUPTED:
                return end.code
        except (_Interrupted, KeyboardInterrupt):
            pass
        except Exception:  # noqa: BLE001 - 1, Python's exit code for it, would mean that the command found something
            complain(traceback.format_exc() + "This is a defect of the command: please report it.")
            return DEFECT
        message = "Interrupted. You may run the command again."  # Typer exits without a word if it hears of it first
        return fail("interrupted", message, INTERRUPTED, as_json="--json" in words)

    def invoke(self, ctx: Any) -> Any:
        """Run the command. Typer would exit without a word after Ctrl-C, so `main` hears of it another way."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            raise _Interrupted from None
        except typer.Abort as abort:  # Ctrl-C at a question
            if isinstance(abort.__context__, KeyboardInterrupt):
                raise _Interrupted from None
            raise


def fail(code: str, message: str, exit_code: int, *, as_json: bool) -> int:
    """Report an error, as JSON on the standard output or as a line on the standard error. Return the exit code."""
    if as_json:
        sys.stdout.write(to_json({"error": {"code": code, "message": message}}, indent=2) + "\n")
    else:
        complain(message)
    return exit_code


def _from_environment() -> list[str]:
    """Return the values of variables that stand for options."""
    return [value for name in ("CARILLON_STACK",) if (value := os.environ.get(name)) is not None]


def _readable(word: str) -> str:
    """Return an argument as text. In the locale C, Python passes the bytes of UTF-8 as lone surrogates."""
    try:
        return word if _is_text(word) else os.fsencode(word).decode()
    except UnicodeError:
        return word


def _is_text(word: str) -> bool:
    """Return False for bytes that are not UTF-8: Python passes them as lone surrogates."""
    try:
        word.encode()
    except UnicodeEncodeError:
        return False
    return True
