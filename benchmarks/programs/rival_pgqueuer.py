# pyright: reportMissingImports=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
"""pgqueuer, on asyncpg: dequeue a batch and write that its jobs succeeded, through its queries or its worker.

It runs in .venv-bench, without the product's packages.
"""

import asyncio
import logging
import uuid
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import asyncpg
from pgqueuer import PgQueuer
from pgqueuer.db import AsyncpgDriver
from pgqueuer.ports.repository import EntrypointExecutionParameter
from pgqueuer.queries import Queries
from pgqueuer.types import QueueExecutionMode

ENTRYPOINT = "deliver"
AT_ONCE = 1000


class Rival:
    """Process prepared jobs, with the queries alone or with the worker."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        logging.disable(logging.WARNING)
        self.runner = asyncio.Runner()
        self.worker: bool = config["worker"]
        self.work: Mapping[str, Any] = {}
        self.runner.run(self._connect(config["rival"]))

    async def _connect(self, address: Mapping[str, Any]) -> None:
        self.connection = await asyncpg.connect(**address)
        self.driver = AsyncpgDriver(self.connection)
        self.queries = Queries(self.driver)
        if not await self.queries.schema_is_installed():
            await self.queries.install()

    def prepare(self, work: Mapping[str, Any]) -> None:
        """Enqueue so many jobs."""
        self.work = work
        self.runner.run(self._enqueue(work["count"]))

    async def _enqueue(self, count: int) -> None:
        for start in range(0, count, AT_ONCE):
            size = min(AT_ONCE, count - start)
            await self.queries.enqueue([ENTRYPOINT] * size, [b"{}"] * size, [0] * size)

    def run(self) -> None:
        """Process all jobs."""
        done = self.runner.run(self._drain() if self.worker else self._query())
        assert done == self.work["count"], done

    async def _query(self) -> int:
        """Dequeue and log, batch by batch."""
        manager, done = uuid.uuid4(), 0
        entrypoints: Any = {ENTRYPOINT: EntrypointExecutionParameter(concurrency_limit=0)}
        while jobs := await self.queries.dequeue(self.work["batch"], entrypoints, manager, None, timedelta(seconds=30)):
            await self.queries.log_jobs([(job, "successful", None) for job in jobs])
            done += len(jobs)
        return done

    async def _drain(self) -> int:
        """Let the worker process the queue until it is empty."""
        done = 0
        queue = PgQueuer(self.driver)

        async def deliver(_job: Any) -> None:
            nonlocal done
            done += 1

        queue.entrypoint(ENTRYPOINT)(deliver)
        await queue.run(batch_size=self.work["batch"], mode=QueueExecutionMode.drain)
        return done


def start(config: Mapping[str, Any]) -> Rival:
    """Return the program, connected."""
    return Rival(config)
