"""The API over HTTP, for the recipes."""

from collections.abc import Iterator

import pytest

from carillon_client import Client, ClientCredentials
from tests.support.api_server import PRODUCER, SECRET, TOKEN_PATH, serving
from tests.support.service import Service


@pytest.fixture
def issued() -> list[str]:
    """The tokens that the token endpoint has issued."""
    return []


@pytest.fixture
def address(service: Service, issued: list[str], monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of the API. The environment has the settings that the recipes read."""
    with serving(service, tokens=issued) as address:
        monkeypatch.setenv("CARILLON_API", address)
        monkeypatch.setenv("CARILLON_TOKEN_URL", address + TOKEN_PATH)
        monkeypatch.setenv("CARILLON_CLIENT_ID", PRODUCER)
        monkeypatch.setenv("CARILLON_CLIENT_SECRET", SECRET)
        yield address


@pytest.fixture
def carillon(address: str) -> Iterator[Client]:
    """A client with the credentials of a producer."""
    credentials = ClientCredentials(token_url=address + TOKEN_PATH, client_id=PRODUCER, client_secret=SECRET)
    with Client(address, token=credentials) as client:
        yield client
