"""The Python client requests tokens once, keeps them, renews them, and never shows a secret."""

import asyncio
import base64
import pickle
import threading
from collections.abc import Callable
from urllib.parse import parse_qs

import httpx
import pytest

from carillon_client import AsyncClient, Client, ClientCredentials, Retry, TokenError, Unauthorized, Unavailable
from carillon_client._credentials import read_token
from carillon_client._sync import tokens

URL = "https://api.example.com"
TOKEN_URL = "https://id.example.com/token"
CREDENTIALS = ClientCredentials(token_url=TOKEN_URL, client_id="bill:ing", client_secret="not a secret")


class Provider:
    """An API and a token endpoint. `refuse` decides which tokens the API refuses."""

    def __init__(self, *, life: float = 3600, refuse: Callable[[str], bool] = lambda _: False) -> None:
        self.requests: list[httpx.Request] = []
        self.seen: list[str] = []
        self._life = life
        self._refuse = refuse
        self._lock = threading.Lock()

    def __call__(self, request: httpx.Request) -> httpx.Response:
        with self._lock:
            if str(request.url) == TOKEN_URL:
                self.requests.append(request)
                token = f"token-{len(self.requests)}"
                return httpx.Response(200, json={"access_token": token, "expires_in": self._life})
            token = request.headers["Authorization"].removeprefix("Bearer ")
            self.seen.append(token)
        if self._refuse(token):
            return httpx.Response(401, json={"message": "Unauthorized"})
        return httpx.Response(404, json={"error": {"code": "not_found", "message": "none"}})


def ask(client: Client) -> None:
    with pytest.raises(Exception, match="not_found"):
        client.recipients.get("alice")


def test_a_token_is_requested_once_and_kept() -> None:
    provider = Provider()
    client = Client(URL, token=CREDENTIALS, transport=httpx.MockTransport(provider))
    ask(client)
    ask(client)
    [request] = provider.requests
    assert parse_qs(request.content.decode()) == {"grant_type": ["client_credentials"], "scope": ["carillon/send"]}
    pair = base64.b64decode(request.headers["Authorization"].removeprefix("Basic ")).decode()
    assert pair == "bill%3Aing:not+a+secret"  # RFC 6749, section 2.3.1
    assert provider.seen == ["token-1"] * 2


def test_credentials_may_go_into_the_form_with_other_parameters() -> None:
    provider = Provider()
    given = ClientCredentials(token_url=TOKEN_URL, client_id="a", client_secret="b", scope="", auth="post",
                              parameters={"audience": "carillon"})  # fmt: skip
    ask(Client(URL, token=given, transport=httpx.MockTransport(provider)))
    [request] = provider.requests
    assert "Authorization" not in request.headers
    fields = {"grant_type": "client_credentials", "audience": "carillon", "client_id": "a", "client_secret": "b"}
    assert parse_qs(request.content.decode()) == {name: [value] for name, value in fields.items()}


def test_threads_share_one_request_for_a_token() -> None:
    provider = Provider()
    client = Client(URL, token=CREDENTIALS, transport=httpx.MockTransport(provider))
    barrier = threading.Barrier(8)

    def run() -> None:
        barrier.wait(10)
        ask(client)

    threads = [threading.Thread(target=run) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert len(provider.requests) == 1
    assert provider.seen == ["token-1"] * 8


def test_tasks_share_one_request_for_a_token_also_after_a_refusal() -> None:
    provider = Provider(refuse=lambda token: token == "token-1")

    async def handler(request: httpx.Request) -> httpx.Response:
        await asyncio.sleep(0)  # let the other tasks run in the middle of a request
        return provider(request)

    async def run() -> None:
        async with AsyncClient(URL, token=CREDENTIALS, transport=httpx.MockTransport(handler)) as client:
            answers = await asyncio.gather(*(client.recipients.get("alice") for _ in range(20)), return_exceptions=True)
        assert {str(answer) for answer in answers} == {"404 not_found: none"}

    asyncio.run(run())
    assert len(provider.requests) == 2
    assert sorted(provider.seen) == ["token-1"] * 20 + ["token-2"] * 20


def test_a_token_is_renewed_shortly_before_it_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1000.0]

    class Clock:
        @staticmethod
        def monotonic() -> float:
            return now[0]

    monkeypatch.setattr(tokens, "time", Clock)
    provider = Provider(life=3600)
    client = Client(URL, token=CREDENTIALS, transport=httpx.MockTransport(provider))
    ask(client)
    now[0] += 3539
    ask(client)
    assert len(provider.requests) == 1
    now[0] += 2
    ask(client)
    assert len(provider.requests) == 2


