"""The Python client against the functions of the API, over HTTP."""

import asyncio
from collections.abc import Iterator

import pytest

from carillon_client import AsyncClient, Client, ClientCredentials, InvalidRequest, KeyReused, NotFound
from tests.support.api_server import PRODUCER, SECRET, TOKEN_PATH, serving
from tests.support.environment import Connect
from tests.support.service import Service


@pytest.fixture
def address(service: Service) -> Iterator[str]:
    """The address of the API."""
    with serving(service) as address:
        yield address


def credentials(address: str) -> ClientCredentials:
    return ClientCredentials(token_url=f"{address}{TOKEN_PATH}", client_id=PRODUCER, client_secret=SECRET)


@pytest.fixture
def client(address: str) -> Iterator[Client]:
    """A client with the credentials of a producer."""
    with Client(address, token=credentials(address)) as client:
        yield client


def test_create_replay_reuse_explain_and_retract(client: Client) -> None:
    key = "invoice-9"
    first = client.notifications.create("alice", event_name="a.b", title="T", idempotency_key=key, data={"n": 1})
    assert not first.replayed
    assert first.notification["created_by"]["name"] == PRODUCER

    again = client.notifications.create("alice", event_name="a.b", title="T", idempotency_key=key, data={"n": 1})
    assert (again.replayed, again.id) == (True, first.id)

    with pytest.raises(KeyReused) as raised:
        client.notifications.create("alice", event_name="a.b", title="Other", idempotency_key=key)
    assert raised.value.notification_id == first.id
    assert {detail["field"] for detail in raised.value.details} == {"title", "data"}

    kept = client.notifications.create(
        "alice", event_name="a.b", title="Other", idempotency_key=key, idempotency_mode="first"
    )
    assert (kept.id, kept.notification["title"]) == (first.id, "T")

    assert client.notifications.deliveries(first.id)["channels"]["in_app"]["reason"] == "shown"
    assert client.notifications.retract(first.id)["notification_id"] == first.id
    assert client.notifications.retract_by_key("alice", key)["notification_id"] == first.id
    with pytest.raises(NotFound):
        client.notifications.retract("018f0000-0000-7000-8000-000000000000")


def test_a_derived_key_replays_and_retracts(client: Client) -> None:
    first = client.notifications.create("a/b c", event_name="a.b", title="T", resource_id="r")
    assert client.notifications.create("a/b c", event_name="a.b", title="New", resource_id="r").id == first.id
    assert client.notifications.retract_by_key("a/b c", "a/b c:a.b:r")["notification_id"] == first.id


def test_a_split_batch_is_recorded_once_also_in_another_order(client: Client, connect: Connect) -> None:
    """All requests of a split have the same key, because the service keeps a key for each person alone."""
    people = [f"user-{number}" for number in range(1_001)]
    first = client.notifications.create_many(people, event_name="a.b", title="T", idempotency_key="k")
    again = client.notifications.create_many(people[::-1], event_name="a.b", title="T", idempotency_key="k")
    assert (first["created"], again["replayed"]) == (1_001, 1_001)
    counted = connect().execute("SELECT count(*) AS n FROM notifications").fetchone()
    assert counted == {"n": 1_001}


def test_a_dry_run_keeps_nothing(client: Client, connect: Connect) -> None:
    assert client.notifications.dry_run("alice", event_name="a.b", title="T")["routing"].keys() == {"email", "push"}
    planned = client.notifications.dry_run_many(["alice", "bob"], event_name="a.b", title="T")
    assert (planned["created"], [each["user_id"] for each in planned["notifications"]]) == (2, ["alice", "bob"])
    people = [f"user-{number}" for number in range(1_001)]
    split = client.notifications.dry_run_many(people, event_name="a.b", title={"en": "One", "de": "Eins"})
    texts = split.get("texts")
    assert texts
    assert (split["created"], {name: text["title"] for name, text in texts.items()}) == (
        1_001, {"en": "One", "de": "Eins"},
    )  # fmt: skip
    assert connect().execute("SELECT count(*) AS n FROM notifications").fetchone() == {"n": 0}


def test_contact_data_and_preferences_of_a_person(client: Client) -> None:
    person = "team/alice 1%"
    with pytest.raises(NotFound):
        client.recipients.get(person)
    contact = client.recipients.set(person, email="alice@example.com", locale="fr", timezone="Europe/Paris")
    assert client.recipients.get(person) == contact
    preferences = client.recipients.preferences.get(person)
    preferences["email_enabled"] = True
    preferences["quiet_hours"] = {"from": "22:00", "to": "07:00"}
    stored = client.recipients.preferences.set(person, preferences)
    assert (stored["email_enabled"], stored["timezone"]) == (True, "Europe/Paris")
    client.recipients.erase(person)
    with pytest.raises(NotFound):
        client.recipients.get(person)


def test_a_wrong_field_is_named(client: Client) -> None:
    with pytest.raises(InvalidRequest) as raised:
        client.notifications.create("alice", event_name="Not A Name", title="T")
    assert [detail["field"] for detail in raised.value.details] == ["event_name"]


def test_the_asynchronous_client_records_for_many_at_the_same_time(address: str, connect: Connect) -> None:
    async def run() -> None:
        async with AsyncClient(address, token=credentials(address)) as client:
            await client.health()
            await asyncio.gather(
                *(client.notifications.create(f"user-{n}", event_name="a.b", title="T") for n in range(20))
            )

    asyncio.run(run())
    assert connect().execute("SELECT count(*) AS n FROM notifications").fetchone() == {"n": 20}
