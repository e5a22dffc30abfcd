"""`python -m tests.hostile`: send hostile requests, print the figures, and exit with 1 on any problem."""

import shutil
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeElapsedColumn
from rich.table import Table

from devstack.machine.postgres import THROWAWAY, Postgres
from tests.hostile.functions import FunctionProcess
from tests.hostile.run import Run, run
from tests.support.environment import bring_schema, free_port, memory_dir

SHOWN_PROBLEMS = 30


def main(
    count: Annotated[int, typer.Option("--requests", help="The number of requests.")] = 10_000,
    seed: Annotated[int, typer.Option(help="The seed of all random decisions; 0: the current time.")] = 0,
    minutes: Annotated[float, typer.Option(help="Stop after this many minutes.")] = 15,
) -> None:
    """Send hostile requests to the real functions, on a real PostgreSQL, all on this machine."""
    seed = seed or int(time.time())
    with (
        own_database() as server,
        FunctionProcess(server.url("carillon", user="carillon")) as functions,
        Progress(
            BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), console=Console(stderr=True), transient=True
        ) as bar,
    ):
        task = bar.add_task("", total=count)
        result = run(
            functions, server.url("carillon"), count=count, seed=seed, minutes=minutes,
            progress=lambda done: bar.update(task, completed=done),
        )  # fmt: skip
    report(Console(), result, seed)
    raise typer.Exit(1 if result.problems else 0)


@contextmanager
def own_database() -> Generator[Postgres]:
    """Yield a server of its own, with the schema in the database `carillon`."""
    folder = Path(tempfile.mkdtemp(prefix="carillon-hostile-", dir=memory_dir()))
    server = Postgres(folder / "postgres", port=free_port(), config=THROWAWAY | {"search_path": "carillon,public"})
    try:
        server.start()
        bring_schema(server, "carillon")
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def report(out: Console, result: Run, seed: int) -> None:
    """Print what was sent and answered, and the first problems."""
    tally = result.tally
    table = Table("kind", "requests", box=None)
    for kind, number in sorted(tally.kinds.items()):
        table.add_row(kind, f"{number:,}")
    out.print(table)
    statuses = ", ".join(f"{number:,} of {status}" for status, number in sorted(tally.answered.items()))
    out.print(f"answers: {statuses}; by the gateway {tally.by_gateway:,}")
    out.print(f"largest answer {tally.largest:,} bytes; most work {tally.slowest:.2f} s of CPU time for one request")
    out.print(f"memory: {' '.join(f'{each:.0f}' for each in result.memory)} MB; growth {result.growth:.1f} MB")
    for problem in result.problems[:SHOWN_PROBLEMS]:
        out.print(problem, markup=False, highlight=False, soft_wrap=True)
    verdict = "OK" if not result.problems else "FAILED"
    out.print(
        f"{verdict}: {tally.count:,} requests, {len(result.problems)} problems; seed {seed}, {result.seconds:.0f} s",
        highlight=False,
    )


if __name__ == "__main__":
    typer.run(main)
