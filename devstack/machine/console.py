"""Progress, step by step, with times."""

import time
from collections.abc import Generator
from contextlib import contextmanager

from rich.console import Console
from rich.text import Text

console = Console(highlight=False)
errors = Console(highlight=False, stderr=True)


def complain(headline: str, error: Exception | str) -> None:
    """Say that something went wrong. What an error quotes is shown as it is, brackets and all."""
    errors.print(Text.assemble((headline, "bold red"), f" {error}"), soft_wrap=True)


@contextmanager
def step(title: str) -> Generator[None]:
    """Show that `title` is being done, and how long it took or that it failed."""
    started = time.monotonic()
    try:
        with console.status(f"{title} …"):
            yield
    except BaseException:
        console.print(f"[red]✗[/] {title} [dim]{time.monotonic() - started:.1f} s[/]")
        raise
    console.print(f"[green]✓[/] {title} [dim]{time.monotonic() - started:.1f} s[/]")
