"""A model of one phone, three people and workers with claims. Other acts may interrupt an act anywhere.

Each act runs real code on a real database and on moto's SNS. Interruptions come between any two of its calls and
statements.
"""

import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random
from typing import Any, Self

from botocore.exceptions import ClientError
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.sns import models
from moto.sns.exceptions import SNSException

from carillon.aws.endpoints import Endpoints
from carillon.channels import PushChannel
from carillon.database.connection import Database
from carillon.deliveries import store
from carillon.errors import CarillonError
from carillon.models.delivery import ClaimedDelivery, OutcomeKind
from carillon.models.device import NewDevice
from carillon.people import devices, erasure
from tests.support.flow import Flow
from tests.support.service import REGION

PEOPLE = ("alice", "bob", "carol")
PHONE = "phone"
# The acts, each as often as it should be drawn. A person registers the phone; all other acts concern its owner.
ACTS = [*["register"] * 4, *["claim"] * 4, *["publish"] * 3, "remove", "remove", "erase", "forget", "die"]
BOUNDARIES = 8  # most acts have no more calls and statements

Act = tuple[str, str]  # its name, and the person who registers
# An act, the acts that interrupt it at a boundary, and the boundary at which it is killed.
Step = tuple[Act, dict[int, list[Act]], int | None]


def schedule(random: Random) -> list[Step]:
    """Return random steps."""

    def act() -> Act:
        return random.choice(ACTS), random.choice(PEOPLE)

    def step() -> Step:
        moments = random.sample(range(BOUNDARIES), random.choice([0, 0, 1, 1, 2, 3]))
        coming = {moment: [act() for _ in range(random.choice([1, 1, 2]))] for moment in moments}
        return act(), coming, random.choice([None] * 6 + [random.randrange(BOUNDARIES)])

    return [step() for _ in range(random.randint(2, 5))]


class Killed(Exception):
    """The process is killed at this boundary."""


class DirectSns:
    """moto's SNS, called directly. It returns the answers and raises the errors of a client."""

    def __init__(self, boundary: Callable[[], None]) -> None:
        self.backend: Any = models.sns_backends[DEFAULT_ACCOUNT_ID][REGION]
        self.backend.platform_endpoints.clear()
        self._boundary = boundary
        self.publishing: Callable[[], None] = lambda: None

    def create_platform_endpoint(self, *, PlatformApplicationArn: str, Token: str) -> dict[str, str]:  # noqa: N803
        application = self.backend.get_application(PlatformApplicationArn)
        endpoint = self._ask(lambda: self.backend.create_platform_endpoint(application, None, Token, {}))
        return {"EndpointArn": endpoint.arn}

    def set_endpoint_attributes(self, *, EndpointArn: str, Attributes: Mapping[str, str]) -> None:  # noqa: N803
        attributes = {**Attributes, "Enabled": Attributes["Enabled"] == "true"}
        self._ask(lambda: self.backend.set_endpoint_attributes(EndpointArn, attributes))

    def delete_endpoint(self, *, EndpointArn: str) -> None:  # noqa: N803
        self._ask(lambda: self.backend.delete_endpoint(EndpointArn))

    def publish(self, *, TargetArn: str, Message: str, **_: Any) -> dict[str, str]:  # noqa: N803
        message_id = self._ask(lambda: self.backend.publish(Message, arn=TargetArn))
        self.publishing()
        return {"MessageId": message_id}

    def close(self) -> None: ...

    def alive(self, arn: str) -> bool:
        return arn in self.backend.platform_endpoints and self.backend.platform_endpoints[arn].enabled

    def _ask(self, call: Callable[[], Any]) -> Any:
        self._boundary()
        try:
            return call()
        except SNSException as error:
            status = 404 if error.code == "NotFound" else 400
            refusal: Any = {
                "Error": {"Code": error.code, "Message": error.message},
                "ResponseMetadata": {"HTTPStatusCode": status},
            }
            raise ClientError(refusal, "Sns") from None


class InterruptedDatabase(Database):
    """A database with a boundary before each statement."""

    def __init__(self, settings: Any, boundary: Callable[[], None]) -> None:
        super().__init__(settings)
        self._boundary = boundary

    def rows(self, name: str, parameters: Mapping[str, Any] | None = None) -> list[Any]:
        self._boundary()
        return super().rows(name, parameters)


class OneByOne:
    """A thread pool that runs one call after the other, so that a schedule has one order."""

    def __init__(self, _: int) -> None: ...

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None: ...

    def map(self, function: Callable[[Any], Any], values: Iterable[Any]) -> list[Any]:
        return [function(value) for value in values]