@pytest.mark.parametrize(("life", "renew_after"), [(3600, 3540), (60, 54), (None, 270), ("600", 540), ("soon", 270)])
def test_the_leeway_is_a_minute_or_a_tenth(life: object, renew_after: float) -> None:
    token = read_token(httpx.Response(200, json={"access_token": "t", "expires_in": life}), 100.0)
    assert token.renew_at == 100.0 + renew_after


def test_a_refused_token_is_renewed_once() -> None:
    provider = Provider(refuse=lambda _: True)
    with pytest.raises(Unauthorized):
        Client(URL, token=CREDENTIALS, transport=httpx.MockTransport(provider)).recipients.get("alice")
    assert provider.seen == ["token-1", "token-2"]


def test_a_fixed_token_that_is_refused_is_not_sent_again() -> None:
    provider = Provider(refuse=lambda _: True)
    with pytest.raises(Unauthorized):
        Client(URL, token="fixed", transport=httpx.MockTransport(provider)).recipients.get("alice")
    assert provider.seen == ["fixed"]


def test_a_function_gives_the_token_of_each_request() -> None:
    provider = Provider(refuse=lambda token: token == "a")
    given = iter("abc")
    client = Client(URL, token=lambda: next(given), transport=httpx.MockTransport(provider))
    ask(client)
    ask(client)
    assert provider.seen == ["a", "b", "c"]


def test_the_asynchronous_client_takes_an_asynchronous_function() -> None:
    provider = Provider()

    async def token() -> str:
        return "mine"

    async def run() -> None:
        client = AsyncClient(URL, token=token, transport=httpx.MockTransport(provider))
        with pytest.raises(Exception, match="not_found"):
            await client.recipients.get("alice")
        await client.aclose()

    asyncio.run(run())
    assert provider.seen == ["mine"]


@pytest.mark.parametrize(
    ("answer", "code"),
    [(httpx.Response(401, json={"error": "invalid_client", "error_description": "unknown"}), "invalid_client"),
     (httpx.Response(200, json={"id_token": "x"}), None), (httpx.Response(200, text="<html>"), None),
     (httpx.Response(302, headers={"Location": "https://evil.example"}), None)],
)  # fmt: skip
def test_a_refusal_of_the_token_endpoint_is_an_error_without_the_secret(
    answer: httpx.Response, code: str | None
) -> None:
    client = Client(URL, token=CREDENTIALS, transport=httpx.MockTransport(lambda _: answer))
    with pytest.raises(TokenError) as raised:
        client.recipients.get("alice")
    assert (raised.value.status, raised.value.code) == (answer.status_code, code)
    assert "not a secret" not in f"{raised.value!r} {CREDENTIALS!r}"


def test_errors_survive_pickling() -> None:
    """Task queues send the errors of their workers as pickles."""
    error = Unavailable(503, "unavailable", "later", retry_after=3.0)
    error.idempotency_key = "k"
    copy = pickle.loads(pickle.dumps(error))
    assert type(copy) is Unavailable
    assert vars(copy) == vars(error)
    assert str(copy) == str(error)
    token_error = TokenError("no", status=401, code="invalid_client")
    assert vars(pickle.loads(pickle.dumps(token_error))) == vars(token_error)


def test_an_unavailable_token_endpoint_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    provider = Provider()
    answers = [httpx.Response(503), httpx.Response(429)]

    def handler(request: httpx.Request) -> httpx.Response:
        return answers.pop() if str(request.url) == TOKEN_URL and answers else provider(request)

    ask(Client(URL, token=CREDENTIALS, transport=httpx.MockTransport(handler), retry=Retry(base=0)))
    assert provider.seen == ["token-1"]


@pytest.mark.parametrize("address", ["http://api.example.com", "ftp://localhost", "api.example.com", ""])
def test_a_token_never_travels_in_the_clear(address: str) -> None:
    with pytest.raises(ValueError, match="https"):
        Client(address, token="t")
