"""The whole path on the devstack: from the request of a producer until SES accepts the email, and warm requests."""

import statistics
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from benchmarks.children import ChildFailed
from benchmarks.devstack import RunningDevstack, running_devstack
from benchmarks.figures import Comparison, quantile
from benchmarks.options import Options, Outcome
from benchmarks.progress import progress
from benchmarks.rounds import interleave
from benchmarks.world import World

A_SECOND = 5
PEOPLE = 60  # enough that no person reaches the limit of five emails a minute
ROUND_SECONDS = 10
CALLS = 20  # of each kind of warm request in a round
ARRIVED_WITHIN_SECONDS = 60


def measure(world: World) -> Outcome:
    """Start a devstack, and measure the hand-over to SES and warm requests."""
    progress("whole path: starting a devstack")
    with running_devstack() as stack:
        progress("whole path: setting up people")
        for number in range(PEOPLE):
            user = f"bench-{number}"
            stack.request("PUT", f"/recipients/{user}", {"email": f"{user}@example.com"})
            stack.request("PUT", f"/recipients/{user}/preferences", {"email_enabled": True, "push_enabled": False})
        _steady(stack, 2, 0)  # warm
        handover = _handover(stack, world.options)
        latency = _latency(stack, world.options)
    base = statistics.median(latency.samples["health"])
    above = ", ".join(f"{name} {latency.spread(name).median - base:.0f} ms" for name in ("create", "list"))
    return Outcome(
        [handover, latency], [f"Above `GET /health`, whose time is that of the emulator: {above} (medians)."]
    )


def _handover(stack: RunningDevstack, options: Options) -> Comparison:
    """Return the seconds from the begin of a request until SES has accepted its email, in rounds of a steady load."""
    seconds = 5 if options.quick else ROUND_SECONDS
    samples: dict[str, list[float]] = {"p50": [], "p95": []}
    for number in range(options.rounds):
        progress(f"whole path, hand-over to SES: round {number + 1} of {options.rounds}")
        taken = _steady(stack, seconds, number + 1)
        samples["p50"].append(quantile(taken, 0.5))
        samples["p95"].append(quantile(taken, 0.95))
    return Comparison(
        key="wholepath/handover", group=f"Create to SES, {A_SECOND} a second", case="on the devstack", unit="seconds",
        samples=samples,
    )  # fmt: skip


def _steady(stack: RunningDevstack, seconds: int, series: int) -> list[float]:
    """Record at a steady rate, also if answers are slow. Return how long each email took."""
    count = seconds * A_SECOND
    first = time.time() + 0.2

    def send(number: int) -> float:
        time.sleep(max(first + number / A_SECOND - time.time(), 0))
        started = time.time()
        _create(stack, number, _title(series, number))
        return started

    with ThreadPoolExecutor(16) as pool:
        started = dict(enumerate(pool.map(send, range(count))))
    arrived = _arrived(stack, [_title(series, number) for number in range(count)])
    return [arrived[_title(series, number)] - at for number, at in started.items()]


def _title(series: int, number: int) -> str:
    return f"Job {series}-{number:04} failed"


def _create(stack: RunningDevstack, number: int, title: str) -> None:
    body = {"user_id": f"bench-{number % PEOPLE}", "event_name": "job.failed", "title": title, "severity": "critical"}
    stack.request("POST", "/notifications", body)


def _arrived(stack: RunningDevstack, titles: list[str]) -> dict[str, float]:
    """Wait until SES has accepted an email for each title, and return when it did."""
    deadline = time.monotonic() + ARRIVED_WITHIN_SECONDS
    while True:
        found = {title: email["Timestamp"] for email in stack.emails() for title in titles if title in str(email)}
        if len(found) == len(titles):
            return found
        if time.monotonic() > deadline:
            raise ChildFailed(f"{len(titles) - len(found)} of {len(titles)} emails did not arrive")
        time.sleep(1)


def _latency(stack: RunningDevstack, options: Options) -> Comparison:
    """Return the median of warm requests, one after the other: create, list, and /health.

    /health passes through the emulated API and function as the others do, and only asks the database whether it
    answers. So its time is that of the emulator.
    """

    def timed(call: Callable[[int], object]) -> float:
        taken: list[float] = []
        for number in range(CALLS):
            started = time.perf_counter()
            call(number)
            taken.append((time.perf_counter() - started) * 1000)
        return statistics.median(taken)

    programs = {
        "create": lambda: timed(lambda number: _create(stack, number, "A warm request")),
        "list": lambda: timed(lambda number: stack.request("GET", "/notifications", user=f"bench-{number % PEOPLE}")),
        "health": lambda: timed(lambda _: stack.request("GET", "/health")),
    }
    result = Comparison(
        key="wholepath/latency", group="Warm requests", case="one after the other", unit="milliseconds",
        samples=interleave(programs, options.rounds, "whole path, warm requests"),
    )  # fmt: skip
    result.add_ratio("create / health", "create", "health")
    result.add_ratio("list / health", "list", "health")
    return result
