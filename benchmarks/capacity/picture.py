"""The picture of a run: the latencies and the answers by second, as SVG without a library."""

import math
from collections.abc import Sequence
from xml.sax.saxutils import escape

from benchmarks.capacity.figures import P99_MS, Second
from benchmarks.capacity.load import Phase
from benchmarks.plots import STYLE

WIDTH, LEFT, RIGHT, LATENCY, ANSWERS = 940, 70, 20, 180, 150
TOP, GAP = 92, 40
LOWEST_MS, HIGHEST_MS = 1, 10_000
OWN_STYLE = (
    ".p99{fill:none;stroke:#2b6cb0;stroke-width:2}.p50{fill:none;stroke:#2b6cb0;stroke-width:2;opacity:.35}"
    ".good{fill:#2f855a}.refused{fill:#b7791f}.other{fill:#c53030}.sent{fill:none;stroke:#1f2430;stroke-width:1.5}"
    ".stall{fill:#c53030;opacity:.08}.over{fill:#b7791f;opacity:.1}"
)
LEGEND = (
    "above: p50 (pale) and p99 in ms, gold: the bar; below: answers a second, green: 200, 201 or 304, gold: 503; "
    "line: emails"
)


def draw(title: str, seconds: Sequence[Second], phases: Sequence[Phase]) -> str:
    """Return the picture: above p50 and p99 with the bar, below the answers by kind and the deliveries sent."""
    height = TOP + LATENCY + GAP + ANSWERS + 40
    view = f'viewBox="0 0 {WIDTH} {height}" font-family="system-ui, sans-serif" font-size="13"'
    step = (WIDTH - LEFT - RIGHT) / len(seconds)
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {view} role="img" aria-label="{escape(title)}">',
        f"<style>{STYLE}{OWN_STYLE}</style>",
        f'<rect class="bg" width="{WIDTH}" height="{height}" rx="10"/>',
        f'<text class="b" x="20" y="28">{escape(title)}</text>',
        f'<text class="s" x="20" y="48">{escape(LEGEND)}</text>',
        *_phases(phases, step, height),
        *_latencies(seconds, step),
        *_answers(seconds, step),
    ]
    return "\n".join([*lines, "</svg>", ""])


def _phases(phases: Sequence[Phase], step: float, height: int) -> list[str]:
    """Return the names of the phases, and the shades of those in which something is wrong."""
    lines: list[str] = []
    begin, usual = 0, min(phase.rate for phase in phases)
    for phase in phases:
        x, width = LEFT + begin * step, phase.seconds * step
        shade = "stall" if phase.stalled else "over" if phase.rate > usual else None
        if shade:
            lines.append(
                f'<rect class="{shade}" x="{x:.1f}" y="{TOP}" width="{width:.1f}" height="{height - TOP - 40}"/>'
            )
        lines.append(f'<text class="s m" x="{x + width / 2:.1f}" y="{TOP - 10}">{escape(phase.name)}</text>')
        lines.append(f'<text class="s m" x="{x:.1f}" y="{height - 14}">{begin} s</text>')
        begin += phase.seconds
    return lines


def _latencies(seconds: Sequence[Second], step: float) -> list[str]:
    def up(value: float) -> float:
        share = math.log(min(max(value, LOWEST_MS), HIGHEST_MS) / LOWEST_MS) / math.log(HIGHEST_MS / LOWEST_MS)
        return round(TOP + LATENCY * (1 - share), 1)

    lines: list[str] = []
    for tick in (1, 10, 100, 1000, 10_000):
        lines.append(f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{up(tick)}" y2="{up(tick)}"/>')
        lines.append(f'<text class="s e" x="{LEFT - 8}" y="{up(tick) + 4}">{tick:,}</text>')
    lines.append(f'<line class="bar" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{up(P99_MS)}" y2="{up(P99_MS)}"/>')
    for name in ("p50", "p99"):
        # A second in which nothing was answered has no latency: the line has a gap there.
        path, pen = "", "M"
        for each in seconds:
            if not each.good:
                pen = "M"
                continue
            path += f"{pen}{LEFT + (each.at + 0.5) * step:.1f} {up(getattr(each, name))}"
            pen = "L"
        lines.append(f'<path class="{name}" d="{path}"/>')
    return lines


def _answers(seconds: Sequence[Second], step: float) -> list[str]:
    bottom = TOP + LATENCY + GAP + ANSWERS
    most = max(each.good + each.refused + each.other for each in seconds)
    lines: list[str] = []
    for share in (0, 0.5, 1):
        y = bottom - ANSWERS * share
        lines.append(f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y}" y2="{y}"/>')
        lines.append(f'<text class="s e" x="{LEFT - 8}" y="{y + 4}">{most * share:.0f}</text>')
    for each in seconds:
        y = float(bottom)
        for kind in ("good", "refused", "other"):
            tall = ANSWERS * getattr(each, kind) / most
            y -= tall
            if tall:
                x = LEFT + each.at * step
                lines.append(
                    f'<rect class="{kind}" x="{x:.1f}" y="{y:.1f}" width="{step * 0.9:.1f}" height="{tall:.1f}"/>'
                )
    points = " ".join(
        f"{LEFT + (each.at + 0.5) * step:.1f},{bottom - ANSWERS * each.sent / most:.1f}" for each in seconds
    )
    return [*lines, f'<polyline class="sent" points="{points}"/>']
