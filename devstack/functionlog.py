"""The log of the running devstack's functions. The emulator keeps it, as CloudWatch does on AWS."""

import json
import time
from collections import Counter
from collections.abc import Generator
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from devstack.machine.options import DevstackError, Options
from devstack.running import client, running_stack

POLL_EVERY_SECONDS = 1.0
OVERLAP_MS = 10_000  # each poll reads the last 10 s again, because a line can appear later than its timestamp
PLATFORM = ("START ", "END ", "REPORT ")  # lines of Lambda itself

type Line = tuple[int, str, str]  # time, stream, message


def function_log(options: Options, *, follow: bool) -> Generator[str]:
    """Yield the lines of all functions, the oldest first; with `follow`, also new lines until the devstack stops.

    Raise DevstackError if no devstack runs in `options.state`.
    """
    stack = running_stack(options)
    logs, group = client(stack, "logs"), f"/{stack['stack_name']}/functions"
    seen: Counter[Line] = Counter()  # by content, because the emulator gives events no id
    since = 0
    while True:
        found: Counter[Line] = Counter()
        for event in _events(logs, group, since):
            line = (event["timestamp"], event["logStreamName"], event["message"])
            found[line] += 1
            if found[line] > seen[line] and not event["message"].startswith(PLATFORM):
                yield describe(event)
        seen = found
        since = max([since, *(at - OVERLAP_MS for at, _, _ in seen)])
        if not follow or not options.stack_file.exists():
            return
        time.sleep(POLL_EVERY_SECONDS)


def describe(event: dict[str, Any]) -> str:
    """Return an event as one line: the time in UTC, the function ("-" if the message does not name it), the message."""
    message = event["message"].rstrip()
    try:
        function = json.loads(message)["service"]
    except (ValueError, KeyError, TypeError):
        function = "-"  # a line of a traceback, or of a library
    return f"{datetime.fromtimestamp(event['timestamp'] / 1000, UTC):%H:%M:%S.%f}"[:-3] + f" {function:<10} {message}"


def _events(logs: Any, group: str, since: int) -> Generator[dict[str, Any]]:
    try:
        for page in logs.get_paginator("filter_log_events").paginate(logGroupName=group, startTime=since):
            yield from page["events"]
    except logs.exceptions.ResourceNotFoundException:
        return  # no function has logged anything yet
    except (BotoCoreError, ClientError) as error:
        raise DevstackError(f"The emulator does not return the log: {error}") from None
