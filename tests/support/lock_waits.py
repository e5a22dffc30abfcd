"""Waiting for a session that waits for a lock."""

import time
from concurrent.futures import Future
from typing import Any

from tests.support.environment import WAITING_HERE
from tests.support.flow import Flow


def wait_for_lock_waiter(flow: Flow, running: Future[Any] | None = None) -> None:
    """Return when a session of the flow's database waits for a lock; fail if the call `running` has ended."""
    deadline = time.monotonic() + 10
    while not flow.db.execute(WAITING_HERE).fetchone():
        assert time.monotonic() < deadline, "no session waits for a lock"
        assert running is None or not running.done()
