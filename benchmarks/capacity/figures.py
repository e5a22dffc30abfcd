"""The figures of a run: by second, by phase, and the bars that it must meet."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.capacity.load import THROTTLED, Answer, Phase, Record

P99_MS = 300
BACK_WITHIN_SECONDS = 10
WINDOW_SECONDS = 5  # the service is back when this many seconds in a row are good
GOOD = (200, 201, 304)
REFUSED = 503


@dataclass(frozen=True, slots=True)
class Second:
    """The requests that arrived in one second. `p50` and `p99` are milliseconds of those that were not refused."""

    at: int
    p50: float
    p99: float
    good: int
    refused: int
    other: int
    sent: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """A bar, what was measured, and whether it was met."""

    text: str
    measured: str
    met: bool


def percentile(values: Sequence[float], percent: int) -> float:
    """Return a percentile by nearest rank, or 0 without values."""
    ranked = sorted(values)
    return ranked[max(0, -(-len(ranked) * percent // 100) - 1)] if ranked else 0.0


def milliseconds(answers: Sequence[Answer]) -> list[float]:
    """Return the latencies of the answers that were not refused."""
    return [each.seconds * 1000 for each in answers if each.status not in (REFUSED, THROTTLED)]


def by_second(record: Record, seconds: int) -> list[Second]:
    """Return the figures of each second of the run."""
    found: list[Second] = []
    for at in range(seconds):
        answers = [each for each in record.answers if at <= each.at < at + 1]
        taken = milliseconds(answers)
        statuses = [each.status for each in answers]
        good, refused = sum(each in GOOD for each in statuses), statuses.count(REFUSED) + statuses.count(THROTTLED)
        sent = sum(many for when, many in record.sends if at <= when < at + 1)
        p50 = statistics.median(taken) if taken else 0.0
        found.append(Second(at, p50, percentile(taken, 99), good, refused, len(answers) - good - refused, sent))
    return found


def back_after(record: Record, begin: int, end: int) -> int | None:
    """Return the seconds after `begin` from which WINDOW_SECONDS are good: p99 under the bar, 1 % refused at most."""
    for start in range(begin, end - WINDOW_SECONDS + 1):
        answers = [each for each in record.answers if start <= each.at < start + WINDOW_SECONDS]
        refused = sum(each.status == REFUSED for each in answers)
        if answers and refused <= 0.01 * len(answers) and percentile(milliseconds(answers), 99) < P99_MS:
            return start - begin
    return None


def of_phase(record: Record, phases: Sequence[Phase], name: str) -> tuple[list[Answer], int, int]:
    """Return the answers of a phase, with the seconds at which it begins and ends."""
    begin = 0
    for phase in phases:
        end = begin + phase.seconds
        if phase.name == name:
            return [each for each in record.answers if begin <= each.at < end], begin, end
        begin = end
    raise ValueError(name)


def judge(record: Record, phases: Sequence[Phase], lost: int) -> list[Verdict]:
    """Compare a run with its bars. `lost` is how many deliveries are neither sent nor still to be sent."""
    rated, *_ = of_phase(record, phases, "rated")
    p99 = percentile(milliseconds(rated), 99)
    refused = sum(each.status == REFUSED for each in rated)
    verdicts = [Verdict(f"p99 at the rate below {P99_MS} ms", f"{p99:.0f} ms", p99 < P99_MS)]
    verdicts.append(
        Verdict("at most 1 % refused at the rate", f"{refused} of {len(rated)}", refused <= len(rated) / 100)
    )
    others = sorted({each.status for each in record.answers} - {*GOOD, REFUSED, THROTTLED})
    verdicts.append(Verdict("only 200, 201, 304 or 503", ", ".join(map(str, others)) or "no other", not others))
    for name in ("three times the rate", "stalled"):
        _, begin, end = of_phase(record, phases, name)
        slowest = max((each.seconds for each in record.answers if begin <= each.at < end), default=0.0)
        verdicts.append(Verdict(f"{name}: each answer within 10 s", f"slowest {slowest:.1f} s", slowest < 10))
    _, begin, end = of_phase(record, phases, "three times the rate")
    sends = [when for when, _ in record.sends if begin <= when < end]
    gap = max((later - earlier for earlier, later in zip([begin, *sends], [*sends, end], strict=True)), default=99.0)
    verdicts.append(Verdict("deliveries go on in the overload", f"longest gap {gap:.1f} s", gap < 5))
    _, begin, end = of_phase(record, phases, "after the stall")
    back = back_after(record, begin, end)
    text = f"back within {BACK_WITHIN_SECONDS} s of the stall"
    verdicts.append(Verdict(text, "never" if back is None else f"{back} s", back is not None and back <= 10))
    first = min((when - begin for when, _ in record.sends if when >= begin), default=99.0)
    verdicts.append(Verdict("deliveries go on after the stall", f"first after {first:.1f} s", first < 10))
    verdicts.append(Verdict("no delivery is lost", str(lost), lost == 0))
    return verdicts
