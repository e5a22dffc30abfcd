"""The Python client repeats what may succeed later, with the same key, and nothing else."""

import asyncio
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx
import pytest

from carillon_client import (
    ApiError,
    AsyncClient,
    Client,
    ConnectionTimeout,
    InvalidRequest,
    KeyReused,
    NotFound,
    RateLimited,
    Retry,
    ServerError,
    TransportError,
    Unavailable,
    _retry,
)
from carillon_client._async import exchange as async_exchange
from carillon_client._sync import exchange
from carillon_client.testing import FakeCarillon

URL = "https://api.example.com"
Handler = Callable[[httpx.Request], httpx.Response]


@pytest.fixture(autouse=True)
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The waits of the client, which take no time, and whose jitter is all that it may be."""
    clock = [0.0]
    waited: list[float] = []

    def sleep(seconds: float) -> None:
        waited.append(seconds)
        clock[0] += seconds

    async def async_sleep(seconds: float) -> None:
        sleep(seconds)

    class Clock:
        @staticmethod
        def monotonic() -> float:
            return clock[0]

    for module in (exchange, async_exchange):
        monkeypatch.setattr(module, "time", Clock)
    monkeypatch.setattr(exchange, "sleep", sleep)
    monkeypatch.setattr(async_exchange, "async_sleep", async_sleep)
    monkeypatch.setattr(_retry.random, "uniform", max)
    return waited


def client_of(transport: httpx.BaseTransport | Handler, retry: Retry | None = None) -> Client:
    transport = transport if isinstance(transport, httpx.BaseTransport) else httpx.MockTransport(transport)
    return Client(URL, token="t", transport=transport, retry=retry)


def create(client: Client) -> object:
    return client.notifications.create("alice", event_name="a.b", title="T")


def keys(fake: FakeCarillon) -> list[str]:
    return [json.loads(request.content)["idempotency_key"] for request in fake.requests]


@pytest.mark.parametrize("failure", [429, 502, 503, 504, None])
def test_a_repeat_has_the_same_key_and_records_once(failure: int | None, waits: list[float]) -> None:
    fake = FakeCarillon()
    fake.fail(failure, times=3)
    created = client_of(fake).notifications.create("alice", event_name="a.b", title="T")
    assert fake.notifications == [created.notification]
    assert len(fake.requests) == 4
    assert len(set(keys(fake))) == 1
    assert waits == [0.5, 1.0, 2.0]


@pytest.mark.parametrize("failure", [503, None])
def test_the_asynchronous_client_repeats_too(failure: int | None, waits: list[float]) -> None:
    fake = FakeCarillon()
    fake.fail(failure, times=2)

    async def run() -> None:
        async with AsyncClient(URL, token="t", transport=fake) as client:
            await client.notifications.create("alice", event_name="a.b", title="T")

    asyncio.run(run())
    assert len(fake.notifications) == len(set(keys(fake))) == 1
    assert waits == [0.5, 1.0]


def test_each_call_makes_a_key_of_its_own_but_not_beside_a_resource() -> None:
    fake = FakeCarillon()
    client = client_of(fake)
    create(client)
    create(client)
    client.notifications.create("alice", event_name="a.b", title="T", resource_id="r")
    client.notifications.create("alice", event_name="a.b", title="T", idempotency_key="mine")
    bodies = [json.loads(request.content) for request in fake.requests]
    assert bodies[0]["idempotency_key"] != bodies[1]["idempotency_key"]
    assert "idempotency_key" not in bodies[2]
    assert bodies[3]["idempotency_key"] == "mine"


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [(400, "invalid_json", InvalidRequest), (404, "not_found", NotFound), (422, "invalid", InvalidRequest),
     (422, "idempotency_key_reused", KeyReused), (500, "internal", ServerError), (418, "teapot", ApiError)],
)  # fmt: skip
def test_other_errors_are_final(status: int, code: str, kind: type[ApiError], waits: list[float]) -> None:
    fake = FakeCarillon()
    fake.fail(status, code=code, times=9)
    with pytest.raises(ApiError) as raised:
        create(client_of(fake))
    assert type(raised.value) is kind
    assert (raised.value.status, raised.value.code) == (status, code)
    assert (len(fake.requests), waits) == (1, [])


def test_it_gives_up_after_its_attempts_and_says_which_key_it_used() -> None:
    fake = FakeCarillon()
    fake.fail(503, times=9)
    with pytest.raises(Unavailable) as raised:
        create(client_of(fake, Retry(attempts=3)))
    assert len(fake.requests) == 3
    assert raised.value.idempotency_key == keys(fake)[0]


def test_retry_after_is_waited_for_and_jitter_is_added(waits: list[float]) -> None:
    fake = FakeCarillon()
    fake.fail(429, code="too_many", retry_after=7)
    create(client_of(fake))
    assert waits == [7.5]


def test_retry_after_may_be_a_date(waits: list[float]) -> None:
    answers = [httpx.Response(503, headers={"Retry-After": format_datetime(datetime.now(UTC) + timedelta(seconds=30))}),
               httpx.Response(200, json={"status": "ok"})]  # fmt: skip
    client_of(lambda _: answers.pop(0)).health()
    assert 28 < waits[0] <= 30.5


@pytest.mark.parametrize("value", ["", "soon", "-3", "1e9", "²", "Tue, 99 Nov 2026 10:00:00 GMT"])
def test_an_odd_retry_after_is_ignored(value: str, waits: list[float]) -> None:
    answers = [httpx.Response(503, headers={b"Retry-After": value.encode()}), httpx.Response(200, json={})]
    client_of(lambda _: answers.pop(0)).health()
    assert waits == [0.5]


def test_no_attempt_begins_after_the_deadline(waits: list[float]) -> None:
    fake = FakeCarillon()
    fake.fail(429, code="too_many", retry_after=20, times=9)
    with pytest.raises(RateLimited) as raised:
        create(client_of(fake, Retry(attempts=9, within=45)))
    assert waits == [20.5, 21.0]  # a third wait would end after 63 seconds
    assert raised.value.retry_after == 20


def test_waits_grow_up_to_the_longest(waits: list[float]) -> None:
    fake = FakeCarillon()
    fake.fail(503, times=7)
    create(client_of(fake, Retry(attempts=9, longest=4, within=999)))
    assert waits == [0.5, 1, 2, 4, 4, 4, 4]


@pytest.mark.parametrize(
    ("error", "kind", "attempts"),
    [(httpx.ReadTimeout("slow"), ConnectionTimeout, 2), (httpx.RemoteProtocolError("cut"), TransportError, 2),
     (httpx.UnsupportedProtocol("ftp"), TransportError, 1)],
)  # fmt: skip
def test_no_answer_is_a_transport_error(error: Exception, kind: type[TransportError], attempts: int) -> None:
    calls: list[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        calls.append(request)
        raise error

    with pytest.raises(TransportError) as raised:
        create(client_of(handler, Retry(attempts=2)))
    assert type(raised.value) is kind
    assert raised.value.__cause__ is error
    assert len(calls) == attempts


def test_an_answer_of_another_server_is_an_error() -> None:
    with pytest.raises(ApiError, match="no_json"):
        create(client_of(lambda _: httpx.Response(200, text="<html>")))


def test_the_gateway_s_own_error_has_a_message() -> None:
    answer = httpx.Response(404, json={"message": "Not Found"}, headers={"apigw-requestid": "r-1"})
    with pytest.raises(NotFound) as raised:
        client_of(lambda _: answer).notifications.retract("x")
    assert (raised.value.code, raised.value.message, raised.value.request_id) == ("refused", "Not Found", "r-1")
