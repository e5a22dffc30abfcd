"""The tables of the results, in Markdown."""

from collections.abc import Iterable, Sequence

from benchmarks.bars import Verdict
from benchmarks.figures import Comparison, Section, Spread


def number(value: float) -> str:
    """Return a figure with about three digits; a whole number as it is."""
    if value >= 100 or value == int(value):
        return f"{value:,.0f}"
    if value >= 10:
        return f"{value:.1f}"
    return f"{value:.2f}" if value >= 0.1 else f"{value:.2g}"


def spread(value: Spread) -> str:
    """Return `median (minimum to maximum)`."""
    return f"{number(value.median)} ({number(value.minimum)} to {number(value.maximum)})"


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Return the lines of a table: the first column is text, the others are figures."""
    rule = ["---", *["---:"] * (len(header) - 1)]
    return ["| " + " | ".join(cells) + " |" for cells in [header, rule, *rows]]


def section(result: Section) -> list[str]:
    """Return the tables of a section, and how it was measured."""
    lines: list[str] = []
    for group in dict.fromkeys(each.group for each in result.comparisons):
        comparisons = [each for each in result.comparisons if each.group == group]
        lines += [f"**{group}**, {comparisons[0].unit}", "", *_group(comparisons), ""]
    lines += [f"{note}" for note in result.notes]
    return [*lines, *([""] if result.notes else []), _measured(result)]


def verdicts(judged: Sequence[Verdict]) -> list[str]:
    """Return the table of the bars."""
    rows = [
        (
            each.bar.text,
            each.bar.target,
            "not measured" if each.measured is None else f"{number(each.measured)} {each.bar.unit}".rstrip(),
            "" if each.measured is None else "met" if each.met else "missed",
        )
        for each in judged
    ]
    return table(["figure (median)", "bar", "measured", ""], rows)


def _group(comparisons: Sequence[Comparison]) -> list[str]:
    """Return a table: a row for each case, and a column for each program and ratio.

    A single case is shown the other way round, because its programs are many.
    """
    if len(comparisons) == 1:
        [only] = comparisons
        rows = [(name, spread(only.spread(name))) for name in only.samples]
        rows += [(f"*{name}*", spread(value)) for name, value in only.ratios.items()]
        return table([only.case, "median (minimum to maximum)"], rows)
    programs = dict.fromkeys(name for each in comparisons for name in each.samples)
    ratios = dict.fromkeys(name for each in comparisons for name in each.ratios)
    rows = [
        (
            each.case,
            *(number(each.spread(name).median) if name in each.samples else "" for name in programs),
            *(spread(each.ratios[name]) if name in each.ratios else "" for name in ratios),
        )
        for each in comparisons
    ]
    return table(["", *programs, *(f"*{name}*" for name in ratios)], rows)


def _measured(result: Section) -> str:
    machine = ", ".join(f"{name} {value}" for name, value in result.machine.items())
    load = f"load {result.load['before']:g} before and {result.load['after']:g} after"
    quick = " A quick run: these are no results." if result.quick else ""
    return f"Measured {result.started[:10]}, {result.rounds} rounds, {load}. {machine}.{quick}"
