"""Rounds: every program runs once in each round, and the order changes from round to round."""

from collections.abc import Callable, Mapping, Sequence

from benchmarks.progress import progress


def order(names: Sequence[str], number: int) -> list[str]:
    """Return the order of a round. It begins with the next program every second round, and is reversed between.

    So no program always runs after the same other one, and a drift of the machine meets all of them.
    """
    start = number // 2 % len(names)
    rotated = [*names[start:], *names[:start]]
    return rotated if number % 2 == 0 else rotated[::-1]


def interleave[Sample](programs: Mapping[str, Callable[[], Sample]], count: int, what: str) -> dict[str, list[Sample]]:
    """Run `count` rounds and return the samples of each program. A program returns its own sample."""
    samples: dict[str, list[Sample]] = {name: [] for name in programs}
    for number in range(count):
        progress(f"{what}: round {number + 1} of {count}")
        for name in order(list(programs), number):
            samples[name].append(programs[name]())
    return samples
