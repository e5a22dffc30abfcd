"""Waiting for a session that waits for a lock."""

import time
from concurrent.futures import Future
from typing import Any

from tests.support.environment import WAITING_HERE
from tests.support.flow import Flow


def until_somebody_waits(flow: Flow, running: Future[Any]) -> None:
    """Return when a session of the flow's database waits for a lock; fail if the call has ended."""
    deadline = time.monotonic() + 10
    while not flow.db.execute(WAITING_HERE).fetchone():
        assert time.monotonic() < deadline
        assert not running.done()
