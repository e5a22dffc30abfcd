"""One storm: inject faults until there are enough deliveries, stop them, verify, replay what failed, verify again."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from carillon.operations.answers import Breach
from carillon.operations.verification import verify
from tests.faults import storms
from tests.faults.accounts import Account, check
from tests.faults.cloud import AWAY
from tests.faults.seams import LISTENER_SEAMS, PRODUCER_SEAMS, REAPER_SEAMS, WORKER_SEAMS
from tests.faults.storms import Storm
from tests.faults.world import World

WORKERS, REAPERS, LISTENERS, PRODUCERS = 3, 2, 1, 2
DRAIN_SECONDS = 240.0
OUTAGE_SECONDS, BACKLOG_SECONDS = 2.0, 6.0
Progress = Callable[[str, int, int], None]


@dataclass
class Result:
    """The result of a storm. It passed if `problems` is empty."""

    storm: Storm
    seconds: float = 0
    account: Account | None = None
    breaches: list[Breach] = field(default_factory=list[Breach])
    dead_letters: int = 0
    replayed: int = 0
    problems: list[str] = field(default_factory=list[str])


class StormRun:
    """One run of a storm in its world."""

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
        self._over = False
        self._killed: set[str] = set()

    def run(self) -> Result:
        """Run the storm, and return its result."""
        began, result = time.monotonic(), Result(self._storm)
        world = self._world
        world.injector.rates, world.provider.repaired = self._storm.rates, False
        world.provider.sends_events = self._storm.events
        self._spawn_all()
        for _ in range(PRODUCERS):
            self._spawn("producer")
        self._inject_faults()
        self._stop_faults()
        self._drain("after the storm", result)
        self._verify(result)
        self._replay(result)
        self._verify(result)
        world.halt("worker", "reaper", "listener")
        result.account = check(world, self._storm)
        result.problems += result.account.problems
        result.seconds = time.monotonic() - began
        return result

    def _spawn_all(self) -> None:
        for role, number in (("worker", WORKERS), ("reaper", REAPERS), ("listener", LISTENERS)):
            for _ in range(number):
                self._spawn(role)

    def _spawn(self, role: str) -> None:
        dice, seams = self._world.dice, self._seams[role]
        options = {"replies_lost": 0.0 if self._over else self._storm.replies_lost}
        if self._storm.skewed and dice.random() < 0.5:
            options["skew"] = dice.uniform(-600, 600)
            self._world.injector.record(storms.CLOCK)
        if seams and not self._over:
            seam = next((each for each in seams if storms.killed(each) in self._missing()), seams[0])
            seams.remove(seam)
            seams.append(seam)  # take turns, and begin with the seams at which no process was killed yet
            longest = {"worker": 8, "reaper": 1, "listener": 8, "producer": 60}[role]
            if role == "listener" and storms.killed(seam) not in self._missing():
                longest = 40  # with more kills, an event could use up its five receives although it was recorded
            self._world.spawn(role, seam=seam, countdown=dice.randint(1, longest), **options)
        else:
            self._world.spawn(role, **options)

    def _inject_faults(self) -> None:
        """Keep the processes running until there are enough deliveries.

        Each restart, backlog and outage happens when the storm has reached a random part of its deliveries.
        """
        world, storm = self._world, self._storm
        planned: list[tuple[float, Callable[[], None]]] = []
        for fault, times in (
            (self._restart, storm.restarts), (self._backlog, storm.backlogs), (self._outage, storm.outages)
        ):  # fmt: skip
            planned += [(world.dice.uniform(0.15, 0.85), fault) for _ in range(times)]
        planned.sort(key=lambda each: each[0])
        deadline = time.monotonic() + storm.longest_seconds
        while (made := self._count() - self._before) < self._wanted or (
            self._missing() and time.monotonic() < deadline and made < 2 * self._wanted
        ):
            self._progress(storm.name, made, self._wanted)
            while planned and made >= planned[0][0] * self._wanted:
                planned.pop(0)[1]()
            self._replace_dead()
            time.sleep(0.1)
        for _, fault in planned:
            fault()
        # No new deliveries. Those that are due still meet the faults.
        world.halt("producer")
        while self._due() > self._wanted // 50 or (self._missing() and self._due()):
            if time.monotonic() > deadline:
                break
            self._progress(storm.name, made, self._wanted)
            self._replace_dead()
            time.sleep(0.1)

    def _missing(self) -> set[str]:
        """Return the kinds that were not injected yet, without those that only the journals name after the storm."""
        later = {storms.REAPERS, *(kind for kind in self._storm.kinds if kind.startswith(storms.REPLY))}
        return self._storm.kinds - later - self._killed - self._world.injector.counts().keys()

    def _due(self) -> int:
        query = "SELECT count(*) AS left FROM deliveries WHERE {} OR status = 'sending'"
        return self._world.rows(query.format("(status = 'pending' AND available_at <= now() + interval '9 s')"))[0][
            "left"
        ]

    def _replace_dead(self) -> None:
        for dead in self._world.collect_ended():
            if (dead.process.exitcode or 0) > 0:  # a negative code means that a storm killed it
                output = (self._world.folder / f"{dead.setup.name}.out").read_text()
                raise RuntimeError(f"{dead.setup.name} ended by itself:\n{output[-2000:]}")
            for line in (self._world.folder / f"{dead.process.pid}.journal").read_text().splitlines():
                if line.startswith("killed "):
                    self._killed.add(storms.killed(line.split()[1]))
            self._spawn(dead.role)

    def _restart(self) -> None:
        self._world.injector.record(storms.RESTART)
        self._world.restart_database()

    def _backlog(self) -> None:
        self._world.injector.record(storms.BACKLOG)
        self._world.queue.stopped = True
        time.sleep(BACKLOG_SECONDS)
        self._world.queue.stopped = False

    def _outage(self) -> None:
        self._world.injector.record(AWAY)
        self._world.cloud.close_provider()
        time.sleep(OUTAGE_SECONDS)
        self._world.cloud.open_provider()

    def _stop_faults(self) -> None:
        """Inject no more faults and record no more notifications. Replace all processes by some that are not killed."""
        world = self._world
        world.halt("producer", "worker", "reaper", "listener")
        self._over, world.injector.rates = True, {}
        for queue in (world.queue, world.events):
            queue.show_hidden()  # a worker hides messages if the database does not answer
        if not self._storm.waits:
            world.rows(
                "UPDATE deliveries SET available_at = now(), dispatched_at = NULL"
                " WHERE status = 'pending' AND available_at > now() RETURNING id"
            )
        self._spawn_all()

    def _drain(self, when: str, result: Result) -> None:
        """Wait until no delivery is pending or sending, and no message is in a queue."""
        deadline = time.monotonic() + DRAIN_SECONDS
        while True:
            [row] = self._world.rows("SELECT count(*) AS left FROM deliveries WHERE status IN ('pending', 'sending')")
            messages = len(self._world.queue) + len(self._world.events)
            if row["left"] == messages == 0:
                return
            self._progress(f"{self._storm.name}: {when}", 0, row["left"] + messages)
            if time.monotonic() > deadline:
                result.problems.append(f"{when}: {row['left']} deliveries and {messages} messages did not end")
                return
            self._replace_dead()
            time.sleep(0.25)

    def _verify(self, result: Result) -> None:
        database = self._world.database()
        found = verify(database, self._world.verify_settings)
        database.close()
        result.breaches += found.breaches
        if not found.clean:
            result.problems.append(f"verify: { ({rule: count for rule, count in found.broken.items() if count}) }")
            result.problems += [f"{each.rule}: {each.detail} {each.delivery_id}" for each in found.breaches[:5]]

    def _replay(self, result: Result) -> None:
        """Redrive each dead message twice, and send a message for each failed delivery without one."""
        world = self._world
        world.provider.repaired = True
        failed = {
            row["id"]: row["permanent"]
            for row in world.rows("SELECT id, permanent FROM deliveries WHERE status = 'failed'")
        }
        strangers = [stored for stored in world.queue.dead if _id(stored.body) not in {str(each) for each in failed}]
        result.dead_letters = len(world.queue.dead)
        for stored in strangers:
            result.problems.append(f"dead letter of a delivery that is not failed: {stored.body}")
        if world.events.dead:
            result.problems.append(f"{len(world.events.dead)} dead events")
        redriven = world.queue.redrive(times=2)
        world.queue.send(
            [
                {"Id": str(number), "MessageBody": f'{{"delivery_id": "{each}"}}'}
                for number, each in enumerate(set(failed) - set(redriven))
            ]
        )
        self._drain("after the replay", result)
        result.replayed = len(failed)
        if world.queue.dead:
            result.problems.append(f"{len(world.queue.dead)} dead letters after the replay")
        for row in world.rows("SELECT id, error_code FROM deliveries WHERE status = 'failed'"):
            result.problems.append(f"still failed after the replay: {row['id']} ({row['error_code']})")

    def _count(self) -> int:
        return self._world.rows("SELECT count(*) AS made FROM deliveries")[0]["made"]


def _id(body: str) -> str:
    return body.split('"')[3]
