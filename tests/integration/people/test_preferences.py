"""Preferences over HTTP: stored as a whole, returned as effective values, with the token's address if none is known."""

import os
import tempfile
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import recipients_shared as function
from carillon.categories import read_categories
from carillon.models.channel import CHANNELS
from carillon.models.preferences import switch_of
from tests.support.environment import Connect, suppressed
from tests.support.service import Service

DEFAULTS = {"in_app_enabled": True, **{switch_of(channel): False for channel in CHANNELS}, "digest_minutes": 5}
VERIFIED = {"sub": "alice", "email": "alice@example.com", "email_verified": "true"}


@pytest.fixture
def round_trips(service: Service) -> Iterator[Callable[[], int]]:
    """Yield a function that counts the round trips since its last call, from the trace of libpq."""
    service.call("GET", "/preferences", user="nobody")  # connects
    connection: Any = function.container().database._connection
    with tempfile.TemporaryFile("w+b") as trace:
        connection.pgconn.trace(trace.fileno())

        def count() -> int:
            connection.pgconn.set_trace_flags(0)
            size = os.lseek(trace.fileno(), 0, os.SEEK_CUR)
            text = os.pread(trace.fileno(), size, seen[0]).decode()
            seen[0] = size
            return sum(
                line.split("\t")[1:2] == ["F"] and line.split("\t")[3] in ("Sync", "Query")
                for line in text.splitlines()
            )

        seen = [0]
        yield count
        connection.pgconn.untrace()


def test_a_person_without_choices_has_the_defaults(service: Service) -> None:
    answer = service.call("GET", "/preferences", user="alice")
    assert answer.status == 200
    answer_body = answer.json
    categories = answer_body.pop("categories")
    assert answer_body == {
        **DEFAULTS, "by_default": list(DEFAULTS), "quiet_hours": None, "timezone": "UTC",
        "timezone_known": False, "rules": {}, "default_email": "off",
        "channels": ["email", "push"], "address_known": False, "email_status": None, "email_help": None,
        "device_known": False, "updated_at": None,
    }  # fmt: skip
    assert [each["name"] for each in categories] == [each.name for each in read_categories().declared]


