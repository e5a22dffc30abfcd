"""The recipes for Django, Express, FastAPI, Lambda and curl, against the API over HTTP."""

import asyncio
import json
import os
import re
import subprocess
from collections.abc import Callable
from contextlib import AbstractContextManager
from importlib import import_module
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest

from tests.support.api_server import SECRET, serving
from tests.support.applications.running import Browser, Framework, application, new_key
from tests.support.bundles import CLIENT, bundle
from tests.support.environment import Connect, free_port
from tests.support.paths import ROOT
from tests.support.service import Service

Running = Callable[..., AbstractContextManager[Browser]]
DEAD = "http://127.0.0.1:9"  # nothing listens there


def recorded(connect: Connect) -> list[tuple[str, str, str]]:
    """Return person, event and key of all notifications."""
    rows = connect().execute("SELECT user_id, event_name, idempotency_key FROM notifications ORDER BY id")
    return [(row["user_id"], row["event_name"], row["idempotency_key"]) for row in rows]


def claims_of(token: str) -> dict[str, str]:
    """Return the claims of a token that an application signed. The tests of docs/sessions.md verify the signature."""
    claims = jwt.decode(token, options={"verify_signature": False})
    return {name: str(value) for name, value in claims.items()}


@pytest.fixture
def running(service: Service, tmp_path: Path) -> Running:
    """Return `running(framework, api=…)`, which runs an application."""

    def run(framework: Framework, **env: str) -> AbstractContextManager[Browser]:
        return application(framework, free_port(), [new_key()], log=tmp_path / "application.log", **env)

    return run


def test_django_notifies_after_the_commit_and_never_after_a_rollback(
    running: Running, service: Service, connect: Connect
) -> None:
    with serving(service, claims_of=claims_of) as api, running("django", api=api) as browser:
        for fails in (True, False, False):
            body = {"user_id": "alice", "resource_id": f"r-{fails}", "fails": fails}
            assert browser.post("/work", body).status == 200
    assert recorded(connect) == [("alice", "a.b", "alice:a.b:r-False")]


def test_django_answers_although_carillon_is_down(running: Running, tmp_path: Path) -> None:
    with running("django", api=DEAD) as browser:
        assert browser.post("/work", {"user_id": "alice", "resource_id": "r", "fails": False}).status == 200
    assert "carillon_client" in (tmp_path / "application.log").read_text()


def test_express_notifies_once_and_answers_although_carillon_is_down(
    running: Running, service: Service, connect: Connect, tmp_path: Path
) -> None:
    client = bundle(CLIENT, tmp_path / "client.mjs").as_uri()
    with serving(service, claims_of=claims_of) as api, running("express", api=api, CARILLON_CLIENT=client) as browser:
        for _ in range(2):
            assert browser.post("/orders/order_7/shipped", {}).json() == {"id": "order_7", "customer": "alice"}
    assert recorded(connect) == [("alice", "order.shipped", "alice:order.shipped:order_7")]
    with running("express", api=DEAD, CARILLON_CLIENT=client) as browser:
        assert browser.post("/orders/order_8/shipped", {}).status == 200
    log = (tmp_path / "application.log").read_text()
    assert "not recorded: TransportError under the key" in log


async def ask(*paths: str) -> list[int]:
    """Post to the FastAPI application within one life of it, and return the statuses."""
    app: Any = import_module("docs.recipes.fastapi.main").app
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://app") as browser,
    ):
        return [(await browser.post(path)).status_code for path in paths]


def test_fastapi_waits_for_a_webhook_and_reports_in_the_background(
    address: str, issued: list[str], connect: Connect, service: Service
) -> None:
    webhook = "/webhooks/payments/evt_1?customer=alice"
    assert asyncio.run(ask(webhook, webhook, "/reports/r1?owner=bob")) == [204, 204, 202]
    assert recorded(connect) == [
        ("alice", "invoice.payment_failed", "evt_1"), ("bob", "document.ready", "bob:document.ready:r1")
    ]  # fmt: skip
    assert len(issued) == 1


def test_fastapi_fails_a_webhook_that_was_not_recorded_and_no_other_request(
    address: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("CARILLON_CLIENT_SECRET", "wrong")  # refused at once: a dead address would be retried
    assert asyncio.run(ask("/webhooks/payments/evt_1?customer=alice", "/reports/r1?owner=bob")) == [500, 202]
    assert "not recorded: TokenError under the key None" in caplog.text


def test_lambda_keeps_its_token_and_records_a_repeated_event_once(
    address: str, issued: list[str], connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    module: Any = import_module("docs.recipes.lambda.handler")
    event = json.loads((ROOT / "docs" / "recipes" / "lambda" / "event.json").read_text())
    for number in (1, 1, 2):
        module.handler({**event, "id": f"event-{number}"}, None)
    assert [key for _, _, key in recorded(connect)] == ["event-1", "event-2"]
    assert len(issued) == 1
    module.carillon.close()


def curl(key: str, notification: dict[str, str]) -> subprocess.CompletedProcess[str]:
    inherited = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    return subprocess.run(
        [ROOT / "docs" / "recipes" / "curl" / "notify.sh", key], input=json.dumps(notification), env=inherited,
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip


def test_curl_records_once_under_its_key_and_fails_with_the_answer(address: str, connect: Connect) -> None:
    page = (ROOT / "docs" / "recipes.md").read_text("utf-8")
    [backup] = [json.loads(body) for body in re.findall(r"^echo '(.+)' \|$", page, re.MULTILINE)]
    first, again = curl("backup-1", backup), curl("backup-1", backup)
    assert json.loads(first.stdout)["notification"]["id"] == json.loads(again.stdout)["notification"]["id"]
    assert recorded(connect) == [("alice", "backup.failed", "backup-1")]
    refused = curl("backup-2", {**backup, "event_name": "Backup"})
    assert refused.returncode == 22
    assert json.loads(refused.stdout)["error"]["code"] == "invalid"
    assert SECRET not in refused.stderr


def test_curl_stops_without_a_token(address: str, connect: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CARILLON_CLIENT_SECRET", "wrong")
    assert curl("backup-1", {"user_id": "alice", "event_name": "a.b", "title": "T"}).returncode != 0
    assert recorded(connect) == []
