"""The journals of a storm's processes: what was recorded, which claims are in the window, which faults struck."""

from dataclasses import dataclass, field
from uuid import UUID

from tests.faults import storms
from tests.faults.world import Running, World

Claim = tuple[UUID, int]
ALARM_EXIT_CODE = -14  # the exit code of a function that was killed at its timeout


@dataclass
class Journals:
    """The content of all journals.

    `created` has notification ids and their recipients. `window` has the claims in the documented window: a fault kept
    their outcome from the row, and the text names it. `events` has the Unix time at which an event of a claim was first
    recorded. `runs` has the process id, the start and the end of each run of a reaper.
    """

    created: dict[UUID, str] = field(default_factory=dict[UUID, str])
    window: dict[Claim, str] = field(default_factory=dict[Claim, str])
    events: dict[Claim, float] = field(default_factory=dict[Claim, float])
    runs: list[tuple[int, float, float]] = field(default_factory=list[tuple[int, float, float]])


def read_all(world: World) -> Journals:
    """Read the journals of the processes that have ended, and record the faults that struck them."""
    journals = Journals()
    for ended in world.ended:
        _read(world, ended, journals)
    return journals


def _read(world: World, ended: Running, journals: Journals) -> None:
    path = world.folder / f"{ended.process.pid}.journal"
    died_at, open_claims = path.stat().st_mtime, set[Claim]()
    for line in path.read_text().splitlines():
        match line.split():
            case ["created", identifier, user_id]:
                journals.created[UUID(identifier)] = user_id
            case ["claimed" | "finished" | "fenced" | "unfinished" | "outcome" as step, delivery_id, claim_no, *more]:
                _follow(step, (UUID(delivery_id), int(claim_no)), more, open_claims, journals)
            case ["event", delivery_id, claim_no, moment]:
                claim, at = (UUID(delivery_id), int(claim_no)), float(moment)
                journals.events[claim] = min(at, journals.events.get(claim, at))
            case ["killed", seam, *ids]:
                for each in ids:
                    world.injector.record(storms.killed(seam), UUID(each), died_at)
            case ["reply_lost", statement, delivery_id, moment]:
                world.injector.record(storms.reply_lost(statement), UUID(delivery_id), float(moment))
            case ["ran", began_at, ended_at]:
                journals.runs.append((ended.process.pid or 0, float(began_at), float(ended_at)))
            case _:
                pass
    if (ended.process.exitcode or 0) < 0:
        _killed(world, open_claims, timed_out=ended.process.exitcode == ALARM_EXIT_CODE, at=died_at, journals=journals)


def _killed(world: World, open_claims: set[Claim], *, timed_out: bool, at: float, journals: Journals) -> None:
    for claim in open_claims:
        journals.window[claim] = "the worker was killed before it could write the outcome"
        if timed_out:
            world.injector.record(storms.TIMED_OUT, claim[0], at)


def _follow(step: str, claim: Claim, more: list[str], open_claims: set[Claim], journals: Journals) -> None:
    if step == "claimed":
        open_claims.add(claim)
    elif step == "unfinished":
        journals.window[claim] = "the database did not answer until the end of the invocation"
    elif step != "outcome":
        open_claims.discard(claim)
    elif more == ["unknown"]:
        journals.window[claim] = "the provider's answer never came"
