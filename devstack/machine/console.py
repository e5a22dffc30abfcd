"""The output of the devstack: each step with its time in seconds, and errors."""

import time
from collections.abc import Generator
from contextlib import contextmanager

from rich.console import Console
from rich.text import Text

console = Console(highlight=False)
errors = Console(highlight=False, stderr=True)


def complain(headline: str, error: Exception | str) -> None:
    """Print an error to stderr. Its text is no markup: square brackets in it are printed as they are."""
    errors.print(Text.assemble((headline, "bold red"), f" {error}"), soft_wrap=True)


@contextmanager
def step(title: str) -> Generator[None]:
    """Show `title` while the block runs; then print how many seconds it took, or that it failed."""
    started = time.monotonic()
    try:
        with console.status(f"{title} …"):
            yield
    except BaseException:
        console.print(f"[red]✗[/] {title} [dim]{time.monotonic() - started:.1f} s[/]")
        raise
    console.print(f"[green]✓[/] {title} [dim]{time.monotonic() - started:.1f} s[/]")
