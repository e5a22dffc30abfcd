"""The Python client splits many recipients, and names no person that a path cannot name."""

import json
from datetime import UTC, datetime
from typing import Any, cast

import httpx
import pytest

from carillon_client import Client, Content, InvalidRequest
from carillon_client.testing import FakeCarillon

URL = "https://api.example.com"


def bodies(fake: FakeCarillon) -> list[dict[str, Any]]:
    return [json.loads(request.content) for request in fake.requests]


def test_more_recipients_than_a_request_takes_are_split_with_one_key() -> None:
    fake = FakeCarillon()
    client = Client(URL, token="t", transport=fake)
    people = [f"user-{number}" for number in range(2_345)]
    first = client.notifications.create_many(people, event_name="a.b", title="T", idempotency_key="k")
    assert [len(body["user_ids"]) for body in bodies(fake)] == [1000, 1000, 345]
    assert {body["idempotency_key"] for body in bodies(fake)} == {"k"}
    assert [each["user_id"] for each in first["notifications"]] == people
    assert (first["created"], first["replayed"], first["conflicts"]) == (2345, 0, 0)
    again = client.notifications.create_many(reversed(people), event_name="a.b", title="T", idempotency_key="k")
    assert (again["created"], again["replayed"], again["conflicts"]) == (0, 2345, 0)
    assert len(fake.notifications) == 2345


def test_a_body_stays_within_the_bytes_that_the_route_takes() -> None:
    fake = FakeCarillon()
    people = [f"{number:04}{'🔔' * 124}" for number in range(1_500)]
    Client(URL, token="t", transport=fake).notifications.create_many(
        people, event_name="a.b", title="T", body="x" * 4000, resource_id="r"
    )
    assert all(len(request.content) <= 256 * 1024 for request in fake.requests)
    assert len(fake.requests[0].content) > 255 * 1024
    assert [user_id for body in bodies(fake) for user_id in body["user_ids"]] == people


def test_a_person_counts_once_and_nobody_is_an_error_of_the_api() -> None:
    fake = FakeCarillon()
    client = Client(URL, token="t", transport=fake)
    client.notifications.create_many(["a", "b", "a"], event_name="a.b", title="T")
    assert bodies(fake)[0]["user_ids"] == ["a", "b"]
    fake.fail(422, code="invalid")
    with pytest.raises(InvalidRequest):
        client.notifications.create_many([], event_name="a.b", title="T")


def test_one_id_is_not_taken_for_many() -> None:
    with pytest.raises(TypeError, match="list"):
        Client(URL, token="t", transport=FakeCarillon()).notifications.create_many("alice", event_name="a.b", title="T")


def test_after_a_failure_the_whole_can_be_repeated_with_the_key_of_the_error() -> None:
    fake = FakeCarillon()
    client = Client(URL, token="t", transport=httpx.MockTransport(_fails_second(fake)))
    people = [str(number) for number in range(1_500)]
    with pytest.raises(InvalidRequest) as raised:
        client.notifications.create_many(people, event_name="a.b", title="T")
    key = raised.value.idempotency_key
    total = client.notifications.create_many(people, event_name="a.b", title="T", idempotency_key=key)
    assert (total["created"], total["replayed"]) == (500, 1000)


def _fails_second(fake: FakeCarillon) -> Any:
    def handler(request: httpx.Request) -> httpx.Response:
        if len(fake.requests) == 1:
            fake.fail(422, code="invalid")
        return fake.handle_request(request)

    return handler


@pytest.mark.parametrize("user_id", ["", ".", "..", "a/../b", "a?b", "a#b", "a/preferences"])
def test_a_person_that_a_path_cannot_name_is_refused(user_id: str) -> None:
    """The gateway cuts a path at `?`: to erase `a?b` would erase `a`."""
    fake = FakeCarillon()
    with pytest.raises(ValueError, match="path"):
        Client(URL, token="t", transport=fake).recipients.erase(user_id)
    assert not fake.requests


@pytest.mark.parametrize(
    ("user_id", "path"),
    [("a/b", "a%2Fb"), ("a b%", "a%20b%25"), ("ü", "%C3%BC"), ("a//b", "a%2F%2Fb"), ("a+b", "a%2Bb")],
)
def test_a_person_is_percent_encoded(user_id: str, path: str) -> None:
    fake = FakeCarillon()
    Client(URL, token="t", transport=fake).recipients.erase(user_id)
    assert fake.requests[0].url.raw_path.decode() == f"/recipients/{path}"


def test_times_have_a_time_zone() -> None:
    fake = FakeCarillon()
    client = Client(URL, token="t", transport=fake)
    client.notifications.create("a", event_name="a.b", title="T", send_at=datetime(2030, 1, 1, 9, tzinfo=UTC))
    assert bodies(fake)[0]["send_at"] == "2030-01-01T09:00:00+00:00"
    with pytest.raises(ValueError, match="time zone"):
        client.notifications.create("a", event_name="a.b", title="T", send_at=datetime(2030, 1, 1))  # noqa: DTZ001


def test_names_that_are_wrong_are_refused_before_anything_is_sent() -> None:
    fake = FakeCarillon()
    client = Client(URL, token="t", transport=fake)
    with pytest.raises(TypeError, match="unknown names: titel"):
        client.notifications.create("a", **cast("Content", {"event_name": "a.b", "title": "T", "titel": "T"}))
    with pytest.raises(TypeError, match="missing names: title"):
        client.notifications.create("a", **cast("Content", {"event_name": "a.b"}))
    with pytest.raises(ValueError, match="JSON"):
        client.notifications.create("a", event_name="a.b", title="T", data={"n": float("nan")})
    assert not fake.requests


def test_requests_say_who_sends_them() -> None:
    fake = FakeCarillon()
    with Client(URL, token="t", transport=fake, user_agent="billing/3") as client:
        client.health()
    request = fake.requests[0]
    assert request.headers["User-Agent"].startswith("billing/3 carillon-client/")
    assert "Authorization" not in request.headers
