"""Recording one notification for many people with one request."""

from collections.abc import Mapping
from typing import Any, override

from benchmarks.cases import bodies
from benchmarks.programs.create import Create


class FanOut(Create):
    """Record prepared requests with `recipients` people each. A unit of `count` is a recipient."""

    @override
    def prepare(self, work: Mapping[str, Any]) -> None:
        super().prepare(work)
        size = work["recipients"]
        requests: list[dict[str, Any]] = []
        for start in range(0, work["count"], size):
            people = [body["user_id"] for body in self.bodies[start : start + size]]
            [body] = bodies({**work, "count": 1}, 0, 1, 0)
            del body["user_id"]
            requests.append({**body, "user_ids": people})
        self.bodies = requests


def start(config: Mapping[str, Any]) -> FanOut:
    """Return the program, connected."""
    return FanOut(config)
