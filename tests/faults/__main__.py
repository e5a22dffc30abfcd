"""`python -m tests.faults`: run all storms, print what was injected and repaired, and exit with 1 on any problem."""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from tests.faults.accounts import Line
from tests.faults.storm import Result, StormRun
from tests.faults.storms import STORMS
from tests.faults.world import world

LAST_RUN = "<!-- last run -->"
STORM_COLUMNS = (
    "storm", "notifications", "deliveries", "emails", "sent twice, in the window", "outside it",
    "accepted, row not sent", "dead letters", "replayed", "breaches", "seconds",
)  # fmt: skip
FAULT_COLUMNS = ("fault", "injected", "repaired", "worst repair, s")


def main(
    deliveries: Annotated[int, typer.Option(help="The number of deliveries of all storms together.")] = 10_000,
    seed: Annotated[int, typer.Option(help="The seed of all random decisions; 0: the current time.")] = 0,
    minutes: Annotated[float, typer.Option(help="Start no storm after this many minutes.")] = 30,
    storm: Annotated[list[str] | None, typer.Option(help="Run only these storms.")] = None,
    page: Annotated[
        Path | None, typer.Option(help="Write the tables to this page, below its line `<!-- last run -->`.")
    ] = None,
) -> None:
    """Run storms over real workers and a real PostgreSQL, with a queue and a provider that misbehave."""
    seed = seed or int(time.time())
    out, began = Console(), time.monotonic()
    results: list[Result] = []
    problems: list[str] = []
    chosen = [each for each in STORMS if storm is None or each.name in storm]
    total_share = sum(each.share for each in chosen)
    with Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
        console=Console(stderr=True), transient=True,
    ) as bar:  # fmt: skip
        task = bar.add_task("")
        for each in chosen:
            if time.monotonic() - began > minutes * 60:
                problems.append(f"no time left for the storm {each.name!r}")
                continue
            wanted = round(deliveries * each.share / total_share)
            with world(seed, people=max(50, wanted // 4)) as storm_world:
                run = StormRun(storm_world, each, wanted, lambda text, done, total: bar.update(
                    task, description=text, completed=done, total=total
                ))  # fmt: skip
                results.append(run.run())
            problems += [f"{each.name}: {problem}" for problem in results[-1].problems]
    report(out, results)
    last = summary(results, problems, seed, time.monotonic() - began)
    if page is not None:
        kept = page.read_text().partition(LAST_RUN)[0]
        page.write_text(f"{kept}{LAST_RUN}\n\n{markdown(results)}\n`{last}`\n")
    for problem in problems[:50]:
        out.print(f"[red]{problem}", soft_wrap=True)
    out.print(last, soft_wrap=True, highlight=False)
    raise typer.Exit(1 if problems else 0)


def storm_rows(results: Sequence[Result]) -> list[tuple[str, ...]]:
    """Return a row for each storm."""
    return [
        (result.storm.name, *map(str, (
            account.notifications, account.deliveries, account.emails, account.doubled_inside,
            account.doubled_outside, account.accepted_not_sent, result.dead_letters, result.replayed,
            len(result.breaches), round(result.seconds),
        )))
        for result in results if (account := result.account)
    ]  # fmt: skip


def fault_rows(results: Sequence[Result]) -> list[tuple[str, ...]]:
    """Return a row for each kind of fault, over all storms."""
    lines: dict[str, Line] = {}
    for account in (result.account for result in results if result.account):
        for kind, line in account.lines.items():
            total = lines.setdefault(kind, Line())
            total.injected += line.injected
            total.repaired += line.repaired
            total.worst_seconds = max(total.worst_seconds, line.worst_seconds)
    return [
        (kind, str(line.injected), str(line.repaired), f"{line.worst_seconds:.1f}")
        for kind, line in sorted(lines.items())
    ]


def report(out: Console, results: Sequence[Result]) -> None:
    """Print both tables."""
    for columns, rows in ((STORM_COLUMNS, storm_rows(results)), (FAULT_COLUMNS, fault_rows(results))):
        table = Table(*columns)
        for row in rows:
            table.add_row(*row)
        out.print(table)


def markdown(results: Sequence[Result]) -> str:
    """Return both tables as Markdown."""
    text = ""
    for columns, rows in ((STORM_COLUMNS, storm_rows(results)), (FAULT_COLUMNS, fault_rows(results))):
        lines = [columns, ("---",) + ("---:",) * (len(columns) - 1), *rows]
        text += "".join(f"| {' | '.join(line)} |\n" for line in lines) + "\n"
    return text


def summary(results: Sequence[Result], problems: Sequence[str], seed: int, seconds: float) -> str:
    """Return the last line of the output."""
    accounts = [result.account for result in results if result.account]
    return (
        f"{'FAILED' if problems else 'OK'}: {sum(a.deliveries for a in accounts)} deliveries of"
        f" {sum(a.notifications for a in accounts)} notifications,"
        f" {sum(line.injected for a in accounts for line in a.lines.values())} faults of"
        f" {len({kind for a in accounts for kind in a.lines})} kinds;"
        f" sent twice in the window {sum(a.doubled_inside for a in accounts)},"
        f" outside {sum(a.doubled_outside for a in accounts)}; {len(problems)} problems; seed {seed}, {seconds:.0f} s"
    )


if __name__ == "__main__":
    typer.run(main)
