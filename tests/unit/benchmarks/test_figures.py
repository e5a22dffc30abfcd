"""The arithmetic of the benchmarks: quantiles, ratios, rounds and rates."""

import pytest

from benchmarks.figures import Comparison, Spread, quantile, ratios
from benchmarks.rounds import interleave, order


def comparison(**samples: list[float]) -> Comparison:
    return Comparison(key="section/case", group="group", case="case", unit="a second", samples=samples)


@pytest.mark.parametrize(("share", "expected"), [(0.5, 50.0), (0.95, 95.0), (0.951, 96.0), (1.0, 100.0), (0.0, 1.0)])
def test_a_quantile_is_the_smallest_sample_that_the_share_does_not_exceed(share: float, expected: float):
    assert quantile([float(each) for each in range(100, 0, -1)], share) == expected


def test_a_quantile_of_one_sample_is_that_sample():
    assert quantile([7.0], 0.95) == 7.0


def test_a_spread_has_minimum_median_and_maximum():
    assert Spread.of([3, 1, 8, 2]) == Spread(minimum=1, median=2.5, maximum=8)


def test_ratios_pair_the_samples_of_a_round():
    assert ratios([2, 9], [1, 3]) == [2, 3]


def test_ratios_of_unequal_rounds_are_refused():
    with pytest.raises(ValueError, match="shorter"):
        ratios([1, 2], [1])


def test_the_fastest_rival_counts():
    result = comparison(product=[6, 6, 6], slow=[1, 1, 1], fast=[2, 3, 4])
    result.add_ratio("product / rival", "product", "slow", "fast")
    assert result.ratios["product / rival"] == Spread(minimum=1.5, median=2, maximum=3)


def test_a_rival_that_did_not_run_is_ignored():
    result = comparison(product=[6], slow=[1])
    result.add_ratio("product / rival", "product", "slow", "absent")
    result.add_ratio("product / absent", "product", "absent")
    assert list(result.ratios) == ["product / rival"]
    assert result.ratios["product / rival"].median == 6


def test_each_round_runs_every_program_once_and_the_order_alternates():
    names = ["a", "b", "c"]
    orders = [order(names, number) for number in range(6)]
    assert orders == [
        ["a", "b", "c"],
        ["c", "b", "a"],
        ["b", "c", "a"],
        ["a", "c", "b"],
        ["c", "a", "b"],
        ["b", "a", "c"],
    ]


def test_samples_are_kept_by_program_in_the_order_of_the_rounds():
    ran: list[str] = []

    def program(name: str) -> float:
        ran.append(name)
        return float(len(ran))

    samples = interleave({"a": lambda: program("a"), "b": lambda: program("b")}, 2, "test")
    assert ran == ["a", "b", "b", "a"]
    assert samples == {"a": [1, 4], "b": [2, 3]}
