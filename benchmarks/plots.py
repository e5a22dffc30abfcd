"""The plots of the results: SVG, without a library."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

from benchmarks.bars import BARS, TIMES, Bar
from benchmarks.figures import Comparison, Results, Section, Spread

WIDTH, LABELS, ROW, TOP, RIGHT = 940, 400, 24, 74, 96
STYLE = (
    ".bg{fill:#fbfaf7}.grid{stroke:#d9d6cd}.one{stroke:#3b4252;stroke-width:1.5}.range{stroke:#2b6cb0;stroke-width:5;"
    "stroke-linecap:round;opacity:.35}.dot{fill:#2b6cb0}.bar{stroke:#b7791f;stroke-width:3}text{fill:#1f2430}"
    ".s{fill:#555d6e;font-size:12px}.m{text-anchor:middle}.e{text-anchor:end}.b{font-weight:600}"
)
NOT_DRAWN = ("feed/p50/", "coldstart/memory/", "coldstart/command/")
TITLES = {
    "create": "One create: how many times the rate of the rival",
    "fanout": "One request for many people: how many times the rate of a loop of creates",
    "deliver": "Claim and finish: how many times the rate of the rival",
    "feed": "The feed: p95 with many rows over p95 with 10 thousand rows",
    "coldstart": "Import of each function over bare boto3 and psycopg",
}


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a plot: a ratio, and the value that its bar asks for."""

    label: str
    ratio: Spread
    target: float | None


def draw(results: Results) -> dict[str, str]:
    """Return the plot of each section that has ratios, by the section's name."""
    drawings: dict[str, str] = {}
    for name, title in TITLES.items():
        rows = _rows(results.sections[name]) if name in results.sections else []
        if rows:
            drawings[name] = dots(title, rows)
    return drawings


def dots(title: str, rows: Sequence[Row]) -> str:
    """Return a plot with a dot at each median, a line from the minimum to the maximum, and a mark at each bar."""
    values = [value for row in rows for value in (row.ratio.minimum, row.ratio.maximum, row.target or 1)]
    ticks = axis(min(values), max(values))
    low, high = math.log(ticks[0]), math.log(ticks[-1])
    height = TOP + ROW * len(rows) + 34

    def across(value: float) -> float:
        return round(LABELS + (math.log(value) - low) / (high - low) * (WIDTH - LABELS - RIGHT), 1)

    view = f'viewBox="0 0 {WIDTH} {height}" font-family="system-ui, sans-serif" font-size="13"'
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {view} role="img" aria-label="{escape(title)}">',
        f"<style>{STYLE}</style>",
        f'<rect class="bg" width="{WIDTH}" height="{height}" rx="10"/>',
        f'<text class="b" x="20" y="28">{escape(title)}</text>',
        '<text class="s" x="20" y="48">dot: median of the rounds; line: minimum to maximum; gold: the bar</text>',
    ]
    for tick in ticks:
        kind = "one" if tick == 1 else "grid"
        lines += [
            f'<line class="{kind}" x1="{across(tick)}" x2="{across(tick)}" y1="{TOP - 10}" y2="{height - 30}"/>',
            f'<text class="s m" x="{across(tick)}" y="{height - 12}">{tick:g} {TIMES}</text>',
        ]
    for position, row in enumerate(rows):
        lines += _draw_row(row, TOP + ROW * position + ROW // 2 - 4, across)
    return "\n".join([*lines, "</svg>", ""])


def axis(lowest: float, highest: float) -> list[float]:
    """Return ticks of a logarithmic axis, 1, 2 and 5 of each power of ten, that enclose both values and 1."""
    lowest, highest = min(lowest, 1), max(highest, 1)
    powers = range(math.floor(math.log10(lowest)) - 1, math.ceil(math.log10(highest)) + 1)
    ticks = [step * 10**power if power >= 0 else step / 10**-power for power in powers for step in (1, 2, 5)]
    first = max(tick for tick in ticks if tick <= lowest)
    last = min((tick for tick in ticks if tick >= highest and tick > first), default=ticks[-1])
    return [tick for tick in ticks if first <= tick <= last]


def _draw_row(row: Row, y: int, across: Callable[[float], float]) -> list[str]:
    ratio = row.ratio
    lines = [
        f'<text class="e" x="{LABELS - 14}" y="{y + 4}">{escape(row.label)}</text>',
        f'<line class="range" x1="{across(ratio.minimum)}" x2="{across(ratio.maximum)}" y1="{y}" y2="{y}"/>',
        f'<circle class="dot" cx="{across(ratio.median)}" cy="{y}" r="5"/>',
        f'<text class="s e" x="{WIDTH - 20}" y="{y + 4}">{ratio.median:.2f} {TIMES}</text>',
    ]
    if row.target is not None:
        x = across(row.target)
        lines.append(f'<line class="bar" x1="{x}" x2="{x}" y1="{y - 9}" y2="{y + 9}"/>')
    return lines


def _rows(section: Section) -> list[Row]:
    """Return a row for each ratio, or for the first ratio of each comparison if there are several comparisons."""
    several = len(section.comparisons) > 1
    rows: list[Row] = []
    for each in section.comparisons:
        if each.key.startswith(NOT_DRAWN):
            continue
        names = list(each.ratios)[:1] if several else list(each.ratios)
        for name in names:
            label = f"{each.group}: {each.case}" if several else name
            rows.append(Row(label, each.ratios[name], _target(each, name)))
    return rows


def _target(comparison: Comparison, ratio: str) -> float | None:
    matching: list[Bar] = [bar for bar in BARS if comparison.key in bar.keys and bar.of == ratio]
    return matching[0].value if matching else None
