"""The examples of the Python client's page run."""

from typing import Any

import httpx
import pytest

from carillon_client.testing import FakeCarillon
from tests.support.paths import ROOT
from tests.support.readme import code_of

PAGE = ROOT / "clients" / "python" / "README.md"


def test_the_examples_run_one_after_the_other(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    fake = FakeCarillon()

    def blocking(_: Any, request: httpx.Request) -> httpx.Response:
        return fake.handle_request(request)

    async def asynchronous(_: Any, request: httpx.Request) -> httpx.Response:
        return await fake.handle_async_request(request)

    monkeypatch.setattr(httpx.HTTPTransport, "handle_request", blocking)
    monkeypatch.setattr(httpx.AsyncHTTPTransport, "handle_async_request", asynchronous)
    monkeypatch.setenv("CARILLON_CLIENT_SECRET", "x")
    monkeypatch.setenv("CARILLON_TOKEN", "x")
    names: dict[str, object] = {}
    blocks = code_of(PAGE, "python")
    for block in blocks:
        exec(compile(block, PAGE.name, "exec"), names)
    printed = capsys.readouterr().out.splitlines()
    assert " False " in printed[0]
    assert printed[1].startswith("recorded before as ")
    assert len(blocks) == 5
    assert {each["user_id"] for each in fake.notifications} >= {"alice", "user-2499"}


def test_the_tree_of_errors_is_complete() -> None:
    import carillon_client

    named = {name for name in carillon_client.__all__ if name[0].isupper()}
    errors = {
        name
        for name in named
        if isinstance(kind := getattr(carillon_client, name), type) and issubclass(kind, Exception)
    }
    [tree] = code_of(PAGE, "text")
    assert {name for name in errors if name in tree.replace("──", " ").split()} == errors


def test_the_examples_of_the_page_about_clients_run(monkeypatch: pytest.MonkeyPatch) -> None:
    fake = FakeCarillon()

    def blocking(_: Any, request: httpx.Request) -> httpx.Response:
        return fake.handle_request(request)

    monkeypatch.setattr(httpx.HTTPTransport, "handle_request", blocking)
    names: dict[str, object] = {"secret": "x"}
    for block in code_of(ROOT / "docs" / "clients.md", "python"):
        exec(compile(block, "clients.md", "exec"), names)
    assert [each["title"] for each in fake.notifications] == ["Your payment failed"]
