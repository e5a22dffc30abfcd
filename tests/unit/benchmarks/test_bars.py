"""The bars: verdicts, and which of them a run misses."""

import pytest

from benchmarks.bars import BARS, LARGEST, TIMES, Bar, Verdict, judge, missed
from benchmarks.figures import Comparison, Results, Section, Spread
from benchmarks.results import SECTIONS


def results(*comparisons: Comparison) -> Results:
    sections: dict[str, Section] = {}
    for each in comparisons:
        name = each.key.partition("/")[0]
        section = Section(
            name=name, started="2026-01-01T00:00:00+00:00", seconds=1, rounds=1, quick=False, machine={},
            load={"before": 0, "after": 0}, comparisons=[],
        )  # fmt: skip
        sections.setdefault(name, section).comparisons.append(each)
    return Results(sections=sections)


def comparison(key: str, **ratios: float) -> Comparison:
    spreads = {name: Spread(minimum=value, median=value, maximum=value) for name, value in ratios.items()}
    return Comparison(key=key, group="group", case="case", unit="a second", samples={"p95": [1.5]}, ratios=spreads)


def measured(bar: Bar, value: float) -> Results:
    return results(*(comparison(key, **{bar.of: value}) for key in bar.keys))


@pytest.mark.parametrize("bar", BARS, ids=lambda bar: bar.text)
def test_a_bar_is_met_exactly_at_its_value(bar: Bar):
    worse = 0.99 if bar.kind == "at least" else 1.01
    at, below = (
        next(each for each in judge(measured(bar, bar.value * factor)) if each.bar is bar) for factor in (1, worse)
    )
    assert at.met
    assert not below.met


@pytest.mark.parametrize("bar", BARS, ids=lambda bar: bar.text)
def test_a_bar_names_a_section_that_exists(bar: Bar):
    assert {key.partition("/")[0] for key in bar.keys} <= SECTIONS.keys()


def test_the_worst_comparison_of_a_bar_counts():
    bar = next(each for each in BARS if len(each.keys) == 2 and each.kind == "at most")
    both = results(comparison(bar.keys[0], **{bar.of: 1.0}), comparison(bar.keys[1], **{bar.of: 2.0}))
    assert next(each for each in judge(both) if each.bar is bar).measured == 2


def test_a_bar_with_a_missing_comparison_is_not_measured():
    bar = next(each for each in BARS if len(each.keys) == 2)
    one = results(comparison(bar.keys[0], **{bar.of: 1.0}))
    assert next(each for each in judge(one) if each.bar is bar).measured is None


def test_a_bar_may_be_about_a_programs_own_samples():
    bar = next(each for each in BARS if each.of == "p95")
    assert next(each for each in judge(results(comparison(bar.keys[0]))) if each.bar is bar).measured == 1.5


def test_a_run_misses_what_it_did_not_reach_or_did_not_measure_in_its_sections():
    reached, unreached, unmeasured, elsewhere = (
        Verdict(Bar(name, [f"{name}/x"], "ratio", "at least", 1), value)
        for name, value in (("a", 1.0), ("b", 0.5), ("c", None), ("d", None))
    )
    assert missed([reached, unreached, unmeasured, elsewhere], ["a", "b", "c"]) == [unreached, unmeasured]


def test_the_largest_feed_counts_only_if_it_was_measured():
    bar = next(each for each in BARS if each.of == LARGEST)
    assert missed([Verdict(bar, None)], ["feed"]) == []
    assert missed([Verdict(bar, 2.0)], ["feed"]) == [Verdict(bar, 2.0)]


def test_the_target_is_a_condition_with_its_unit():
    assert Bar("x", ["x"], "x", "at least", 3).target == f"≥ 3 {TIMES}"
    assert Bar("x", ["x"], "x", "at most", 0.4, "").target == "≤ 0.4"
