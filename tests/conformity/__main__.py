"""`python -m tests.conformity`: compare the OpenAPI document with the functions. Exit with 1 on any problem."""

from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from tests.conformity.run import Report, run
from tests.hostile.__main__ import own_database
from tests.hostile.functions import FunctionProcess

SHOWN_PROBLEMS = 30


def main(
    examples: Annotated[int, typer.Option(help="Random requests for each operation and phase, at most.")] = 460,
    seed: Annotated[int, typer.Option(help="The seed of all random decisions.")] = 1,
) -> None:
    """Send what the OpenAPI document promises and forbids to the real functions, on a real PostgreSQL."""
    with own_database() as server, FunctionProcess(server.url("carillon", user="carillon")) as functions:
        report = run(functions, examples=examples, whole=True, seed=seed)
    show(Console(), report, seed)
    raise typer.Exit(1 if report.problems else 0)


def show(out: Console, report: Report, seed: int) -> None:
    """Print what was sent and answered, and the first problems."""
    table = Table("phase and kind", "requests", box=None)
    for kind, number in sorted(report.cases.items()):
        table.add_row(kind, f"{number:,}")
    out.print(table)
    out.print("answers:", ", ".join(f"{number:,} of {status}" for status, number in sorted(report.statuses.items())))
    out.print("checks:", ", ".join(f"{name} {number:,}" for name, number in sorted(report.checks.items())))
    out.print(f"refused by a rule that only the descriptions say: {report.in_words.total():,}")
    for rule, number in report.in_words.most_common():
        out.print(f"  {number:,} {rule}", markup=False)
    for problem in report.problems[:SHOWN_PROBLEMS]:
        out.print(problem, markup=False, highlight=False, soft_wrap=True)
    verdict = "OK" if not report.problems else "FAILED"
    figures = f"{report.requests:,} requests, {len(report.problems)} problems; seed {seed}, {report.seconds:.0f} s"
    out.print(f"{verdict}: {figures}", highlight=False)


if __name__ == "__main__":
    typer.run(main)
