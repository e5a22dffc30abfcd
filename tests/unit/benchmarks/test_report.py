"""The rendering of results: tables, plots and the page of the documentation."""

from xml.etree import ElementTree as ET

import pytest

from benchmarks import plots, report, results
from benchmarks.bars import BARS, Verdict
from benchmarks.figures import Comparison, Results, Section
from benchmarks.publish import FOLDER, PAGE, newer, render


def section(name: str, *comparisons: Comparison, quick: bool = False) -> Section:
    return Section(
        name=name, started="2026-01-02T03:04:05+00:00", seconds=1, rounds=2, quick=quick, machine={"Python": "3.13"},
        load={"before": 0.1, "after": 2.5}, comparisons=list(comparisons), notes=["A note."],
    )  # fmt: skip


def comparison(case: str, key: str = "create/x", **samples: list[float]) -> Comparison:
    result = Comparison(key=key, group="Group", case=case, unit="a second", samples=samples)
    result.add_ratio("a / b", "a", "b")
    return result


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (12345.6, "12,346"),
        (100.4, "100"),
        (99.94, "99.9"),
        (9.994, "9.99"),
        (0.1234, "0.12"),
        (0.01234, "0.012"),
        (2.0, "2"),
    ],
)
def test_a_figure_has_about_three_digits(value: float, text: str):
    assert report.number(value) == text


def test_a_table_has_a_row_for_each_case_and_a_column_for_each_program_and_ratio():
    lines = report.section(section("create", comparison("one", a=[2, 4], b=[1, 1]), comparison("two", a=[3], c=[1])))
    assert lines[:7] == [
        "**Group**, a second",
        "",
        "|  | a | b | c | *a / b* |",
        "| --- | ---: | ---: | ---: | ---: |",
        "| one | 3 | 1 |  | 3 (2 to 4) |",
        "| two | 3 |  | 1 |  |",
        "",
    ]


def test_a_single_case_has_a_row_for_each_program():
    lines = report.section(section("create", comparison("one", a=[2, 4], b=[1, 1])))
    assert "| b | 1 (1 to 1) |" in lines
    assert "| *a / b* | 3 (2 to 4) |" in lines


def test_the_machine_the_rounds_and_the_load_stand_below_the_table():
    last = report.section(section("create", comparison("one", a=[1]), quick=True))[-1]
    assert last == (
        "Measured 2026-01-02, 2 rounds, load 0.1 before and 2.5 after. Python 3.13. A quick run: these are no results."
    )


def test_the_bars_say_whether_they_are_met():
    bar = BARS[0]
    lines = report.verdicts([Verdict(bar, bar.value), Verdict(bar, bar.value - 1), Verdict(bar, None)])
    assert [line.split(" | ")[-2:] for line in lines[2:]] == [
        [f"3 {bar.unit}", "met |"], [f"2 {bar.unit}", "missed |"], ["not measured", " |"],
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("low", "high", "ticks"),
    [
        (0.4, 3, [0.2, 0.5, 1, 2, 5]),
        (1, 1, [1, 2]),
        (2, 30, [1, 2, 5, 10, 20, 50]),
        (0.05, 0.5, [0.05, 0.1, 0.2, 0.5, 1]),
    ],
)
def test_an_axis_encloses_all_values_and_one(low: float, high: float, ticks: list[float]):
    assert plots.axis(low, high) == pytest.approx(ticks)


def test_a_plot_is_well_formed_and_has_a_dot_for_each_ratio():
    measured = Results(
        sections={"create": section("create", comparison("a < b", a=[2], b=[1]), comparison("two", a=[1], b=[3]))}
    )
    root = ET.fromstring(plots.draw(measured)["create"])
    assert len(root.findall("{*}circle")) == 2


def test_the_page_gets_the_tables_between_its_marks_and_keeps_the_rest():
    page = "before\n<!-- results create -->\nold\n<!-- end -->\nbetween\n<!-- results feed -->\n<!-- end -->\nafter\n"
    rendered = render(page, Results(sections={"create": section("create", comparison("one", a=[1]))}))
    assert "old" not in rendered
    assert rendered.startswith("before\n<!-- results create -->\n\n**Group**")
    assert "between\n<!-- results feed -->\n\nNot measured yet.\n\n<!-- end -->\nafter\n" in rendered
    assert render(rendered, Results(sections={"create": section("create", comparison("one", a=[1]))})) == rendered


def test_publishing_keeps_the_sections_that_are_missing_or_older_here():
    old, new = section("create"), section("create").model_copy(update={"started": "2026-01-03T00:00:00+00:00"})
    feed = section("feed")
    assert newer(Results(sections={"create": old, "feed": feed}), Results(sections={"create": new})).sections == {
        "create": new, "feed": feed,
    }  # fmt: skip
    assert newer(Results(sections={"create": new}), Results(sections={"create": old})).sections == {"create": new}


def test_the_page_shows_the_stored_results():
    measured = results.read(FOLDER / "results.json")
    assert render(PAGE.read_text("utf-8"), measured) == PAGE.read_text("utf-8")
    for name, drawing in plots.draw(measured).items():
        assert (FOLDER / f"{name}.svg").read_text("utf-8") == drawing
