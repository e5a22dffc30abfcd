"""The bars: what each figure must reach. A run that misses one ends with an error."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from benchmarks.figures import Comparison, Results

TIMES = "\N{MULTIPLICATION SIGN}"


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar for the median of a ratio or of a program's samples.

    `keys` are the comparisons that it applies to; the worst of them counts. `of` names the ratio or the program.
    """

    text: str
    keys: Sequence[str]
    of: str
    kind: Literal["at least", "at most"]
    value: float
    unit: str = TIMES

    @property
    def target(self) -> str:
        """The bar as a condition: at least or at most a value."""
        return f"{'≥' if self.kind == 'at least' else '≤'} {self.value:g} {self.unit}".rstrip()


@dataclass(frozen=True, slots=True)
class Verdict:
    """A bar and the figure that was measured. `measured` is None if a key was not measured."""

    bar: Bar
    measured: float | None

    @property
    def met(self) -> bool:
        """True if the figure was measured and reaches the bar."""
        if self.measured is None:
            return False
        at_least = self.bar.kind == "at least"
        return self.measured >= self.bar.value if at_least else self.measured <= self.bar.value


LARGEST = "10 M / 10 k"  # only `make bench-full` measures it
FEED = [
    f"feed/p95/{people}/{query}"
    for people in ("typical", "hot")
    for query in ("first page", "page 50", "unread", "count")
]

BARS = (
    Bar(
        "create, one connection, socket: against the usual way",
        ["create/socket-1/critical"], "create / usual way", "at least", 3,
    ),
    Bar(
        "create, eight connections: against the usual way",
        ["create/socket-8/critical"], "create / usual way", "at least", 3,
    ),
    Bar(
        "create, 0.5 ms each way: against the usual way",
        ["create/network-1/critical"], "create / usual way", "at least", 6,
    ),
    Bar(
        "create, one connection, nothing routed: share of the bare prepared insert's rate",
        ["create/socket-1/nothing"], "create / bare insert", "at least", 0.4, "",
    ),
    Bar(
        "1,000 recipients with two channels each: against a loop of creates",
        ["fanout/1000"], "one request / loop of creates", "at least", 8,
    ),
    Bar("claim + finish, batch 10: against one row at a time", ["deliver"], "batch 10 / one at a time", "at least", 7),
    Bar("claim + finish, batch 100: against pgqueuer", ["deliver"], "batch 100 / pgqueuer", "at least", 1.2),
    Bar("claim + finish, batch 100: against Procrastinate", ["deliver"], "batch 100 / Procrastinate", "at least", 20),
    Bar("feed and count, p95 at 1 M rows over p95 at 10 k, typical and hot", FEED, "1 M / 10 k", "at most", 1.5),
    Bar(
        "feed and count, p95 at 10 M rows over p95 at 10 k, typical and hot",
        FEED, LARGEST, "at most", 1.5,
    ),
    Bar(
        "create while old notifications are pruned, over create alone",
        ["retention/with rests"], "beside pruning / alone", "at least", 0.95, "",
    ),
    Bar(
        # 100 million a month are 39 a second, and the reaper prunes for 20 s of each minute.
        "notifications pruned a second, beside creates, with rests",
        ["retention/pruned"], "with rests", "at least", 116, "",
    ),
    Bar(
        "import of create, deliver over bare `boto3` client + `psycopg`",
        ["coldstart/import/create", "coldstart/import/deliver"], "function / floor", "at most", 1.3,
    ),
    Bar("import of read over the same", ["coldstart/import/read"], "function / floor", "at most", 0.7),
    Bar(
        "CPU of `carillon token` until its first request over `import typer`",
        ["coldstart/command/token"], "command / floor", "at most", 4,
    ),
    Bar(
        "CPU of `carillon stats` until its first request over `import typer`",
        ["coldstart/command/stats"], "command / floor", "at most", 10,
    ),
    Bar("layer, unzipped", ["coldstart/layer"], "layer", "at most", 60, "MB"),
    Bar(
        "create to SES hand-over on the devstack, p95 at 5 a second",
        ["wholepath/handover"], "p95", "at most", 2, "s",
    ),
)  # fmt: skip


def judge(results: Results) -> list[Verdict]:
    """Return the verdict on each bar, in the order of BARS."""
    return [Verdict(bar, _worst(bar, results)) for bar in BARS]


def missed(verdicts: Sequence[Verdict], sections: Sequence[str]) -> list[Verdict]:
    """Return the bars that the sections of a run missed, without those that only `make bench-full` measures."""
    return [
        each
        for each in verdicts
        if not each.met
        and each.bar.keys[0].partition("/")[0] in sections
        and (each.measured is not None or each.bar.of != LARGEST)
    ]


def _worst(bar: Bar, results: Results) -> float | None:
    """Return the worst median of a bar's comparisons, or None if one of them is missing."""
    medians: list[float] = []
    for key in bar.keys:
        comparison = results.find(key)
        median = _median(comparison, bar.of) if comparison else None
        if median is None:
            return None
        medians.append(median)
    return min(medians) if bar.kind == "at least" else max(medians)


def _median(comparison: Comparison, of: str) -> float | None:
    if of in comparison.ratios:
        return comparison.ratios[of].median
    return comparison.spread(of).median if of in comparison.samples else None
