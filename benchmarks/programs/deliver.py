"""Claiming and finishing deliveries in batches, as the worker does, with sends that do nothing."""

import random
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from benchmarks.cases import PRODUCER, create_settings, deliver_settings, person
from carillon.database.connection import Database
from carillon.deliveries import store
from carillon.models.delivery import Outcome, OutcomeKind
from carillon.models.fields import MAX_RECIPIENTS
from carillon.models.new_notification import NewNotification
from carillon.notifications import record

BUDGET_SECONDS = 60


class Deliver:
    """Claim and finish prepared deliveries."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        self.url = config["product"]
        self.settings = deliver_settings(self.url)
        self.database = Database(self.settings)
        self.database.check()
        self.batches: list[dict[UUID, datetime]] = []
        self.random = random.Random(1)  # noqa: S311 (an order, not a secret)

    def prepare(self, work: Mapping[str, Any]) -> None:
        """Record so many deliveries, and put them into batches in the random order of a queue."""
        self.settings = deliver_settings(self.url, full=work["full"])
        settings = create_settings(self.url, full=work["full"])
        ids: list[UUID] = []
        while len(ids) < work["count"]:
            recipients = min((work["count"] - len(ids) + 1) // 2, work["people"], MAX_RECIPIENTS)
            people = [person(work["case"], number) for number in range(recipients)]
            new = NewNotification.model_validate({**work["contents"][-1], "user_ids": people})
            created = record.create(self.database, settings, PRODUCER, new, None)
            ids += [each.delivery_id for each in created.dispatch if each.delay_seconds == 0]
        ids = ids[: work["count"]]
        self.random.shuffle(ids)
        sent_at = datetime.now(UTC)
        size = work["batch"]
        self.batches = [dict.fromkeys(ids[start : start + size], sent_at) for start in range(0, len(ids), size)]

    def run(self) -> None:
        """Claim, and write that each was sent."""
        deadline = time.monotonic() + BUDGET_SECONDS
        for batch in self.batches:
            claims = store.claim(self.database, self.settings, batch)
            claimed = [each.delivery for each in claims if each.delivery is not None]
            sent = [
                (each, Outcome(OutcomeKind.SENT, provider_message_ids=(str(each.delivery_id),))) for each in claimed
            ]
            finished = store.finish(self.database, self.settings, sent, deadline)
            assert sum(each.status == "sent" for each in finished.finished) == len(batch), claims


def start(config: Mapping[str, Any]) -> Deliver:
    """Return the program, connected."""
    return Deliver(config)
