"""The numbers of 05_policy.sql agree with the documentation, the template and the settings."""

import re
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from carillon.links import tokens
from carillon.settings import DeliverSettings
from tests.support.environment import Connect
from tests.support.paths import ROOT
from tests.support.template import defaults_of, properties, timeout

ARCHITECTURE, ROUTING, EMAIL, GLOSSARY = "architecture.md", "routing.md", "email.md", "glossary.md"
EVENTS = "provider-events.md"

# function of SQL → each sentence of the documentation that repeats its number
DOCUMENTED = [
    ("history_limit", GLOSSARY, r"The last (\d+) events of a delivery"),
    ("item_limit", ARCHITECTURE, r"return the (\d+) most urgent items"),
    ("item_limit", ROUTING, r"names the (\d+) most urgent notifications"),
    ("item_limit", ROUTING, r"chooses the (\d+) that"),
    ("item_limit", EMAIL, r"names at most (\d+) notifications"),
    ("soft_bounce_limit", EVENTS, r"(\d+) soft bounces of one address in a row"),
    ("worker_lifetime", ARCHITECTURE, r"changes its owner or is deleted \| (\d+) s from their claim"),
    ("rate_start", ARCHITECTURE, r"starts at (\d+) messages a second"),
    ("rate_minimum", ARCHITECTURE, r"messages a second and never falls below (\d+)"),
    ("rate_increase", ARCHITECTURE, r"accepted message raises the rate by ([\d.]+) a second"),
    ("rate_decrease", ARCHITECTURE, r"throttled message lowers it by ([\d.]+) a second"),
    ("bucket_minimum", ARCHITECTURE, r"the tokens of one second, and at least (\d+)"),
]
# function → seconds to wait for a lock, and the functions of the stack that call it
LOCK_TIMEOUTS: dict[str, tuple[int, list[str]]] = {
    "create_notifications": (3, ["Create"]),
    "record_for_self": (3, ["Create"]),
    "retract": (3, ["Create"]),
    "delete_person": (3, ["Recipients"]),
    "put_device": (3, ["Recipients"]),
    "drop_device": (3, ["Recipients", "Reaper"]),
    "claim": (5, ["Deliver"]),
    "finish": (5, ["Deliver"]),
    "record_provider_events": (5, ["ProviderEvents"]),
    "cancel": (5, ["Operator"]),
}


def policy(connect: Connect, name: str) -> Any:
    row = connect().execute(f"SELECT {name}() AS value".encode()).fetchone()
    assert row
    return row["value"]


def page(name: str) -> str:
    """Return the text of a page in one line, because a sentence may break anywhere."""
    return " ".join((ROOT / "docs" / name).read_text("utf-8").split())


@pytest.mark.parametrize(("name", "where", "sentence"), DOCUMENTED)
def test_the_documentation_repeats_the_number(connect: Connect, name: str, where: str, sentence: str) -> None:
    value = policy(connect, name)
    seconds_or_count = value.total_seconds() if isinstance(value, timedelta) else value
    found = re.findall(sentence, page(where))
    assert found, f"docs/{where} has no sentence like {sentence!r}"
    assert {Decimal(number) for number in found} == {Decimal(str(seconds_or_count))}


def test_a_worker_lives_as_long_as_its_function(connect: Connect) -> None:
    lifetime = policy(connect, "worker_lifetime").total_seconds()
    settings = DeliverSettings.load(defaults_of("Deliver") | {"DATABASE_URL": "x"})
    assert lifetime == timeout("Deliver") == settings.function_timeout_seconds


def test_a_resume_takes_effect_within_five_minutes(connect: Connect) -> None:
    assert 2 * policy(connect, "pause_recheck") == timedelta(minutes=5)
    assert "after five minutes at the latest. So a resume takes effect within five minutes." in page(ARCHITECTURE)
    assert "| a paused delivery is checked again after | at most 5 min" in page(ARCHITECTURE)


def test_the_send_rate_settles_where_one_request_in_twenty_is_throttled(connect: Connect) -> None:
    assert policy(connect, "rate_decrease") == 20 * policy(connect, "rate_increase")
    assert "about one message in twenty is throttled" in page(ARCHITECTURE)


def test_the_token_bucket_holds_the_tokens_for_a_whole_batch(connect: Connect) -> None:
    assert policy(connect, "bucket_minimum") == properties("DeliverySource")["BatchSize"]


def test_a_claim_returns_as_many_event_names_as_a_link_can_hold(connect: Connect) -> None:
    assert policy(connect, "event_name_limit") == tokens.MAX_EVENTS


def test_the_send_rate_defers_no_fresh_delivery(connect: Connect) -> None:
    assert policy(connect, "fresh_for") == timedelta(minutes=1)
    assert "became due less than a minute ago is always let through" in page(ARCHITECTURE)


def test_push_is_paused_for_an_hour_if_its_credentials_are_refused(connect: Connect) -> None:
    assert policy(connect, "credentials_pause") == timedelta(hours=1)
    assert "push waits for an hour" in page(EVENTS)
    assert "Push waits for an hour" in page("operations.md")


def test_a_function_waits_for_locks_at_most_half_of_its_time(connect: Connect) -> None:
    rows = connect().execute("SELECT proname, proconfig FROM pg_proc WHERE proconfig::text LIKE '%lock_timeout%'")
    waits = {row["proname"]: [each for each in row["proconfig"] if "lock_timeout" in each] for row in rows}
    assert waits == {name: [f"lock_timeout={seconds}s"] for name, (seconds, _) in LOCK_TIMEOUTS.items()}
    for seconds, callers in LOCK_TIMEOUTS.values():
        for caller in callers:
            # Carillon repeats a statement once after a passing failure.
            assert 2 * seconds < timeout(caller)


def test_each_number_of_the_policy_is_compared(connect: Connect) -> None:
    text = (ROOT / "layers/carillon/carillon/database/schema/functions/05_policy.sql").read_text("utf-8")
    names = set(re.findall(r"FUNCTION (\w+)\(\)", text))
    assert names - {name for name, *_ in DOCUMENTED} == {
        "credentials_pause",
        "event_name_limit",
        "fresh_for",
        "pause_recheck",
    }
