"""Steps of devices in any order and with any interruptions: a phone shows only pushes for its owner.

tests/support/interruptions.py lists the interruptions.
"""

from collections.abc import Callable
from random import Random

import boto3
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from moto.sns import models

from carillon.people import erasure, handover
from tests.support.flow import Flow
from tests.support.interruptions import BOUNDARIES, Act, OneByOne, Step, World, schedule
from tests.support.sns import name_endpoints_after_their_tokens

pytestmark = pytest.mark.slow


@pytest.fixture
def schedules(aws: boto3.Session, flow: Flow, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Return a function that runs a schedule; with `named`, each endpoint of a phone has the same name."""
    boto3.client("sns").create_platform_application(Name="app", Platform="GCM", Attributes={})
    ordinary = models.PlatformEndpoint
    for module in (erasure, handover):
        monkeypatch.setattr(module, "ThreadPoolExecutor", OneByOne)

    def run(steps: list[Step], named: bool) -> None:
        with monkeypatch.context() as patch:
            if named:
                name_endpoints_after_their_tokens(patch)
            else:
                patch.setattr(models, "PlatformEndpoint", ordinary)
            world = World(flow)

            class Time:
                """A clock: while a caller waits for a push in progress, another step may run."""

                @staticmethod
                def monotonic() -> float:
                    return world.clock

                @staticmethod
                def sleep(seconds: float) -> None:
                    world.clock += seconds
                    world.boundary()

            patch.setattr(handover, "time", Time)
            for step in steps:
                world.step(*step)
                assert world.leaks == []
            world.settle(whole=all(killed_at is None for _, _, killed_at in steps))

    return run


# While alice registers again, her erasure deletes the endpoint and gives up because a push is in progress.
@example(seed=993, named=False)
@given(seed=st.integers(0, 2**32), named=st.booleans())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_with_any_interruptions_a_phone_shows_only_pushes_for_its_owner(
    schedules: Callable[..., None], seed: int, named: bool
) -> None:
    schedules(schedule(Random(seed)), named)


@pytest.mark.parametrize("inner", [("register", "carol"), ("remove", ""), ("forget", ""), ("claim", "")])
@pytest.mark.parametrize("outer", [("register", "bob"), ("remove", ""), ("erase", ""), ("forget", "")])
def test_each_command_before_each_call_of_another(schedules: Callable[..., None], outer: Act, inner: Act) -> None:
    for moment in range(BOUNDARIES):
        schedules([(outer, {moment: [inner]}, None)], named=True)


def test_the_model_detects_a_leak(schedules: Callable[..., None], flow: Flow) -> None:
    """If no caller waits for pushes in progress, a new endpoint with the same name shows them."""
    acts = [("claim", ""), ("register", "bob"), ("publish", "")]
    leak: list[Step] = [(act, {}, None) for act in acts]
    schedules(leak, named=True)
    flow.db.execute(
        """
        CREATE OR REPLACE FUNCTION pushing(person text) RETURNS boolean
        LANGUAGE sql STABLE AS 'SELECT false'
        """
    )
    with pytest.raises(AssertionError, match="alice on bob's phone"):
        schedules(leak, named=True)
    schedules(leak, named=False)  # an endpoint with another name shows no old push
