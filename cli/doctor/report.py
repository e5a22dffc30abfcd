"""The report: the document that `--json` prints, and the table that a person reads.

docs/doctor.md describes the document. A field is only added, never renamed: scripts read it.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from cli.doctor.findings import Group, worst
from cli.doctor.kinds import Level
from cli.doctor.run import Outcome
from cli.streams import shown

DOCS = "docs/doctor.md"
WELL, WARNINGS, PROBLEMS = 0, 1, 2
_STYLES = {Level.OK: "green", Level.NOT_CHECKED: "dim", Level.WARNING: "yellow", Level.PROBLEM: "bold red"}

type When = Literal["before", "after"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportedFinding:
    """One finding. `docs` is its place in the documentation."""

    code: str
    level: Level
    what: str
    why: str
    fix: str
    docs: str = DOCS


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportedCheck:
    """One check. `ok` says what holds if there is no finding."""

    check: str
    group: Group
    level: Level
    ok: str | None
    findings: list[ReportedFinding] = field(default_factory=list[ReportedFinding])


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The whole document. `level` is the worst of all, and `counts` has the number of checks of each level."""

    when: When
    stack: str
    region: str | None
    at: datetime
    level: Level
    counts: dict[Level, int]
    checks: list[ReportedCheck]

    @property
    def exit_code(self) -> int:
        """0: all is well. 1: only warnings, or checks that could not be made. 2: problems."""
        return {Level.OK: WELL, Level.PROBLEM: PROBLEMS}.get(self.level, WARNINGS)


def make_report(when: When, stack: str, region: str | None, at: datetime, outcomes: Sequence[Outcome]) -> Report:
    """Return the report of a run."""
    checks = [
        ReportedCheck(
            check=outcome.check.name,
            group=outcome.check.group,
            level=outcome.level,
            ok=outcome.ok or None,
            findings=[
                ReportedFinding(
                    code=finding.kind.code,
                    level=finding.level,
                    what=finding.what,
                    why=finding.kind.why,
                    fix=finding.fix,
                )
                for finding in outcome.findings
            ],
        )
        for outcome in outcomes
    ]
    counted = Counter(check.level for check in checks)
    return Report(
        when=when, stack=stack, region=region, at=at, level=worst(check.level for check in checks),
        counts={level: counted[level] for level in Level}, checks=checks,
    )  # fmt: skip


def lines(report: Report) -> Iterator[Any]:
    """Yield what a person reads: a table for each group, and a summary."""
    yield _title(report)
    explained: set[tuple[str, str]] = set()
    for group in Group:
        if checks := [check for check in report.checks if check.group is group]:
            yield _table(group, checks, explained)
    counts = ", ".join(_count(level, count) for level, count in report.counts.items() if count)
    yield f"{len(report.checks)} checks: {counts}. {DOCS} explains each finding."


def _count(level: Level, count: int) -> str:
    plural = "s" if count > 1 and level in (Level.WARNING, Level.PROBLEM) else ""
    return f"{count} {level}{plural}"


def _title(report: Report) -> str:
    region = report.region or "an unknown region"
    if report.when == "before":
        return f"Before a deploy of {report.stack} to {region}:"
    return f"The stack {report.stack} in {region}:"


def _table(group: Group, checks: Sequence[ReportedCheck], explained: set[tuple[str, str]]) -> Any:
    """Return the table of a group: a row for each finding, and below it why it matters and what helps.

    `explained` has what other rows have said already. Without credentials, each check would repeat the same advice.
    """
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    table.add_column("", no_wrap=True, min_width=len(Level.NOT_CHECKED))
    table.add_column(str(group), no_wrap=True, min_width=18)
    table.add_column("", overflow="fold")
    for check in checks:
        name = check.check
        if check.ok:
            table.add_row(Text(check.level, _STYLES[check.level]), name, Text(shown(check.ok)))
        for finding in check.findings:
            text = Text(shown(finding.what))
            if (finding.code, finding.fix) not in explained:
                explained.add((finding.code, finding.fix))
                text.append(shown(f"\n{finding.why}"), "dim")
                text.append(shown(f"\n→ {finding.fix}"))
            table.add_row(Text(finding.level, _STYLES[finding.level]), name, text)
            name = ""
    return table
