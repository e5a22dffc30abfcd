"""The random decisions about faults, and a record of each fault that was injected."""

import random
import threading
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Injected:
    """One fault. `at` is Unix time. Without a delivery id, the fault concerned all deliveries."""

    kind: str
    at: float
    delivery_id: UUID | None = None


class Injector:
    """Decides by seeded random numbers whether a fault strikes. `rates` has a probability for each kind (else 0)."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._lock = threading.Lock()
        self.rates: Mapping[str, float] = {}
        self.injected: list[Injected] = []

    def strikes(self, kind: str, delivery_id: UUID | None = None) -> bool:
        """Decide whether a fault strikes now, and record it if it does."""
        with self._lock:
            hit = self._random.random() < self.rates.get(kind, 0)
        if hit:
            self.record(kind, delivery_id)
        return hit

    def record(self, kind: str, delivery_id: UUID | None = None, at: float | None = None) -> None:
        """Record a fault that the caller has injected. `at` is Unix time, by default now."""
        with self._lock:
            self.injected.append(Injected(kind, time.time() if at is None else at, delivery_id))

    def between(self, low: float, high: float) -> float:
        """Return a random number between two limits."""
        with self._lock:
            return self._random.uniform(low, high)

    def counts(self) -> Counter[str]:
        """Return how often each kind was injected."""
        return Counter(each.kind for each in self.injected)
