"""The origins that the devstack allows: the usual ones, a choice, and the choice of an earlier start."""

from pathlib import Path

import pytest

from devstack.machine.origins import USUAL, WrongOrigin, choose, parse


def test_a_choice_is_remembered_until_the_next_one_or_the_reset(tmp_path: Path) -> None:
    file = tmp_path / "state" / "origins"
    assert choose(file, None) == USUAL
    chosen = ("http://localhost:5173", "https://app.test")
    assert choose(file, " http://localhost:5173/, https://App.test,http://localhost:5173 ") == chosen
    assert choose(file, None) == chosen
    assert choose(file, "http://[::1]:9999") == choose(file, None) == ("http://[::1]:9999",)
    assert choose(file, "default") == choose(file, None) == USUAL


def test_a_wrong_choice_keeps_the_one_before(tmp_path: Path) -> None:
    file = tmp_path / "origins"
    choose(file, "http://localhost:5173")
    with pytest.raises(WrongOrigin, match="'localhost:5173' is not an origin"):
        choose(file, "localhost:5173")
    assert choose(file, None) == ("http://localhost:5173",)


@pytest.mark.parametrize(
    "text", ["null", "*", "", " , ", "http://", "http://localhost:5173/app", "file:///index.html", "http://a b"]
)
def test_what_is_no_origin_is_refused(text: str) -> None:
    with pytest.raises(WrongOrigin):
        parse(text)


def test_the_usual_origins_are_origins() -> None:
    assert parse(",".join(USUAL)) == USUAL