def test_the_stack_sets_the_defaults_and_choices_are_stored_as_a_whole(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DEFAULT_PUSH_ENABLED", "true")
    monkeypatch.setenv("DEFAULT_DIGEST_MINUTES", "30")
    first = service.call("PUT", "/preferences", {"inAppEnabled": False, "digest_minutes": 0}, user="alice")
    assert first.status == 200
    chosen = DEFAULTS | {"in_app_enabled": False, "push_enabled": True, "digest_minutes": 0}
    assert {name: first.json[name] for name in DEFAULTS} == chosen
    assert service.call("GET", "/preferences", user="alice").json == first.json

    second = service.call("PUT", "/preferences", {"push_enabled": False, "in_app_enabled": None}, user="alice").json
    assert {name: second[name] for name in DEFAULTS} == {**DEFAULTS, "digest_minutes": 30}
    assert second["updated_at"] > first.json["updated_at"]
    assert service.call("GET", "/preferences", user="bob").json["updated_at"] is None


def test_routing_uses_the_choices(service: Service, reachable: Callable[..., None]) -> None:
    reachable("alice")
    body = {"user_id": "alice", "event_name": "job.failed", "title": "It failed", "severity": "critical"}

    def email() -> Any:
        return service.call("POST", "/notifications", body, producer="jobs").json["notification"]["routing"]["email"]

    assert email()["action"] == "now"
    service.call("PUT", "/preferences", {}, user="alice")
    assert email() == {"action": "off", "reason": "disabled", "rule": "stack:default_email"}


def test_switching_email_on_stores_the_verified_address_of_the_token(service: Service) -> None:
    off = service.call("PUT", "/preferences", {"email_enabled": False}, claims=VERIFIED)
    assert off.json["address_known"] is False
    on = service.call("PUT", "/preferences", {"email_enabled": True}, claims=VERIFIED)
    assert on.json["address_known"] is True
    assert service.call("GET", "/preferences", user="alice").json == on.json
    stored = service.call("GET", "/recipients/alice", producer="app").json
    assert (stored["email"], stored["email_status"]) == ("alice@example.com", "ok")


@pytest.mark.parametrize("claims", [{"email_verified": "false"}, {"email": "not an address"}, {"email": ""}])
def test_without_a_verified_address_the_answer_says_that_none_is_known(
    service: Service, claims: dict[str, str]
) -> None:
    answer = service.call("PUT", "/preferences", {"email_enabled": True}, claims=VERIFIED | claims)
    assert (answer.status, answer.json["address_known"]) == (200, False)
    assert service.call("GET", "/recipients/alice", producer="app").status == 404


def test_a_stored_address_and_its_status_stay(service: Service, connect: Connect) -> None:
    service.call("PUT", "/recipients/alice", {"email": "work@example.com", "locale": "de"}, producer="app")
    connect().execute(suppressed("bounced"))
    before = service.call("GET", "/recipients/alice", producer="app").json
    assert service.call("PUT", "/preferences", {"email_enabled": True}, claims=VERIFIED).json["address_known"] is True
    assert service.call("GET", "/recipients/alice", producer="app").json == before

    service.call("PUT", "/recipients/alice", {"locale": "de"}, producer="app")  # deletes the address
    assert service.call("GET", "/preferences", user="alice").json["address_known"] is False
    service.call("PUT", "/preferences", {"email_enabled": True}, claims=VERIFIED)
    after = service.call("GET", "/recipients/alice", producer="app").json
    assert (after["email"], after["email_status"], after["locale"]) == ("alice@example.com", "ok", "de")


def test_a_producer_sets_a_persons_preferences_and_its_own_address_is_not_stored(service: Service) -> None:
    claims = {"sub": "app", "scope": "carillon/recipients", "email": "app@example.com", "email_verified": "true"}
    answer = service.call("PUT", "/recipients/alice/preferences", {"email_enabled": True}, claims=claims)
    assert (answer.status, answer.json["email_enabled"], answer.json["address_known"]) == (200, True, False)
    assert service.call("GET", "/recipients/alice/preferences", producer="app").json == answer.json
    assert service.call("GET", "/preferences", user="alice").json == answer.json
    assert service.call("GET", "/preferences", claims=claims).json["updated_at"] is None


def test_each_request_needs_one_round_trip(service: Service, round_trips: Callable[[], int]) -> None:
    for method, path, body in (
        ("GET", "/preferences", None),
        ("PUT", "/preferences", {"email_enabled": True}),
        ("GET", "/recipients/alice", None),
        ("PUT", "/recipients/alice", {"email": "a@example.com"}),
        ("GET", "/recipients/alice/preferences", None),
        ("PUT", "/recipients/alice/preferences", {}),
        ("GET", "/devices", None),
    ):
        round_trips()
        claims = VERIFIED | {"scope": "carillon/recipients"}
        assert service.call(method, path, body, claims=claims).status == 200
        assert round_trips() == 1, (method, path)


@pytest.mark.parametrize("claims", [{}, {"sub": ""}, {"client_id": "app", "scope": "carillon/send"}])
@pytest.mark.parametrize(("method", "body"), [("GET", None), ("PUT", {})])
def test_a_token_without_a_subject_has_no_preferences(
    service: Service, claims: dict[str, str], method: str, body: Any
) -> None:
    assert service.call(method, "/preferences", body, claims=claims).status == 401


def test_a_user_cannot_name_another_user(service: Service) -> None:
    for answer in (
        service.call("GET", "/preferences", user="bob", query={"user_id": "alice"}),
        service.call("PUT", "/preferences", {"email_enabled": True}, user="bob", query={"user_id": "alice"}),
        service.call("PUT", "/preferences", {"email_enabled": True, "user_id": "alice"}, user="bob"),
        service.call("PUT", "/preferences", {"email_enabled": True, "userId": "bob"}, user="bob"),
    ):
        assert (answer.status, answer.json["error"]["code"]) == (403, "forbidden")
    assert service.call("PUT", "/preferences", {"user_id": "alice"}, producer="app").status == 422
    assert service.call("GET", "/preferences", user="alice").json["updated_at"] is None


@pytest.mark.parametrize("body", ["{", "", "[]", "null", '"x"', '{"digest_minutes": 1441}', '{"email": true}'])
def test_a_refused_request_stores_nothing(service: Service, connect: Connect, body: str) -> None:
    assert service.call("PUT", "/preferences", body, user="alice").status in (400, 422)
    assert connect().execute("SELECT count(*) AS rows FROM preferences").fetchall() == [{"rows": 0}]


def test_a_client_may_change_an_answer_and_send_it_back(service: Service) -> None:
    got = service.call("GET", "/preferences", user="alice").json
    put = service.call("PUT", "/preferences", got | {"digest_minutes": 30}, user="alice")
    assert put.status == 200
    assert service.call("GET", "/preferences", user="alice").json == put.json
    assert put.json["digest_minutes"] == 30


def test_a_client_that_sends_an_answer_back_does_not_choose_the_defaults(
    service: Service, reachable: Callable[..., None], connect: Connect
) -> None:
    """A person who opens the settings page and saves it must not override the defaults of categories."""
    reachable("alice")
    new = {"event_name": "document.ready", "title": "Your report", "severity": "success"}
    said = service.call("GET", "/preferences", user="alice").json
    assert said["by_default"] == [name for name in DEFAULTS if name not in ("email_enabled", "push_enabled")]

    for change in ({}, {"quiet_hours": {"from": "22:00", "to": "22:01"}}):
        answered = service.call("PUT", "/preferences", said | change, user="alice").json
        assert answered["by_default"] == said["by_default"]
        planned = service.call("POST", "/notifications", new, user="alice", query={"dry_run": "1"}).json
        assert planned["notification"]["routing"]["email"]["reason"] == "severity_success"
        assert planned["notification"]["routing"]["email"]["action"] == "now"  # the grouping of the category

    for chosen, left in (({"digest_minutes": 10}, 10), ({"digest_minutes": 5, "by_default": []}, 5)):
        answered = service.call("PUT", "/preferences", said | chosen, user="alice").json
        assert (answered["digest_minutes"], "digest_minutes" in answered["by_default"]) == (left, False)
        row = connect().execute("SELECT digest_minutes FROM preferences").fetchone()
        assert row == {"digest_minutes": left}


def test_a_whole_number_may_be_written_with_a_point(service: Service) -> None:
    body = '{"digest_minutes": 5.0, "rules": {"a": {"email": {"grouping": 7.0}}}}'
    stored = service.call("PUT", "/preferences", body, user="alice")
    assert (stored.status, stored.json["digest_minutes"]) == (200, 5)
    assert stored.json["rules"] == {"a": {"email": {"grouping": 7}}}
    assert service.call("PUT", "/preferences", '{"digest_minutes": 5.5}', user="alice").status == 422
