"""Run checks at the same time, each within its time, so that none can stop or delay another."""

import queue
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from cli.doctor.check import AnyCheck
from cli.doctor.findings import Finding, worst
from cli.doctor.kinds import Level
from cli.doctor.plan import Plan
from cli.doctor.sources import NotChecked, Sources


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of one check: its findings, or the sentence that says what holds."""

    check: AnyCheck
    findings: tuple[Finding, ...]
    ok: str = ""

    @property
    def level(self) -> Level:
        """The level of the worst finding."""
        return worst(finding.level for finding in self.findings)


def run_checks(
    checks: Sequence[AnyCheck], sources: Sources, plan: Plan, advance: Callable[[], object]
) -> list[Outcome]:
    """Run the checks that apply to a plan, and return their outcomes in the same order.

    `advance` is called after each check. A thread that does not return in time is abandoned; the process may end while
    it hangs.
    """
    chosen = [check for check in checks if check.applies(plan)]
    began = time.monotonic()
    done: queue.SimpleQueue[tuple[int, Outcome]] = queue.SimpleQueue()

    def work(number: int) -> None:
        done.put((number, run_check(chosen[number], sources, plan)))

    for number in range(len(chosen)):
        threading.Thread(target=work, args=(number,), daemon=True).start()
    outcomes: dict[int, Outcome] = {}
    while waiting := [number for number in range(len(chosen)) if number not in outcomes]:
        nearest = min(waiting, key=lambda number: chosen[number].seconds)
        left = began + chosen[nearest].seconds - time.monotonic()
        try:
            number, outcome = done.get(timeout=max(0.0, left))
        except queue.Empty:
            number = nearest
            late = Finding("too_slow", seconds=f"{chosen[number].seconds:g}")
            outcome = Outcome(chosen[number], (late,))
        if number not in outcomes:
            outcomes[number] = outcome
            advance()
    return [outcomes[number] for number in range(len(chosen))]


def run_check(check: AnyCheck, sources: Sources, plan: Plan) -> Outcome:
    """Run one check. An error of its own is an outcome too, because it must not stop the others."""
    try:
        facts = check.gather(sources, plan)
        findings = tuple(check.judge(facts, plan))
        return Outcome(check, findings, "" if findings else check.ok(facts, plan))
    except NotChecked as reason:
        return Outcome(check, (Finding(reason.code, **reason.facts),))
    except Exception as error:  # noqa: BLE001 - its text may quote an answer
        return Outcome(check, (Finding("check_failed", error=type(error).__name__),))
