"""Concurrent registrations and removals of one phone: each remaining row has an endpoint that exists."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import boto3
import pytest

from carillon.aws.endpoints import Endpoints
from carillon.database.connection import Database
from carillon.errors import NotFound, Unavailable
from carillon.models.device import NewDevice, RegisteredDevice
from carillon.people import devices, erasure
from carillon.settings import RecipientsSettings
from tests.support.environment import Connect
from tests.support.service import Service
from tests.support.sns import Sns, name_endpoints_after_their_tokens

PHONE = NewDevice(platform="fcm", token="dGVzdA-token:APA91b")


@pytest.fixture(params=["another name", "the same name"])
def sns(request: pytest.FixtureRequest, service: Service, monkeypatch: pytest.MonkeyPatch) -> Sns:
    """Return an SNS that gives a phone another endpoint name at a new registration, or the same name."""
    if request.param == "the same name":
        name_endpoints_after_their_tokens(monkeypatch)
    return Sns()


@pytest.fixture
def endpoints(sns: Sns) -> Endpoints:
    return Endpoints(RecipientsSettings.load(), sns)


@pytest.fixture
def databases(service: Service) -> Iterator[list[Database]]:
    """Yield the connections of eight containers."""
    made = [Database(RecipientsSettings.load()) for _ in range(8)]
    yield made
    for database in made:
        database.close()


@pytest.fixture
def stored(connect: Connect) -> Callable[[], list[dict[str, Any]]]:
    """Return a function that reads the rows of all devices."""
    connection = connect()
    return lambda: connection.execute("SELECT * FROM devices ORDER BY created_at").fetchall()


def assert_reachable(sns: Sns, rows: list[dict[str, Any]], user_id: str) -> None:
    """Check that there is one row, and that its endpoint exists."""
    [row] = rows
    assert (row["user_id"], row["enabled"]) == (user_id, True)
    assert sns.attributes(row["endpoint_arn"])["Enabled"] == "true"


def test_concurrent_registrations_end_with_one_row(
    service: Service, sns: Sns, endpoints: Endpoints, databases: list[Database], stored: Any
) -> None:
    start = threading.Barrier(len(databases))

    def run(number: int) -> tuple[RegisteredDevice, bool]:
        """Register as a client does: it repeats a request that was answered 503, because others had the phone."""
        start.wait(10)
        for _ in range(5):
            with suppress(Unavailable):
                return devices.register(databases[number], endpoints, f"user{number % 2}", PHONE)
        raise AssertionError("no registration came to an end")

    for _ in range(5):
        with ThreadPoolExecutor(len(databases)) as pool:
            answers = list(pool.map(run, range(len(databases))))
        [row] = stored()
        assert row["id"] in [answer.device.id for answer, _ in answers]
        assert_reachable(sns, stored(), row["user_id"])


@pytest.mark.parametrize("way", ["remove", "erase"])
def test_a_phone_taken_over_while_its_old_owner_removes_it_keeps_an_endpoint(
    sns: Sns, endpoints: Endpoints, databases: list[Database], stored: Any, way: str
) -> None:
    alice, bob = databases[:2]
    old, _ = devices.register(alice, endpoints, "alice", PHONE)
    sns.before["delete_endpoint"] = lambda: devices.register(bob, endpoints, "bob", PHONE)
    if way == "remove":
        devices.remove(alice, endpoints, "alice", old.device.id)
    else:
        erasure.erase(alice, endpoints, "alice", "tests")
    assert_reachable(sns, stored(), "bob")


@pytest.mark.parametrize("way", ["remove", "erase"])
@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_phone_whose_old_owner_removes_it_during_the_takeover_gets_another_endpoint(
    sns: Sns, endpoints: Endpoints, databases: list[Database], stored: Any, way: str, moment: str
) -> None:
    alice, bob = databases[:2]
    old, _ = devices.register(alice, endpoints, "alice", PHONE)

    def remove() -> None:
        if way == "remove":
            devices.remove(alice, endpoints, "alice", old.device.id)
        else:
            erasure.erase(alice, endpoints, "alice", "tests")

    getattr(sns, moment)["set_endpoint_attributes"] = remove
    _, created = devices.register(bob, endpoints, "bob", PHONE)
    assert created
    assert_reachable(sns, stored(), "bob")


def test_a_device_registered_during_its_owners_erasure_leaves_no_endpoint(
    sns: Sns, endpoints: Endpoints, databases: list[Database], stored: Any
) -> None:
    alice, again = databases[:2]
    devices.register(alice, endpoints, "alice", NewDevice(platform="fcm", token="first"))
    sns.before["delete_endpoint"] = lambda: devices.register(again, endpoints, "alice", PHONE)
    erasure.erase(alice, endpoints, "alice", "tests")
    assert stored() == []
    assert sns.arns(RecipientsSettings.load().fcm_application_arn or "") == []


def test_an_endpoint_that_disappears_each_time_is_given_up(
    sns: Sns, endpoints: Endpoints, databases: list[Database]
) -> None:
    def delete_all() -> None:
        for arn in sns.arns(RecipientsSettings.load().fcm_application_arn or ""):
            boto3.client("sns").delete_endpoint(EndpointArn=arn)
        sns.before["set_endpoint_attributes"] = delete_all

    sns.before["set_endpoint_attributes"] = delete_all
    with pytest.raises(Unavailable):
        devices.register(databases[0], endpoints, "alice", PHONE)
    assert sns.calls.count("create_platform_endpoint") == devices._ROUNDS


def test_after_any_race_each_row_has_an_existing_endpoint(
    sns: Sns, endpoints: Endpoints, databases: list[Database], stored: Any
) -> None:
    def register(number: int, user: str) -> RegisteredDevice:
        while True:  # a client repeats a refused request; the other threads end after six turns
            with suppress(Unavailable):
                return devices.register(databases[number], endpoints, user, PHONE)[0]

    def live(number: int) -> None:
        user = f"user{number % 3}"
        for turn in range(6):
            device = register(number, user).device
            if (number + turn) % 3 == 0:
                erasure.erase(databases[number], endpoints, user, "tests")
            elif (number + turn) % 3 == 1:
                with suppress(NotFound):
                    devices.remove(databases[number], endpoints, user, device.id)

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(live, range(6)))
    assert len(stored()) <= 1
    for row in stored():
        assert sns.attributes(row["endpoint_arn"])["Enabled"] == "true"


def test_a_device_registered_during_its_owners_erasure_and_taken_over_at_once_keeps_an_endpoint(
    sns: Sns, endpoints: Endpoints, databases: list[Database], stored: Any
) -> None:
    """The erasure deletes the row, then an endpoint that it did not know. Between both, bob takes over the phone."""
    alice, again, bob = databases[:3]
    devices.register(alice, endpoints, "alice", NewDevice(platform="fcm", token="first"))

    def arrive() -> None:
        devices.register(again, endpoints, "alice", PHONE)
        sns.after["delete_endpoint"] = lambda: sns.before.update(delete_endpoint=take_over)

    def take_over() -> None:
        devices.register(bob, endpoints, "bob", PHONE)

    sns.before["delete_endpoint"] = arrive
    erasure.erase(alice, endpoints, "alice", "tests")
    assert_reachable(sns, stored(), "bob")
