"""The explanation of a delivery that a pause defers. It names the kind of pause and keeps its other sentences."""

from typing import Any, get_args

import pytest

from carillon.models.story import HeldBy
from carillon.notifications.explanation import SENTENCES
from tests.unit.notifications.test_explanation import (
    AT_ONCE,
    BY_ME,
    BY_STACK,
    GROUPED,
    LATER,
    NEXT_WEEK,
    NOW,
    SINGLE,
    says,
)

BY_OPERATOR = "The email waits: an operator holds it back until 2026-12-01 09:00 UTC, if not released before."
BY_SENDER = "The email waits: what its sender records is held back until 10:05 UTC, if not released before."
BY_OUTAGE = "The email waits: its provider takes none at present, and is asked again every few minutes."

BY_PACE = "The email waits its turn: more is due than its provider takes."


@pytest.mark.parametrize(
    ("route", "delivery", "words"),
    [
        (GROUPED, {"held_by": "operator", "held_until": NEXT_WEEK, "attempts": 1}, f"{BY_OPERATOR} {BY_STACK}"),
        (GROUPED, {"held_by": "sender", "held_until": LATER}, f"{BY_SENDER} {BY_STACK}"),
        (AT_ONCE, SINGLE | {"held_by": "outage", "available_at": NOW}, f"{BY_OUTAGE} {BY_ME}"),
        (AT_ONCE, SINGLE | {"held_by": "pace"}, f"{BY_PACE} {BY_ME}"),
    ],
    ids=get_args(HeldBy),
)
def test_a_deferred_delivery_names_the_kind_of_its_pause(
    route: dict[str, Any], delivery: dict[str, Any], words: str
) -> None:
    assert says(route, delivery=delivery) == words


def test_every_kind_of_pause_has_a_sentence() -> None:
    assert {f"pending.{kind}" for kind in get_args(HeldBy)} <= set(SENTENCES)


def test_a_deferred_delivery_still_explains_why_it_may_be_skipped() -> None:
    read = says(GROUPED, delivery={"held_by": "outage"}, read_at=NOW)
    assert read == f"{BY_OUTAGE} {BY_STACK} You have read it: if that stays so, it is left out."
    retracted = says(GROUPED, delivery={"held_by": "outage"}, retracted_at=NOW, in_app=False)
    assert retracted == "Not sent: the producer retracted it before the email left."
