"""Recording one notification for many people: one request against a loop of creates and against bare rows."""

from functools import partial

from benchmarks.cases import CASES
from benchmarks.children import Fleet, fleets, python
from benchmarks.figures import Comparison
from benchmarks.options import Outcome
from benchmarks.progress import progress
from benchmarks.rounds import interleave
from benchmarks.world import World

SIZES = (1, 10, 100, 1000)
PRODUCT, LOOP, BARE = "one request", "loop of creates", "INSERT … SELECT unnest"


def measure(world: World) -> Outcome:
    """Measure requests for 1 to 1,000 people with two channels each."""
    product = world.product("fanout")
    programs = {PRODUCT: python("fanout"), LOOP: python("create"), BARE: python("bare_many")}
    with fleets(programs, 1, {"product": product, "superuser": world.server.url("fanout")}) as started:
        return Outcome([_compare(world, started, size) for size in SIZES])


def _compare(world: World, started: dict[str, Fleet], size: int) -> Comparison:
    what = f"fan-out to {size:,}"
    progress(f"{what}: warming up")
    work = {**CASES["critical"].work(), "recipients": size}
    counts: dict[str, int] = {}
    for name, fleet in started.items():
        unit = 1 if name == LOOP else size
        counts[name] = max(fleet.calibrate(work, world.options.seconds, first=max(20, 2 * unit)) // unit, 1) * unit
    world.server.settle("fanout")
    programs = {name: partial(fleet.timed, work, counts[name]) for name, fleet in started.items()}
    result = Comparison(
        key=f"fanout/{size}",
        group="Fan-out, critical, two channels",
        case=f"{size:,} {'recipient' if size == 1 else 'recipients'}",
        unit="recipients a second",
        samples=interleave(programs, world.options.rounds, what),
    )
    result.add_ratio("one request / loop of creates", PRODUCT, LOOP)
    result.add_ratio("one request / bare rows", PRODUCT, BARE)
    return result
