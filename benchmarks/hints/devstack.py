"""Create on a devstack while what follows the queue of hints has failed: `python -m benchmarks.hints.devstack`.

Each second request is about a moment in an hour: it is recorded by the same function, and no hint is sent. The two are
compared, because all functions of a devstack share the machine's processors. Rounds of each state take turns. The first
seconds of a round do not count: a function whose settings changed starts again then, on processors that all share.
"""

import argparse
import random
import statistics
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from tests.e2e.conftest import Stack
from tests.support.own_devstack import running_devstack

ROUND = 50  # pairs of requests that count
SETTLES_SECONDS = 5.0
BACKLOG = 2000  # changes in the queue of hints
CLOSED = "http://127.0.0.1:9"  # no process listens there
type State = Callable[[], Any]


class Switches:
    """The failures that follow the queue of hints, each for the time of a `with` block."""

    def __init__(self, stack: Stack) -> None:
        self._functions, self._sqs = stack.aws("lambda"), stack.aws("sqs")
        names = [each["FunctionName"] for each in self._functions.list_functions()["Functions"]]
        [self._create], [self._live_hints] = (
            [name for name in names if part in name] for part in ("-Create-", "-LiveHints-")
        )
        mappings = self._functions.list_event_source_mappings(FunctionName=self._live_hints)["EventSourceMappings"]
        self._source = mappings[0]["UUID"]
        self._queue_url = self._variables(self._create)["HINTS_QUEUE_URL"]
        self._endpoint = self._variables(self._live_hints)["LIVE_ENDPOINT_URL"]

    def _variables(self, function: str) -> dict[str, str]:
        return self._functions.get_function_configuration(FunctionName=function)["Environment"]["Variables"]

    def _set(self, function: str, **changed: str) -> None:
        variables = self._variables(function) | changed
        self._functions.update_function_configuration(FunctionName=function, Environment={"Variables": variables})

    @contextmanager
    def all_well(self) -> Generator[None]:
        """Change nothing."""
        yield

    @contextmanager
    def live_hints_is_down(self) -> Generator[None]:
        """Disable the event source, and fill the queue."""
        self._functions.update_event_source_mapping(UUID=self._source, Enabled=False)
        entries = [{"Id": str(number), "MessageBody": '{"people": []}'} for number in range(10)]
        for _ in range(BACKLOG // 10):
            self._sqs.send_message_batch(QueueUrl=self._queue_url, Entries=entries)
        yield
        self._sqs.purge_queue(QueueUrl=self._queue_url)
        self._functions.update_event_source_mapping(UUID=self._source, Enabled=True)

    @contextmanager
    def appsync_is_away(self) -> Generator[None]:
        """Let live_hints publish to a port without a listener."""
        self._set(self._live_hints, LIVE_ENDPOINT_URL=CLOSED)
        yield
        self._sqs.purge_queue(QueueUrl=self._queue_url)
        self._set(self._live_hints, LIVE_ENDPOINT_URL=self._endpoint)

    @contextmanager
    def queue_is_gone(self) -> Generator[None]:
        """Let create hand hints to a queue that does not exist."""
        self._set(self._create, HINTS_QUEUE_URL=self._queue_url + "-gone")
        yield
        self._set(self._create, HINTS_QUEUE_URL=self._queue_url)


def create(stack: Stack, token: str, *, hinted: bool) -> float:
    """Record a notification, and return the milliseconds."""
    body: dict[str, str] = {
        "user_id": f"person-{uuid.uuid4().hex[:2]}", "event_name": "job.ended", "title": "A job ended"
    }  # fmt: skip
    if not hinted:
        body["send_at"] = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    started = time.perf_counter()
    answer = stack.request("POST", "/notifications", token, body)
    took = (time.perf_counter() - started) * 1000
    assert answer.status == 201, answer.body
    return took


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.hints.devstack", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("--rounds", type=int, default=15, help=f"rounds of {ROUND} pairs for each state (15)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="carillon-hints-", ignore_cleanup_errors=True) as folder:
        state = Path(folder)
        state.chmod(0o755)  # PostgreSQL's system user must reach it
        with running_devstack(state, 400):
            report(measure(Stack(state), options.rounds))


def measure(stack: Stack, rounds: int) -> dict[str, list[tuple[float, float]]]:
    """Return the milliseconds of pairs of requests in each state: with a hint, and without."""
    switches, token = Switches(stack), stack.producer_token()
    states = {
        "all is well": switches.all_well,
        "live_hints is down, and the queue full": switches.live_hints_is_down,
        "AppSync is away": switches.appsync_is_away,
        "the queue is gone": switches.queue_is_gone,
    }
    took: dict[str, list[tuple[float, float]]] = {name: [] for name in states}
    for number in range(rounds):
        for name, state in states.items():
            with state():
                settled = time.monotonic() + SETTLES_SECONDS
                while time.monotonic() < settled:
                    pair(stack, token)
                took[name] += [pair(stack, token) for _ in range(ROUND)]
        print(f"round {number + 1} of {rounds}", file=sys.stderr, flush=True)
    return took


def pair(stack: Stack, token: str) -> tuple[float, float]:
    """Record two notifications, in random order, and return the milliseconds of the one with a hint first."""
    order = random.sample([True, False], 2)
    took = {hinted: create(stack, token, hinted=hinted) for hinted in order}
    return took[True], took[False]


def report(took: dict[str, list[tuple[float, float]]]) -> None:
    """Print the percentiles with and without a hint in each state, and their ratios."""
    table = Table("state", "pairs", "p50 ms", "without", "ratio", "p99 ms", "without", "ratio", box=None)
    for name, pairs in took.items():
        hinted, plain = (percentiles(list(values)) for values in zip(*pairs, strict=True))
        cells = [cell for one, other in zip(hinted, plain, strict=True)
                 for cell in (f"{one:.1f}", f"{other:.1f}", f"{one / other:.2f}")]  # fmt: skip
        table.add_row(name, str(len(pairs)), *cells)
    Console(width=120).print(table)


def percentiles(values: list[float]) -> tuple[float, float]:
    """Return the median and the 99th percentile."""
    return statistics.median(values), statistics.quantiles(values, n=100, method="inclusive")[98]


if __name__ == "__main__":
    main()
