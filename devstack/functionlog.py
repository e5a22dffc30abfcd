"""What the functions of the running devstack logged, which the emulator keeps as CloudWatch would."""

import json
import time
from collections import Counter
from collections.abc import Generator
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from devstack.invoke import client, running_stack
from devstack.machine.options import DevstackError, Options

LOOK_EVERY_SECONDS = 1.0
OVERLAP_MS = 10_000  # what is logged in a millisecond may show up after another of the same was read
PLATFORM = ("START ", "END ", "REPORT ")  # Lambda's own lines

type Line = tuple[int, str, str]  # time, stream, message


def function_log(options: Options, *, follow: bool) -> Generator[str]:
    """Lines of all functions, oldest first; with `follow`, new ones as they come, until the devstack stops.

    DevstackError when no devstack runs in `options.state`.
    """
    stack = running_stack(options)
    logs, group = client(stack, "logs"), f"/{stack['stack_name']}/functions"
    seen: Counter[Line] = Counter()  # the emulator gives events no id
    since = 0
    while True:
        look: Counter[Line] = Counter()
        for event in _events(logs, group, since):
            line = (event["timestamp"], event["logStreamName"], event["message"])
            look[line] += 1
            if look[line] > seen[line] and not event["message"].startswith(PLATFORM):
                yield describe(event)
        seen = look
        since = max([since, *(at - OVERLAP_MS for at, _, _ in seen)])
        if not follow or not options.stack_file.exists():
            return
        time.sleep(LOOK_EVERY_SECONDS)


def describe(event: dict[str, Any]) -> str:
    """One event as a line: the time in UTC, the function where the message tells it, and the message as it is."""
    message = event["message"].rstrip()
    try:
        function = json.loads(message)["service"]
    except (ValueError, KeyError, TypeError):
        function = "-"  # a traceback's line, or a library's
    return f"{datetime.fromtimestamp(event['timestamp'] / 1000, UTC):%H:%M:%S.%f}"[:-3] + f" {function:<10} {message}"


def _events(logs: Any, group: str, since: int) -> Generator[dict[str, Any]]:
    try:
        for page in logs.get_paginator("filter_log_events").paginate(logGroupName=group, startTime=since):
            yield from page["events"]
    except logs.exceptions.ResourceNotFoundException:
        return  # nothing was logged yet
    except (BotoCoreError, ClientError) as error:
        raise DevstackError(f"The log cannot be read: {error}") from None
