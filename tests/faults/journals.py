"""What the processes of a storm wrote down: what was recorded, which claims were hurt, what struck where."""

from dataclasses import dataclass, field
from uuid import UUID

from tests.faults import storms
from tests.faults.world import Running, World

Claim = tuple[UUID, int]
ALARM = -14  # the exit code of a function that was killed at its timeout


@dataclass
class Journals:
    """`hurt` is the documented window: claims whose end the row could not hear of, and why."""

    created: dict[UUID, str] = field(default_factory=dict[UUID, str])
    hurt: dict[Claim, str] = field(default_factory=dict[Claim, str])
    heard: dict[Claim, float] = field(default_factory=dict[Claim, float])  # when its event was recorded first
    runs: list[tuple[int, float, float]] = field(default_factory=list[tuple[int, float, float]])


def read_all(world: World) -> Journals:
    """Read the journals of those who are gone, and note what struck them."""
    journals = Journals()
    for gone in world.gone:
        _read(world, gone, journals)
    return journals


def _read(world: World, gone: Running, journals: Journals) -> None:
    path = world.folder / f"{gone.process.pid}.journal"
    died_at, in_hands = path.stat().st_mtime, set[Claim]()
    for line in path.read_text().splitlines():
        match line.split():
            case ["created", identifier, user_id]:
                journals.created[UUID(identifier)] = user_id
            case ["claimed" | "finished" | "fenced" | "unfinished" | "outcome" as what, delivery_id, claim_no, *more]:
                _follow(what, (UUID(delivery_id), int(claim_no)), more, in_hands, journals)
            case ["heard", delivery_id, claim_no, moment]:
                claim, at = (UUID(delivery_id), int(claim_no)), float(moment)
                journals.heard[claim] = min(at, journals.heard.get(claim, at))
            case ["killed", seam, *ids]:
                for each in ids:
                    world.injector.note(storms.killed(seam), UUID(each), died_at)
            case ["reply_lost", statement, delivery_id, moment]:
                world.injector.note(storms.REPLY + statement.partition("_")[0], UUID(delivery_id), float(moment))
            case ["ran", began, ended]:
                journals.runs.append((gone.process.pid or 0, float(began), float(ended)))
            case _:
                pass
    if (gone.process.exitcode or 0) < 0:
        _hurt(world, in_hands, timed_out=gone.process.exitcode == ALARM, at=died_at, journals=journals)


def _hurt(world: World, in_hands: set[Claim], *, timed_out: bool, at: float, journals: Journals) -> None:
    for claim in in_hands:
        journals.hurt[claim] = "the worker was killed before it could tell"
        if timed_out:
            world.injector.note(storms.TIMED_OUT, claim[0], at)


def _follow(what: str, claim: Claim, more: list[str], in_hands: set[Claim], journals: Journals) -> None:
    if what == "claimed":
        in_hands.add(claim)
    elif what == "unfinished":
        journals.hurt[claim] = "the database was away until the end"
    elif what != "outcome":
        in_hands.discard(claim)
    elif more == ["unknown"]:
        journals.hurt[claim] = "the answer never came"
