"""The button "Switch it on again": a person gets back the choices from before a mistaken unsubscribing."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from psycopg.types.json import Jsonb

from carillon.database.connection import Database
from carillon.settings import RecipientsSettings
from tests.support.environment import Connect
from tests.support.service import Service
from tests.support.unsubscribe_links import ONE_CLICK, all_rows, get_page, link, post

ON, OFF = {"email": {"enabled": True}}, {"email": {"enabled": False}}
HOURLY = {"email": {"enabled": True, "grouping": "hourly"}, "push": {"enabled": True}}
AGAIN, ALL, ALL_AGAIN = {"scope": "category_again"}, {"scope": "all"}, {"scope": "all_again"}
BEFORE: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({}, {}),
    ({"email": True}, {}),
    ({"email": True}, {"invoice": HOURLY}),
    ({"email": True}, {"invoice.paid": ON, "sales": ON, "job": OFF}),
    ({"email": False}, {"invoice": ON}),
    ({"email": True}, {"invoice": {"email": {"grouping": "now"}}}),
]


@pytest.fixture(autouse=True)
def alice(service: Service, reachable: Callable[..., None]) -> None:
    reachable("alice")


def choose(connect: Connect, channels: dict[str, Any], rules: dict[str, Any]) -> None:
    connect().execute(
        "UPDATE preferences SET channels = %s, rules = %s, unsubscribed = '{}'", [Jsonb(channels), Jsonb(rules)]
    )


def choices(connect: Connect) -> tuple[dict[str, Any], dict[str, Any]]:
    [row] = connect().execute("SELECT channels, rules FROM preferences").fetchall()
    return row["channels"], row["rules"]


@pytest.mark.parametrize(("channels", "rules"), BEFORE)
@pytest.mark.parametrize(("off", "on"), [(ONE_CLICK, AGAIN), (ALL, ALL_AGAIN)])
def test_the_button_restores_what_was_before(
    connect: Connect, off: dict[str, str], on: dict[str, str], channels: dict[str, Any], rules: dict[str, Any]
) -> None:
    choose(connect, channels, rules)
    token = link(connect, "invoice")
    page = post(token, off).text
    post(token, off)  # a repeat does not forget what was before
    assert choices(connect) != (channels, rules)
    assert re.findall(r'<button name="(\w+)" value="(\w+)"', page) == list(on.items())

    answer = post(token, on)

    assert (answer.status, choices(connect)) == (200, (channels, rules))
    assert "You get these emails again" in answer.text
    once = all_rows(connect)
    assert post(token, on).text == answer.text
    assert all_rows(connect) == once


def test_opening_the_link_never_switches_on(connect: Connect) -> None:
    token = link(connect, "invoice")
    post(token, ONE_CLICK)
    before = all_rows(connect)
    for method in ("GET", "HEAD"):
        assert get_page(token, method).status == 200
    assert all_rows(connect) == before


def test_a_forged_or_expired_link_switches_nothing_on(connect: Connect) -> None:
    token = link(connect, "invoice")
    post(token, ONE_CLICK)
    before = all_rows(connect)
    assert post(token[:-2], AGAIN).status == 404
    assert all_rows(connect) == before


def test_email_about_the_categories_is_on_afterwards_in_any_case(connect: Connect) -> None:
    """Alice stopped the category, then all email, and wants the category after all."""
    token = link(connect, "invoice")
    choose(connect, {}, {})
    post(token, ONE_CLICK)
    post(token, ALL)
    post(token, AGAIN)
    assert choices(connect) == ({"email": False}, {"invoice": ON})

    choose(connect, {}, {"invoice": OFF})  # switched off in the application
    post(token, AGAIN)
    assert choices(connect) == ({}, {"invoice": ON})


def test_a_category_that_was_stopped_before_stays_off_when_all_email_is_on_again(connect: Connect) -> None:
    choose(connect, {}, {})
    token = link(connect, "invoice")
    post(token, ONE_CLICK)
    post(token, ALL)
    post(token, ALL_AGAIN)
    assert choices(connect) == ({}, {"invoice": OFF})


def test_without_a_known_time_before_the_switch_is_on(connect: Connect) -> None:
    choose(connect, {"email": False}, {})
    post(link(connect), ALL_AGAIN)
    assert choices(connect) == ({"email": True}, {})


def test_a_later_choice_of_the_person_stays(connect: Connect) -> None:
    choose(connect, {"email": True}, {"invoice": HOURLY, "sales": ON})
    token = link(connect)
    post(token, ALL)
    connect().execute("UPDATE preferences SET rules = rules - 'sales'")
    post(token, ALL_AGAIN)
    assert choices(connect) == ({"email": True}, {"invoice": HOURLY})


def test_an_erased_person_is_not_stored_again(service: Service, connect: Connect) -> None:
    token = link(connect, "invoice")
    post(token, ONE_CLICK)
    there = post(token, AGAIN)
    assert service.call("DELETE", "/recipients/alice", producer="app").status == 200
    before = all_rows(connect)
    gone = post(token, AGAIN)
    assert (gone.status, gone.text) == (there.status, there.text)
    assert all_rows(connect) == before


def test_a_category_that_became_mandatory_gets_no_rule(connect: Connect) -> None:
    before = all_rows(connect)
    assert "cannot be switched off" in post(link(connect, "security"), AGAIN).text
    assert all_rows(connect) == before


def test_concurrent_buttons_lose_no_choice(service: Service, connect: Connect) -> None:
    """Each category ends as its own last button says, because each statement reads the locked row."""
    choose(connect, {}, {"e": HOURLY})
    made = [Database(RecipientsSettings.load()) for _ in range(5)]

    def off_and_on(number: int) -> None:
        category = "abcde"[number]
        for statement in ("people/unsubscribe", "people/resubscribe") * 5:
            made[number].rows(statement, {"user_id": "alice", "categories": [category]})

    with ThreadPoolExecutor(5) as pool:
        list(pool.map(off_and_on, range(5)))
    for database in made:
        database.close()
    assert choices(connect) == ({}, {"e": HOURLY})
