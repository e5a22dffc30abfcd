"""One storm: it rages until enough was delivered, calms down; look, mend the provider, replay, look again."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from carillon.operations.answers import Breach
from carillon.operations.verification import verify
from tests.faults import storms
from tests.faults.accounts import Account, settle
from tests.faults.cloud import AWAY
from tests.faults.seams import LISTENER_SEAMS, PRODUCER_SEAMS, REAPER_SEAMS, WORKER_SEAMS
from tests.faults.storms import Storm
from tests.faults.world import World

WORKERS, REAPERS, LISTENERS, PRODUCERS = 3, 2, 1, 2
QUIET_SECONDS = 240.0
OUTAGE_SECONDS, BACKLOG_SECONDS = 2.0, 6.0
Progress = Callable[[str, int, int], None]


@dataclass
class Seen:
    """What a storm left. `problems` is empty when all is well."""

    storm: Storm
    seconds: float = 0
    account: Account | None = None
    breaches: list[Breach] = field(default_factory=list[Breach])
    dead_letters: int = 0
    replayed: int = 0
    problems: list[str] = field(default_factory=list[str])


class Raging:
    """One storm in its world."""

    def __init__(self, world: World, storm: Storm, deliveries: int, progress: Progress) -> None:
        self._world, self._storm, self._wanted, self._progress = world, storm, deliveries, progress
        self._before = self._count()
        self._seams = {
            role: [seam for seam in seams if seam in storm.seams]
            for role, seams in (
                ("worker", WORKER_SEAMS), ("reaper", REAPER_SEAMS), ("listener", LISTENER_SEAMS),
                ("producer", PRODUCER_SEAMS),
            )
        }  # fmt: skip
        self._calm = False
        self._struck: set[str] = set()

    def run(self) -> Seen:
        """From the first cloud to the last."""
        began, seen = time.monotonic(), Seen(self._storm)
        world = self._world
        world.injector.rates, world.provider.mended = self._storm.rates, False
        world.provider.tells = self._storm.told
        self._spawn_all()
        for _ in range(PRODUCERS):
            self._spawn("producer")
        self._rage()
        self._calm_down()
        self._quiet("after the storm", seen)
        self._look(seen)
        self._replay(seen)
        self._look(seen)
        world.halt("worker", "reaper", "listener")
        seen.account = settle(world, self._storm)
        seen.problems += seen.account.problems
        seen.seconds = time.monotonic() - began
        return seen

    def _spawn_all(self) -> None:
        for role, number in (("worker", WORKERS), ("reaper", REAPERS), ("listener", LISTENERS)):
            for _ in range(number):
                self._spawn(role)

    def _spawn(self, role: str) -> None:
        dice, seams = self._world.dice, self._seams[role]
        told = {"replies_lost": 0.0 if self._calm else self._storm.replies_lost}
        if self._storm.skewed and dice.random() < 0.5:
            told["skew"] = dice.uniform(-600, 600)
            self._world.injector.note(storms.CLOCK)
        if seams and not self._calm:
            seam = next((each for each in seams if storms.killed(each) in self._missing()), seams[0])
            seams.remove(seam)
            seams.append(seam)  # each in turn, those first that killed nobody yet
            longest = {"worker": 8, "reaper": 1, "listener": 8, "producer": 60}[role]
            if role == "listener" and storms.killed(seam) not in self._missing():
                longest = 40  # an event that meets a death at each of five receives would be dead, though recorded
            self._world.spawn(role, seam=seam, countdown=dice.randint(1, longest), **told)
        else:
            self._world.spawn(role, **told)

    def _rage(self) -> None:
        """Until there are enough deliveries; in between, each planned act when its part of them is reached."""
        world, storm = self._world, self._storm
        acts: list[tuple[float, Callable[[], None]]] = []
        for act, times in (
            (self._restart, storm.restarts), (self._backlog, storm.backlogs), (self._outage, storm.outages)
        ):  # fmt: skip
            acts += [(world.dice.uniform(0.15, 0.85), act) for _ in range(times)]
        acts.sort(key=lambda planned: planned[0])
        deadline = time.monotonic() + storm.longest_seconds
        while (made := self._count() - self._before) < self._wanted or (
            self._missing() and time.monotonic() < deadline and made < 2 * self._wanted
        ):
            self._progress(storm.name, made, self._wanted)
            while acts and made >= acts[0][0] * self._wanted:
                acts.pop(0)[1]()
            self._revive()
            time.sleep(0.1)
        for _, act in acts:
            act()
        # Nothing new, but what is on its way still has to go through it.
        world.halt("producer")
        while self._due() > self._wanted // 50 or (self._missing() and self._due()):
            if time.monotonic() > deadline:
                break
            self._progress(storm.name, made, self._wanted)
            self._revive()
            time.sleep(0.1)

    def _missing(self) -> set[str]:
        """The kinds that have not struck yet, of those that are known at once."""
        later = {storms.REAPERS, *(kind for kind in self._storm.kinds if kind.startswith(storms.REPLY))}
        return self._storm.kinds - later - self._struck - self._world.injector.counts().keys()

    def _due(self) -> int:
        query = "SELECT count(*) AS left FROM notification_deliveries WHERE {} OR status = 'sending'"
        return self._world.rows(query.format("(status = 'pending' AND available_at <= now() + interval '9 s')"))[0][
            "left"
        ]

    def _revive(self) -> None:
        for dead in self._world.ended():
            if (dead.process.exitcode or 0) > 0:  # killed is what they are to be, not broken
                output = (self._world.folder / f"{dead.setup.name}.out").read_text()
                raise RuntimeError(f"{dead.setup.name} ended by itself:\n{output[-2000:]}")
            for line in (self._world.folder / f"{dead.process.pid}.journal").read_text().splitlines():
                if line.startswith("killed "):
                    self._struck.add(storms.killed(line.split()[1]))
            self._spawn(dead.role)

    def _restart(self) -> None:
        self._world.injector.note(storms.RESTART)
        self._world.restart_database()

    def _backlog(self) -> None:
        self._world.injector.note(storms.BACKLOG)
        self._world.queue.held = True
        time.sleep(BACKLOG_SECONDS)
        self._world.queue.held = False

    def _outage(self) -> None:
        self._world.injector.note(AWAY)
        self._world.cloud.close_provider()
        time.sleep(OUTAGE_SECONDS)
        self._world.cloud.open_provider()

    def _calm_down(self) -> None:
        """No new fault, nothing new to deliver. Who was to be killed is ended, and comes back to stay."""
        world = self._world
        world.halt("producer", "worker", "reaper", "listener")
        self._calm, world.injector.rates = True, {}
        for queue in (world.queue, world.events):
            queue.forget_hidden()  # a worker may have found no database after the last restart's look
        if not self._storm.waits:
            world.rows(
                "UPDATE notification_deliveries SET available_at = now(), dispatched_at = NULL"
                " WHERE status = 'pending' AND available_at > now() RETURNING id"
            )
        self._spawn_all()

    def _quiet(self, when: str, seen: Seen) -> None:
        """Wait until nothing is on its way, neither a row nor a message."""
        deadline = time.monotonic() + QUIET_SECONDS
        while True:
            [row] = self._world.rows(
                "SELECT count(*) AS left FROM notification_deliveries WHERE status IN ('pending', 'sending')"
            )
            messages = len(self._world.queue) + len(self._world.events)
            if row["left"] == messages == 0:
                return
            self._progress(f"{self._storm.name}: {when}", 0, row["left"] + messages)
            if time.monotonic() > deadline:
                seen.problems.append(f"{when}: {row['left']} deliveries and {messages} messages never came to rest")
                return
            self._revive()
            time.sleep(0.25)

    def _look(self, seen: Seen) -> None:
        database = self._world.database()
        found = verify(database, self._world.verify_settings)
        database.close()
        seen.breaches += found.breaches
        if not found.clean:
            seen.problems.append(f"verify: { ({rule: count for rule, count in found.broken.items() if count}) }")
            seen.problems += [f"{each.rule}: {each.detail} {each.delivery_id}" for each in found.breaches[:5]]

    def _replay(self, seen: Seen) -> None:
        """Redrive all dead messages, twice at once; then revive what failed without a message, as an operator does."""
        world = self._world
        world.provider.mended = True
        failed = {
            row["id"]: row["permanent"]
            for row in world.rows("SELECT id, permanent FROM notification_deliveries WHERE status = 'failed'")
        }
        strangers = [stored for stored in world.queue.dead if _id(stored.body) not in {str(each) for each in failed}]
        seen.dead_letters = len(world.queue.dead)
        for stored in strangers:
            seen.problems.append(f"dead letter of a delivery that is not failed: {stored.body}")
        if world.events.dead:
            seen.problems.append(f"{len(world.events.dead)} dead events")
        redriven = world.queue.redrive(times=2)
        world.queue.send(
            [
                {"Id": str(number), "MessageBody": f'{{"delivery_id": "{each}"}}'}
                for number, each in enumerate(set(failed) - set(redriven))
            ]
        )
        self._quiet("after the replay", seen)
        seen.replayed = len(failed)
        if world.queue.dead:
            seen.problems.append(f"{len(world.queue.dead)} dead letters after the replay")
        for row in world.rows("SELECT id, error_code FROM notification_deliveries WHERE status = 'failed'"):
            seen.problems.append(f"still failed after the replay: {row['id']} ({row['error_code']})")

    def _count(self) -> int:
        # PostgreSQL may be away in the middle of it: that is the storm's own doing, and it is back when asked again.
        return self._world.rows("SELECT count(*) AS made FROM notification_deliveries")[0]["made"]


def _id(body: str) -> str:
    return body.split('"')[3]
