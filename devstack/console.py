"""Progress, step by step, with times."""

import time
from collections.abc import Generator
from contextlib import contextmanager

from rich.console import Console

console = Console(highlight=False)


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
