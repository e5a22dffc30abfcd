"""What goes wrong, how often, and a note of each time that it did."""

import random
import threading
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Injected:
    """One fault. `at` is Unix time; without a delivery it struck everything."""

    kind: str
    at: float
    delivery_id: UUID | None = None


class Injector:
    """Decides by a seeded dice whether a fault strikes. `rates` are probabilities by kind; what is not named is 0."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._lock = threading.Lock()
        self.rates: Mapping[str, float] = {}
        self.noted: list[Injected] = []

    def strikes(self, kind: str, delivery_id: UUID | None = None) -> bool:
        """Throw the dice for one chance, and note a hit."""
        with self._lock:
            hit = self._random.random() < self.rates.get(kind, 0)
        if hit:
            self.note(kind, delivery_id)
        return hit

    def note(self, kind: str, delivery_id: UUID | None = None, at: float | None = None) -> None:
        """Note a fault that somebody else decided on."""
        with self._lock:
            self.noted.append(Injected(kind, time.time() if at is None else at, delivery_id))

    def between(self, low: float, high: float) -> float:
        """A number that the seed decides."""
        with self._lock:
            return self._random.uniform(low, high)

    def counts(self) -> Counter[str]:
        """How often each kind struck."""
        return Counter(each.kind for each in self.noted)
