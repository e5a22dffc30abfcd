"""The arithmetic of the benchmarks, and the data that results.json holds."""

import math
import statistics
from collections.abc import Mapping, Sequence
from typing import Self

from pydantic import BaseModel


class Spread(BaseModel):
    """The minimum, median and maximum of some samples."""

    minimum: float
    median: float
    maximum: float

    @classmethod
    def of(cls, samples: Sequence[float]) -> Self:
        """Return the spread of at least one sample."""
        return cls(minimum=min(samples), median=statistics.median(samples), maximum=max(samples))


class Comparison(BaseModel):
    """Programs that ran in turn, in the same rounds, on the same machine.

    - `key` is unique in its section. A bar names it.
    - `group` is the heading of the table that shows it.
    - `case` is its row in that table.
    - `samples` has one value for each program and round.
    - `ratios` has the ratio of two programs for each round, as a spread.
    """

    key: str
    group: str
    case: str
    unit: str
    samples: dict[str, list[float]]
    ratios: dict[str, Spread] = {}

    def spread(self, program: str) -> Spread:
        """Return the spread of one program's samples."""
        return Spread.of(self.samples[program])

    def add_ratio(self, name: str, program: str, *rivals: str) -> None:
        """Store the ratio of a program to the best of its rivals: the rival with the highest median.

        Rivals that did not run are ignored. If none ran, nothing is stored.
        """
        ran = [rival for rival in rivals if rival in self.samples]
        if program in self.samples and ran:
            best = max(ran, key=lambda rival: statistics.median(self.samples[rival]))
            self.ratios[name] = Spread.of(ratios(self.samples[program], self.samples[best]))


def ratios(samples: Sequence[float], others: Sequence[float]) -> list[float]:
    """Return the ratio of two programs in each round. A round pairs two samples of the same minute."""
    return [one / other for one, other in zip(samples, others, strict=True)]


def quantile(samples: Sequence[float], share: float) -> float:
    """Return the smallest sample that at least this share of the samples does not exceed (nearest rank)."""
    return sorted(samples)[max(math.ceil(share * len(samples)), 1) - 1]


class Section(BaseModel):
    """The results of one section, with the machine and the load that they were measured with."""

    name: str
    started: str
    seconds: float
    rounds: int
    quick: bool
    machine: dict[str, str]
    load: dict[str, float]
    comparisons: list[Comparison]
    notes: list[str] = []


class Results(BaseModel):
    """The content of results.json."""

    sections: dict[str, Section] = {}

    def find(self, key: str) -> Comparison | None:
        """Return the comparison of a key `section/…`, or None if it was not measured."""
        section = self.sections.get(key.partition("/")[0])
        return next((each for each in section.comparisons if each.key == key), None) if section else None


def rates(count: int, seconds: Mapping[str, Sequence[float]]) -> dict[str, list[float]]:
    """Return rates per second, for programs that did `count` units in each round."""
    return {name: [count / each for each in taken] for name, taken in seconds.items()}
