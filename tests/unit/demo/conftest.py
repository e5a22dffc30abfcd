"""The demo page with stand-ins for the services behind it."""

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from werkzeug.test import Client, TestResponse
from werkzeug.wrappers import Request

from demo import app
from demo.app import DemoPage, Services
from devstack.machine.options import Options


class Api:
    """An API that replays a request whose idempotency key it has seen."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, dict[str, Any]]] = []

    def user_token(self, user: str, expires_in: int) -> str:
        return f"token of {user} for {expires_in} s"

    def request(self, method: str, path: str, body: dict[str, Any], *, headers: dict[str, str]) -> Any:
        assert (method, path) == ("POST", "/notifications")
        key = headers["Idempotency-Key"]
        replayed = key in [known for known, _ in self.sent]
        self.sent.append((key, body))
        return SimpleNamespace(
            status=200 if replayed else 201,
            headers={"Idempotency-Replayed": "true"} if replayed else {},
            data=b"{}",
            json=lambda: {"notification": {"id": key}},
        )


class Pipe:
    def __init__(self) -> None:
        self.reads = 0
        self.count = 1
        self.failure: Exception | None = None
        self.sent_now: list[Any] = []

    def read(self) -> dict[str, Any]:
        self.reads += 1
        if self.failure:
            raise self.failure
        return {"counts": {"recorded": self.count}, "endpoints": {"arn:phone": "carol"}}

    def send_now(self, delivery_id: Any) -> bool:
        self.sent_now.append(delivery_id)
        return len(self.sent_now) == 1


class Demo:
    def __init__(self, state: Path) -> None:
        self.api, self.pipe = Api(), Pipe()
        self.providers = SimpleNamespace(
            broken=False,
            emails=2,
            pushes=[{"endpoint": "arn:phone", "title": "a"}, {"endpoint": "arn:gone", "title": "b"}],
        )
        stub: Any = self
        unused: Any = SimpleNamespace()
        self.options = options = Options(state=state, port=20_000)
        services = Services(options, stub.api, unused, stub.providers, stub.pipe, unused)
        self.client = Client(Request.application(DemoPage(services).site))

    def post(self, path: str, command: object) -> TestResponse:
        return self.client.post(path, json=command)


@pytest.fixture
def demo(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Demo:
    monkeypatch.setattr(app, "FRESH_SECONDS", -1.0)
    return Demo(tmp_path)


def body(answer: TestResponse, status: int = 200) -> Any:
    assert answer.status_code == status, answer.text
    return json.loads(answer.data)
