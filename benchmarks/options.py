"""The options of a run, and the shared parts of its sections."""

from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.figures import Comparison


@dataclass(frozen=True, slots=True)
class Options:
    """The length of the measurements, and the place of the databases.

    `quick` is for a first look: its figures are no results.
    `data` is the folder for databases. In a folder in memory a commit does not wait for a disk.
    """

    quick: bool = False
    full: bool = False
    chosen_rounds: int | None = None
    data: Path | None = None

    @property
    def rounds(self) -> int:
        """The number of rounds. It is even, so that each program comes first and last equally often."""
        return self.chosen_rounds or (3 if self.quick else 6)

    @property
    def seconds(self) -> float:
        """The time that each program runs in a round, about."""
        return 0.25 if self.quick else 0.5


@dataclass
class Outcome:
    """The results of a section: comparisons, notes to print below them, and versions of its rivals."""

    comparisons: list[Comparison] = field(default_factory=list[Comparison])
    notes: list[str] = field(default_factory=list[str])
    versions: dict[str, str] = field(default_factory=dict[str, str])