@dataclass
class World:
    """The state of one example."""

    flow: Flow
    claimed: list[ClaimedDelivery] = field(default_factory=list[ClaimedDelivery])
    # For the act under way: the acts that interrupt it at each boundary, and the number of boundaries so far.
    coming: dict[int, list[Act]] = field(default_factory=dict[int, list[Act]])
    killed_at: int | None = None
    boundaries: int = 0
    clock: float = 0.0
    leaks: list[str] = field(default_factory=list[str])

    def __post_init__(self) -> None:
        self.flow.db.execute("TRUNCATE notifications, deliveries, devices, rate_limits, preferences CASCADE")
        self.sns = DirectSns(self.boundary)
        self.sns.publishing = self._shown
        self.endpoints = Endpoints(self.flow.reaper_settings, self.sns)
        self.channel = PushChannel(self.flow.settings, self.sns)
        self.calm = self.flow.worker._database
        self.interrupted = InterruptedDatabase(self.flow.settings, self.boundary)
        self.flow.stack.callback(self.interrupted.close)
        self.publishing_for = ""
        self.register("alice", self.calm)

    def boundary(self) -> None:
        """Run the acts that interrupt at this boundary, and kill the act under way if it ends here."""
        if self.boundaries < 0:  # an interrupting act, or a worker that publishes, has no boundaries
            return
        now, self.boundaries = self.boundaries, -1
        for act in self.coming.get(now, []):
            self._do(act, self.calm)
        self.boundaries = now + 1
        if self.killed_at == now:
            raise Killed

    def step(self, act: Act, coming: dict[int, list[Act]], killed_at: int | None) -> None:
        self.boundaries, self.coming, self.killed_at = 0, coming, killed_at
        with suppress(Killed):
            self._do(act, self.interrupted)
        self.boundaries = -1

    def _do(self, act: Act, database: Database) -> None:
        what, user_id = act
        with suppress(CarillonError):
            getattr(self, what)(user_id, database)

    def register(self, user_id: str, database: Database) -> None:
        devices.register(database, self.endpoints, user_id, NewDevice(platform="fcm", token=PHONE))

    def remove(self, _: str, database: Database) -> None:
        if row := self._row():
            devices.remove(database, self.endpoints, row["user_id"], row["id"])

    def erase(self, _: str, database: Database) -> None:
        if row := self._row():
            erasure.erase(database, self.endpoints, row["user_id"], "tests")

    def forget(self, _: str, database: Database) -> None:
        self.flow.db.execute("UPDATE devices SET seen_at = now() - interval '271 days'")
        devices.forget_silent(database, lambda: self.endpoints, 270)

    def claim(self, _: str, _database: Database) -> None:
        row = self._row()
        if row is None:
            return
        self.flow.db.execute(
            """
            INSERT INTO preferences (user_id, channels, updated_at)
            VALUES (%s, '{"email": false, "push": true}', now()) ON CONFLICT DO NOTHING
            """,
            [row["user_id"]],
        )
        for delivery_id in self.flow.create(row["user_id"], database=self.calm):
            claims = store.claim(self.calm, self.flow.settings, {delivery_id: datetime.now(UTC)})
            self.claimed += [each.delivery for each in claims if each.delivery is not None]

    def publish(self, *_: Any) -> None:
        """Let the worker with the oldest claim publish and write the outcome."""
        if self.claimed:
            self._publish(self.claimed.pop(0))

    def _publish(self, delivery: ClaimedDelivery) -> OutcomeKind:
        before, self.boundaries, self.publishing_for = self.boundaries, -1, delivery.user_id
        outcome = self.channel.send(delivery)
        self.boundaries = before
        store.finish(self.calm, self.flow.settings, [(delivery, outcome)], time.monotonic() + 10)
        return outcome.kind

    def die(self, *_: Any) -> None:
        """Let the worker with the oldest claim die, and its function's time pass."""
        if self.claimed:
            self.flow.set(self.claimed.pop(0).delivery_id, "locked_at = now() - interval '31 seconds'")

    def _shown(self) -> None:
        row = self._row()
        if row is not None and row["user_id"] != self.publishing_for:
            self.leaks.append(
                f"{self.publishing_for} on {row['user_id']}'s phone"
            )  # collected, because a channel catches every error

    def _row(self) -> dict[str, Any] | None:
        return self.flow.db.execute("SELECT * FROM devices").fetchone()

    def settle(self, *, whole: bool) -> None:
        """Finish everything under way; check the phone's endpoint, and that another person can register the phone."""
        row = self._row()
        if whole and row is not None and row["enabled"]:
            assert self.sns.alive(row["endpoint_arn"])
        for delivery in self.claimed:
            self._publish(delivery)
        self.register("dora", self.calm)
        taken = self._row()
        assert self.leaks == []
        assert taken is not None
        assert (taken["user_id"], taken["enabled"]) == ("dora", True)
        assert self.sns.alive(taken["endpoint_arn"])
