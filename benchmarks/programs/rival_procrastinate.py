# pyright: reportMissingImports=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
"""Procrastinate, on psycopg: its worker, which fetches and finishes one job with one statement each.

It runs in .venv-bench, without the product's packages.
"""

import asyncio
import logging
from collections.abc import Mapping
from typing import Any

from procrastinate import App, PsycopgConnector

AT_ONCE = 1000


class Rival:
    """Process prepared jobs with the worker."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        logging.disable(logging.ERROR)
        self.runner = asyncio.Runner()
        self.config = config
        self.work: Mapping[str, Any] = {}
        self.done = 0
        self.app = App(connector=PsycopgConnector(conninfo=config["rival"], min_size=1, max_size=config["pool"]))

        self.task: Any = self.app.task(name="deliver", queue="deliveries")(self._deliver)
        self.runner.run(self._open())

    async def _deliver(self) -> None:
        self.done += 1

    async def _open(self) -> None:
        await self.app.open_async()
        if not await self.app.check_connection_async():
            await self.app.schema_manager.apply_schema_async()

    def prepare(self, work: Mapping[str, Any]) -> None:
        """Defer so many jobs."""
        self.work, self.done = work, 0
        self.runner.run(self._defer(work["count"]))

    async def _defer(self, count: int) -> None:
        for start in range(0, count, AT_ONCE):
            await self.task.batch_defer_async(*({} for _ in range(min(AT_ONCE, count - start))))

    def run(self) -> None:
        """Process all jobs."""
        self.runner.run(
            self.app.run_worker_async(
                concurrency=self.config["concurrency"],
                wait=False,
                listen_notify=False,
                delete_jobs="always",
                install_signal_handlers=False,
            )
        )
        assert self.done == self.work["count"], self.done


def start(config: Mapping[str, Any]) -> Rival:
    """Return the program, connected."""
    return Rival(config)
