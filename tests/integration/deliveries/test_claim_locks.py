"""The lock order of deliveries: each statement that locks several of them sorts by user, channel and id."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import psycopg
import pytest

from carillon.deliveries import store
from carillon.models.delivery import OutcomeKind
from tests.support.environment import WAITING_HERE
from tests.support.flow import Flow, failing


def claim(flow: Flow, ids: list[UUID]) -> object:
    return flow.work(*ids, worker=flow.new_worker())


def finish(flow: Flow, ids: list[UUID]) -> object:
    sent = flow.message(None).sent_at
    claims = store.claim(flow.database(), flow.settings, dict.fromkeys(ids, sent))
    outcomes = [(each.delivery, failing(OutcomeKind.RETRY)) for each in claims if each.delivery is not None]
    assert len(outcomes) == len(ids)
    return lambda: store.finish(flow.database(), flow.settings, outcomes, time.monotonic() + 10)


def undispatch(flow: Flow, ids: list[UUID]) -> object:
    return flow.database().rows("deliveries/undispatch", {"ids": ids})


@pytest.mark.parametrize("step", [claim, finish, undispatch], ids=lambda step: step.__name__)
def test_deliveries_are_locked_by_user_first(flow: Flow, step: Callable[[Flow, list[UUID]], object]) -> None:
    flow.person("alice")
    flow.person("bob")
    [bobs] = flow.create("bob")
    [alices] = flow.create("alice")
    assert bobs < alices  # by id, bob's delivery would come first
    prepared = step(flow, [bobs, alices]) if step is finish else None
    holder = flow.stack.enter_context(flow.connection())
    holder.execute("BEGIN")
    holder.execute("SELECT FROM deliveries WHERE id = %s FOR UPDATE", [alices])

    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(prepared if callable(prepared) else lambda: step(flow, [bobs, alices]))
        deadline = time.monotonic() + 10
        while not flow.db.execute(WAITING_HERE).fetchone():
            assert time.monotonic() < deadline
            assert not running.done()
        try:
            # A statement that waits for alice's delivery has not locked bob's yet.
            flow.db.execute("SELECT FROM deliveries WHERE id = %s FOR UPDATE NOWAIT", [bobs])
        except psycopg.errors.LockNotAvailable:
            pytest.fail("bob's delivery was locked before alice's")
        finally:
            holder.execute("COMMIT")
        running.result(10)
