"""The reaper's steps. Each works in small batches: two reapers may run at once, and a reaper may die at any point."""

import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from functools import partial
from typing import Any

from aws_lambda_powertools import Logger

from carillon.aws.clients import Connections, client
from carillon.aws.endpoints import TIMEOUT_SECONDS, Endpoints
from carillon.aws.hints import Hints
from carillon.database.connection import Database
from carillon.deliveries import maintenance, pruning
from carillon.deliveries.dispatch import Dispatcher
from carillon.errors import CarillonError
from carillon.feedback import record
from carillon.models.delivery import Dispatch
from carillon.people import devices
from carillon.settings import ReaperSettings

logger = Logger(child=True)

SNS_SECONDS = 15.0  # the share of one run for silent devices; the next run continues

Step = Callable[[float], int]  # takes the deadline (`time.monotonic()` seconds) and returns how many rows it changed


class Reaper:
    """Repairs deliveries, dispatches what is due, deletes what is old, and measures."""

    def __init__(
        self,
        settings: ReaperSettings,
        database: Database,
        dispatcher: Dispatcher,
        sqs: Any | None = None,
        sns: Any | None = None,
        hints: Hints | None = None,
    ) -> None:
        self._settings = settings
        self._database = database
        self._dispatcher = dispatcher
        self._hints = hints or Hints(settings)
        self._sqs = Connections(sqs) if sqs else None  # else created at first use: importing botocore is slow
        self._sns = sns  # else created at first use: most runs need none
        self._endpoints: Endpoints | None = None
        self._sns_deadline = 0.0

    def run(self, deadline: float) -> dict[str, float]:
        """Run every step before `deadline` (`time.monotonic()` seconds) and return the metrics to publish.

        A step that fails is logged and counted in `failed_steps`. The other steps still run.
        """
        metrics: dict[str, float] = {"failed_steps": 0}
        for name, metric, step in self._steps():
            with _isolated(name, metrics):
                metrics[metric] = step(deadline)
        with _isolated("gauges", metrics):
            metrics |= maintenance.read_gauges(self._database).model_dump()
        return metrics

    def _steps(self) -> list[tuple[str, str, Step]]:
        """Return the steps in order: the name in the log, the metric, and the function."""
        return [
            ("reset", "stuck_reset", self._in_batches(self._reset_stuck)),
            ("dispatch", "dispatched", self._in_batches(self._dispatch_due)),
            ("redispatch", "redispatched", self._redispatch_lost),
            # Without live hints, there is no metric of them to pay for.
            *([("hint", "hinted", self._hint_scheduled)] if self._hints.enabled else []),
            ("end_pauses", "pauses_ended", self._in_batches(self._delete_ended_pauses)),
            ("end_paces", "paces_ended", self._delete_idle_send_rates),
            ("prune", "pruned", self._prune),
            ("prune_rate_limits", "rate_limits_pruned", self._in_batches(self._prune_rate_limits)),
            ("prune_reputations", "reputations_pruned", self._in_batches(self._prune_reputations)),
            ("forget_devices", "devices_forgotten", self._forget_devices),
        ]

    def _in_batches(self, batch: Callable[[], int]) -> Step:
        """Return a step that runs a batch until one is not full or time is short."""
        return partial(self._repeat, batch)

    def _repeat(self, batch: Callable[[], int], deadline: float) -> int:
        total = 0
        while time.monotonic() < deadline:
            done = batch()
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
        # If SQS refuses some, this batch is not full, and the step ends until the next run.
        return self._dispatcher.dispatch(maintenance.take_undispatched(self._database, self._settings))

    def _redispatch_lost(self, deadline: float) -> int:
        """Dispatch again deliveries that were never claimed, unless their messages wait in a backlog."""
        depth = self._queue_depth()
        if depth is None:
            return 0
        messages = depth

        def batch() -> int:
            # Read the depth once. For a minute SQS may not count what this step sends, so a second reading would make
            # the same deliveries look lost.
            nonlocal messages
            taken = self._dispatcher.dispatch(maintenance.take_lost(self._database, self._settings, messages))
            messages += taken
            return taken

        return self._repeat(batch, deadline)

    def _queue_depth(self) -> int | None:
        """Return about how many messages are in the queue, or None if SQS does not answer."""
        sqs = self._sqs = self._sqs or Connections(client("sqs", timeout_seconds=2))
        try:
            with sqs.use() as connected:
                reply = connected.get_queue_attributes(
                    QueueUrl=self._settings.queue_url, AttributeNames=["ApproximateNumberOfMessages"]
                )
        except Exception as error:  # noqa: BLE001 (after any error, the next run tries again)
            logger.warning("queue_depth_unknown", extra={"error": type(error).__name__})
            return None
        return int(reply["Attributes"]["ApproximateNumberOfMessages"])

    def _hint_scheduled(self, deadline: float) -> int:
        """Hint the people who will see a scheduled notification before the next run. A hint that is lost stays lost."""
        hinted = 0
        for delay_seconds, people in maintenance.list_scheduled(self._database, self._settings).items():
            if time.monotonic() > deadline:
                break
            self._hints.send(people, delay_seconds=delay_seconds)
            hinted += len(people)
        return hinted

    def _delete_ended_pauses(self) -> int:
        return maintenance.delete_ended_pauses(self._database, self._settings)

    def _delete_idle_send_rates(self, _deadline: float) -> int:
        return maintenance.delete_idle_send_rates(self._database)

    def _prune(self, deadline: float) -> int:
        return pruning.prune_due(self._database, self._settings, deadline)

    def _prune_rate_limits(self) -> int:
        return maintenance.prune_rate_limits(self._database, self._settings)

    def _prune_reputations(self) -> int:
        return record.prune_reputations(self._database, self._settings.reaper_batch)

    def _forget_devices(self, deadline: float) -> int:
        """Delete devices that have not registered for long, while SNS answers and time is left."""
        self._sns_deadline = min(deadline, time.monotonic() + SNS_SECONDS)
        total, more = 0, True
        while more and time.monotonic() < self._sns_deadline:
            deleted, more = devices.forget_silent(
                self._database, self._endpoints_at_sns, self._settings.device_silence_days
            )
            total += deleted
        return total

    def _endpoints_at_sns(self) -> Endpoints:
        if self._endpoints is None:
            sns = self._sns or client("sns", timeout_seconds=TIMEOUT_SECONDS)
            self._endpoints = Endpoints(self._settings, sns, lambda: self._sns_deadline - time.monotonic())
        return self._endpoints


@contextmanager
def _isolated(name: str, metrics: dict[str, float]) -> Generator[None]:
    """Log and count an error of the step `name`, so that the next step runs."""
    try:
        yield
    except Exception as error:  # noqa: BLE001 (after any error, the other steps must run)
        code = error.code if isinstance(error, CarillonError) else type(error).__name__
        logger.error("reaper_step_failed", extra={"step": name, "error": code})
        metrics["failed_steps"] += 1
