"""The reaper's steps: bounded, in batches, safe to overlap with themselves and to die in the middle."""

import time
from collections.abc import Callable
from typing import Any

from aws_lambda_powertools import Logger

from carillon.aws.clients import Connections, client
from carillon.aws.endpoints import TIMEOUT_SECONDS, Endpoints
from carillon.database.connection import Database
from carillon.deliveries import maintenance
from carillon.deliveries.dispatch import Dispatcher
from carillon.errors import CarillonError
from carillon.feedback import record
from carillon.models.delivery import Dispatch
from carillon.people import devices
from carillon.settings import ReaperSettings

logger = Logger(child=True)

SNS_SECONDS = 15.0  # of a run for devices that fell silent: the next one goes on


class Reaper:
    """Repairs what died in the middle, dispatches what is due, deletes what is old, and measures."""

    def __init__(
        self,
        settings: ReaperSettings,
        database: Database,
        dispatcher: Dispatcher,
        sqs: Any | None = None,
        sns: Any | None = None,
    ) -> None:
        self._settings = settings
        self._database = database
        self._dispatcher = dispatcher
        self._sqs = Connections(sqs) if sqs else None  # else made at first use: importing botocore is slow
        self._sns = sns  # the same, and most runs have no use for it
        self._endpoints: Endpoints | None = None
        self._sns_until = 0.0

    def run(self, deadline: float) -> dict[str, float]:
        """Run every step before `deadline` (`time.monotonic()` seconds) and return what to publish.

        A step that fails is logged, counted in `failed_steps`, and does not keep the others from running.
        """
        metrics: dict[str, float] = {"failed_steps": 0}

        def repeated(name: str, step: Callable[[], int]) -> Callable[[], dict[str, float]]:
            return lambda: {name: self._repeat(step, deadline)}

        steps: list[tuple[str, Callable[[], dict[str, float]]]] = [
            ("reset", repeated("stuck_reset", self._reset_stuck)),
            ("dispatch", repeated("dispatched", self._dispatch_due)),
            ("redispatch", lambda: {"redispatched": self._redispatch(deadline)}),
            (
                "end_pauses",
                repeated("pauses_ended", lambda: maintenance.delete_ended_pauses(self._database, self._settings)),
            ),
            ("end_paces", lambda: {"paces_ended": maintenance.delete_idle_send_rates(self._database)}),
            ("prune", lambda: {"pruned": self._prune(deadline)}),
            (
                "prune_rate_limits",
                repeated("rate_limits_pruned", lambda: maintenance.prune_rate_limits(self._database, self._settings)),
            ),
            (
                "prune_reputations",
                repeated(
                    "reputations_pruned",
                    lambda: record.prune_reputations(self._database, self._settings.reaper_batch),
                ),
            ),
            ("forget_devices", lambda: {"devices_forgotten": self._forget_devices(deadline)}),
            ("gauges", lambda: maintenance.read_gauges(self._database).model_dump()),
        ]
        for name, step in steps:
            try:
                metrics |= step()
            except Exception as error:  # noqa: BLE001 (whatever it was, the other steps are needed all the same)
                code = error.code if isinstance(error, CarillonError) else type(error).__name__
                logger.error("reaper_step_failed", extra={"step": name, "error": code})
                metrics["failed_steps"] += 1
        return metrics

    def _repeat(self, step: Callable[[], int], deadline: float) -> int:
        """Repeat a step until a batch is not full or time is short; the next minute goes on."""
        total = 0
        while time.monotonic() < deadline:
            done = step()
            total += done
            if done < self._settings.reaper_batch:
                break
        return total

    def _reset_stuck(self) -> int:
        reset = maintenance.reset_stuck(self._database, self._settings)
        for each in reset:
            logger.warning("delivery_reset", extra={"delivery_id": str(each.delivery_id), "status": each.status})
        self._dispatcher.dispatch(
            [
                Dispatch(delivery_id=each.delivery_id, delay_seconds=each.delay_seconds)
                for each in reset
                if each.status == "pending"
            ]
        )
        return len(reset)

    def _dispatch_due(self) -> int:
        # Fewer than a batch when SQS does not take them: then this step is over until the next minute.
        return self._dispatcher.dispatch(maintenance.take_undispatched(self._database, self._settings))

    def _prune(self, deadline: float) -> int:
        """Delete what is past its retention. What is kept for audit fills a batch too: more may come after it."""
        deleted = 0

        def step() -> int:
            nonlocal deleted
            pruned = maintenance.prune(self._database, self._settings)
            deleted += pruned.deleted
            return pruned.deleted + pruned.kept

        self._repeat(step, deadline)
        return deleted

    def _forget_devices(self, deadline: float) -> int:
        """Delete devices that have not registered for long, while SNS answers and time is left."""
        self._sns_until = min(deadline, time.monotonic() + SNS_SECONDS)
        total, more = 0, True
        while more and time.monotonic() < self._sns_until:
            gone, more = devices.forget_silent(
                self._database, self._endpoints_at_sns, self._settings.device_silence_days
            )
            total += gone
        return total

    def _endpoints_at_sns(self) -> Endpoints:
        if self._endpoints is None:
            sns = self._sns or client("sns", timeout_seconds=TIMEOUT_SECONDS)
            self._endpoints = Endpoints(self._settings, sns, lambda: self._sns_until - time.monotonic())
        return self._endpoints

    def _redispatch(self, deadline: float) -> int:
        """Dispatch again what was never claimed, unless it waits in a backlog."""
        sqs = self._sqs = self._sqs or Connections(client("sqs", timeout_seconds=2))
        try:
            with sqs.use() as connected:
                reply = connected.get_queue_attributes(
                    QueueUrl=self._settings.queue_url, AttributeNames=["ApproximateNumberOfMessages"]
                )
        except Exception as error:  # noqa: BLE001 (no answer, no dispatch: it waits for the next minute)
            logger.warning("queue_depth_unknown", extra={"error": type(error).__name__})
            return 0
        waiting = int(reply["Attributes"]["ApproximateNumberOfMessages"])

        def step() -> int:
            # Asked once: for a minute SQS may not count what we send now, and each look would find it lost again.
            nonlocal waiting
            taken = self._dispatcher.dispatch(maintenance.take_lost(self._database, self._settings, waiting))
            waiting += taken
            return taken

        return self._repeat(step, deadline)
