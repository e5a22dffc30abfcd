"""Checks run at the same time, each within its time, and none stops another."""

import threading
from typing import Any

import pytest

from cli.doctor.before.account import RDS_ROLE
from cli.doctor.check import Check
from cli.doctor.findings import Finding, Group
from cli.doctor.kinds import Level
from cli.doctor.plan import Database, Plan
from cli.doctor.run import run_checks
from cli.doctor.sources import NotChecked
from tests.support.doctor_sources import RecordedSources


def check(name: str, gather: Any, seconds: float = 20) -> Check[Any]:
    return Check(
        name=name, group=Group.ACCOUNT, gather=gather, judge=lambda found, _: found, ok=lambda _facts, _plan: "Well.",
        seconds=seconds,
    )  # fmt: skip


def nothing(*_: Any) -> list[Finding]:
    return []


def codes(checks: list[Check[Any]], plan: Plan | None = None) -> dict[str, list[str]]:
    outcomes = run_checks(checks, RecordedSources(), plan or Plan(), lambda: None)
    return {outcome.check.name: [finding.kind.code for finding in outcome.findings] for outcome in outcomes}


def test_a_check_that_fails_or_hangs_stops_no_other() -> None:
    never = threading.Event()

    def fail(*_: Any) -> Any:
        raise RuntimeError("a value that no one may see")

    def hang(*_: Any) -> bool:
        return never.wait(60)

    def find(*_: Any) -> list[Finding]:
        return [Finding("rds_role_missing")]

    found = codes([
        check("fails", fail),
        check("hangs", hang, seconds=0.2),
        check("finds", find),
        check("is_well", nothing),
    ])  # fmt: skip
    never.set()
    assert found == {"fails": ["check_failed"], "hangs": ["too_slow"], "finds": ["rds_role_missing"], "is_well": []}


def test_checks_run_at_the_same_time() -> None:
    both = threading.Barrier(2, timeout=10)  # a check alone would wait in vain

    def meet(*_: Any) -> Any:
        both.wait()
        return []

    assert codes([check("one", meet), check("two", meet)]) == {"one": [], "two": []}


def test_a_check_that_does_not_apply_is_absent() -> None:
    assert codes([RDS_ROLE], Plan(database=Database.EXISTING)) == {}


def test_each_end_advances_the_progress() -> None:
    ends: list[int] = []
    run_checks([check("a", nothing), check("b", nothing)], RecordedSources(), Plan(), lambda: ends.append(1))
    assert len(ends) == 2


def test_an_error_of_a_check_is_told_without_its_text() -> None:
    def fail(*_: Any) -> Any:
        raise ValueError("secret")

    [outcome] = run_checks([check("fails", fail)], RecordedSources(), Plan(), lambda: None)
    [finding] = outcome.findings
    assert outcome.level is Level.NOT_CHECKED
    assert "ValueError" in finding.what
    assert "secret" not in finding.what + finding.fix


def test_a_value_that_several_checks_need_is_asked_for_once_also_if_it_fails() -> None:
    sources = RecordedSources()
    asked: list[int] = []

    def ask() -> int:
        asked.append(1)
        raise NotChecked("no_credentials")

    for _ in range(2):
        with pytest.raises(NotChecked):
            sources.keep("value", ask)
    assert asked == [1]


def test_a_missing_fact_is_a_defect() -> None:
    with pytest.raises(KeyError):
        Finding("clock_wrong", seconds=1)
