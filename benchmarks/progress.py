"""Progress on stderr: one line that is overwritten on a terminal, and one line for each step elsewhere."""

import sys
import time

_STARTED = time.monotonic()
_last = ""


def progress(text: str) -> None:
    """Show what the benchmark does now."""
    elapsed = int(time.monotonic() - _STARTED)
    line = f"[{elapsed // 60}:{elapsed % 60:02}] {text}"
    if sys.stderr.isatty():
        print(f"\r\033[K{line}", end="", file=sys.stderr, flush=True)
    else:
        _print_step(line, text)


def clear() -> None:
    """Remove the line of progress, before a result is printed."""
    if sys.stderr.isatty():
        print("\r\033[K", end="", file=sys.stderr, flush=True)


def _print_step(line: str, text: str) -> None:
    """Print the line unless it is only another round of the same step."""
    global _last  # noqa: PLW0603 (the step before)
    step = text.partition(": round ")[0]
    if step != _last:
        print(line, file=sys.stderr, flush=True)
    _last = step
