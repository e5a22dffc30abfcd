"""The calls and the lines of live hints (`Live=appsync`), and how much less their bells poll: docs/live.md.

A person whose bell is open hears each hint, and fetches the list. At any moment, `bells` of the `people` are such.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from cli.cost import measured, stacks
from cli.cost.prices import PRICES, Price
from cli.cost.usage import DAYS, MONTH_SECONDS, Actions, Usage

POLLERS, LONG_POLL_SECONDS = 5, 20  # as in calls.py, for the queue of hints
# A bell connects once a day, and listens to two channels: three operations, and three questions to the authorizer.
OPERATIONS_PER_CONNECTION = 3
GB = 1024**3


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveCalls:
    """The calls of a month. Coalescing only makes them fewer."""

    messages: float  # changes that are handed to the queue: one for each request that changes lists
    published: float  # hints to AppSync: one for each person of a change
    heard: float  # hints from AppSync to open bells, each followed by a fetch
    connections: float
    minutes: float  # of connection

    @property
    def authorizations(self) -> float:
        """The invocations of the authorizer."""
        return self.connections * OPERATIONS_PER_CONNECTION

    @property
    def operations(self) -> float:
        """The operations of AppSync Events."""
        return self.published + self.heard + self.connections * OPERATIONS_PER_CONNECTION


def live_calls(usage: Usage, actions: Actions) -> LiveCalls:
    """Return the calls of live hints."""
    open_share = min(1.0, usage.bells / max(1, usage.people)) * usage.hours / 24
    return LiveCalls(
        messages=actions.creates + actions.reads,
        published=usage.notifications + actions.reads,
        # A person who marks something has an open bell.
        heard=usage.notifications * open_share + actions.reads if usage.bells else 0,
        connections=usage.bells * DAYS,
        minutes=usage.bells * usage.hours * 60 * DAYS,
    )


def listening(usage: Usage, actions: Actions) -> Actions:
    """Return the actions of bells that listen: they poll seldom, and fetch after each hint."""
    seconds = max(usage.poll_seconds, stacks.LISTENING_POLL_SECONDS)
    polls = actions.polls * usage.poll_seconds / seconds
    heard = live_calls(usage, actions).heard
    return replace(actions, polls=polls + heard, poll_seconds=seconds, fetches=heard)


def live_lines(calls: LiveCalls, billed_seconds: dict[str, float]) -> Iterator[tuple[Price, float, str]]:
    """Yield price, quantity and detail of each line. `billed_seconds` is the time of one invocation."""
    invocations = {"live_hints": calls.messages, "live_authorizer": calls.authorizations}
    yield PRICES["lambda_requests"], sum(invocations.values()), "live hints"
    for function, count in invocations.items():
        gigabytes = stacks.LIVE_MEMORY / 1024
        yield PRICES["lambda_gb_seconds"], count * billed_seconds[function] * gigabytes, function
    empty = POLLERS * MONTH_SECONDS / LONG_POLL_SECONDS
    yield PRICES["sqs_requests"], 3 * calls.messages + empty, "hints"
    yield PRICES["events_operations"], calls.operations, ""
    yield PRICES["events_minutes"], calls.minutes, ""
    yield PRICES["live_secret"], 1, ""
    yield PRICES["metrics"], sum(len(names) for names in measured.LIVE_METRICS.values()), "live hints"
    yield PRICES["alarms"], stacks.LIVE_ALARMS, "live hints"
    logs = sum(invocations.values()) * measured.LIVE_LOG_BYTES / GB
    yield PRICES["logs"], logs, "live hints"
    yield PRICES["logs_kept"], logs, "live hints"
    traces = sum(min(each, MONTH_SECONDS) + max(0.0, each - MONTH_SECONDS) * 0.05 for each in invocations.values())
    yield PRICES["traces"], traces, "live hints"
