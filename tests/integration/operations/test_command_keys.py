"""`carillon keys`: the newest key signs, older keys verify, a retired key ends its links, and no secret is shown."""

from collections.abc import Callable, Iterator

import pytest

import operate
from tests.support.command_line import Command, command_on
from tests.support.environment import Connect
from tests.support.operator_function import operator_function
from tests.support.service import Service
from tests.support.unsubscribe_links import ONE_CLICK, get_page, link, newest_key, post


@pytest.fixture
def carillon(service: Service, monkeypatch: pytest.MonkeyPatch, reachable: Callable[..., None]) -> Iterator[Command]:
    reachable("alice")
    with operator_function():
        yield command_on(service, monkeypatch)


def test_links_stay_valid_after_a_rotation_and_end_with_their_key(carillon: Command, connect: Connect) -> None:
    [first] = carillon.json("keys", "ls")["keys"]
    assert first["signs"] is True
    old = link(connect, "invoice")

    second, was = carillon.json("keys", "rotate")["keys"]
    assert (was, second["signs"]) == (first | {"signs": False}, True)
    assert second["created_at"] > first["created_at"]
    new = link(connect, "invoice")
    assert str(newest_key(connect).id) == second["id"]
    assert (get_page(old).status, get_page(new).status) == (200, 200)
    assert post(old, ONE_CLICK).status == 200

    assert carillon.json("keys", "retire", first["id"])["keys"] == [second]
    assert (get_page(old).status, post(old, ONE_CLICK).status, get_page(new).status) == (404, 404, 200)


def test_the_signing_key_cannot_be_retired_and_an_unknown_key_is_reported(carillon: Command, connect: Connect) -> None:
    [key] = carillon.json("keys", "ls")["keys"]
    refused = carillon.json("keys", "retire", key["id"], code=2)
    assert "keys rotate" in refused["error"]["message"]
    assert carillon("keys", "retire", "019a9f3c-0000-7000-8000-000000000001").exit_code == 1
    assert carillon("keys", "retire", "the-old-one").exit_code == 2
    assert carillon.json("keys", "ls")["keys"] == [key]
    assert carillon.json("log")["acts"] == []


def test_a_new_key_signs_with_any_clock(carillon: Command, connect: Connect) -> None:
    connect().execute("UPDATE signing_keys SET created_at = now() + interval '1 day'")
    [first] = carillon.json("keys", "ls")["keys"]
    made = carillon.json("keys", "rotate")["keys"]
    assert [(key["id"] == first["id"], key["signs"]) for key in made] == [(False, True), (True, False)]


def test_each_command_is_logged_and_no_secret_is_shown(carillon: Command, connect: Connect) -> None:
    output = carillon.says("keys", "ls") + carillon("keys", "rotate", "--json").stdout
    old = carillon.json("keys", "ls")["keys"][1]["id"]
    output += carillon.says("keys", "retire", old) + carillon("log", "--json").stdout
    acts = carillon.json("log")["acts"]
    assert [(act["action"], act["affected"]) for act in acts] == [("retire_key", 1), ("rotate_key", 1)]
    assert [act["arguments"]["key_id"] for act in acts] == [old, str(newest_key(connect).id)]
    assert newest_key(connect).secret.get_secret_value().hex() not in output
    rows = connect().execute("SELECT octet_length(secret) AS bytes FROM signing_keys").fetchall()
    assert rows == [{"bytes": 48}]


def test_a_repeated_rotation_after_a_lost_answer_creates_one_key(carillon: Command, connect: Connect) -> None:
    database = operate.container().database
    for _ in range(2):
        database.rows("operations/rotate_key", {"id": "0199c1f0-0000-7000-8000-00000000aaaa", "operator": "tests"})
    assert len(carillon.json("keys", "ls")["keys"]) == 2
    assert len(carillon.json("log")["acts"]) == 1
