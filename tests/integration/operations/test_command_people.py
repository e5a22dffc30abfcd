"""`carillon smoke`, `export` and `erase`: they concern one person, and no data of others."""

import json
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from carillon.operations.arguments import SMOKE_USER
from tests.support.command_line import Command, command_on
from tests.support.environment import Connect, rows_about
from tests.support.operator_function import operator_function
from tests.support.service import Service

TO = "success@simulator.amazonses.com"


class Api:
    """An API that answers each request with one status."""

    def __init__(self) -> None:
        self.status = 401
        self.asked: list[tuple[str, str | None]] = []
        api = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                api.asked.append((self.path, self.headers["Authorization"]))
                self.send_response(api.status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None: ...  # noqa: A002

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"


@pytest.fixture
def api() -> Iterator[Api]:
    played = Api()
    thread = Thread(target=played.server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield played
    played.server.shutdown()
    thread.join()
    played.server.server_close()


@pytest.fixture
def carillon(
    service: Service, monkeypatch: pytest.MonkeyPatch, reachable: Callable[..., None], api: Api
) -> Iterator[Command]:
    monkeypatch.setattr("cli.checks.POLL_SECONDS", 0)
    reachable("alice", "bob")
    with operator_function():
        yield command_on(service, monkeypatch, ApiUrl=api.url)


def notify(service: Service, user_id: str, **content: Any) -> str:
    body = {"user_id": user_id, "event_name": "a.b", "title": "T", "severity": "critical", **content}
    return service.call("POST", "/notifications", body, producer="app").json["notification"]["id"]


def test_a_smoke_test_sends_one_email_and_leaves_no_rows(carillon: Command, service: Service, connect: Connect) -> None:
    carillon.functions.before = lambda action: service.deliver() if action == "trace" else None
    result = carillon.json("smoke", "--to", TO)
    assert result["passed"] is True
    hops = [hop["hop"] for hop in result["hops"]]
    assert [hop for hop in hops if hop in ("recorded", "dispatched", "claimed", "sent")] == [
        "recorded", "dispatched", "claimed", "sent"
    ]  # fmt: skip
    milliseconds = [hop["milliseconds"] for hop in result["hops"]]
    assert milliseconds == sorted(milliseconds)
    [email] = service.emails
    assert email.destinations["ToAddresses"] == [TO]
    assert not any(rows_about(connect, SMOKE_USER).values())
    assert carillon.json("smoke")["passed"] is True  # a second time
    assert [act["action"] for act in carillon.json("log")["acts"]] == ["erase", "smoke"] * 2


@pytest.mark.parametrize("status", [404, 200])
def test_a_smoke_test_of_an_api_without_its_authorizer_fails(carillon: Command, api: Api, status: int) -> None:
    """AWS makes an API without the authorizer that it could not make, and answers 404 on its routes."""
    carillon.functions.before = lambda action: carillon.service.deliver() if action == "trace" else None
    api.status = status
    result = carillon.json("smoke", code=1)
    assert (result["passed"], result["status_without_token"]) == (False, status)
    assert api.asked == [("/notifications", None)]
    assert f"The API answers {status} to a request without a token" in carillon.says("smoke", code=1)


def test_a_smoke_test_of_an_api_that_does_not_answer_cannot_tell(carillon: Command, api: Api) -> None:
    api.server.server_close()
    assert "does not answer" in carillon("smoke").output
    assert carillon("smoke").exit_code == 3


def test_a_smoke_test_whose_email_is_not_sent_fails_and_cleans_up(carillon: Command, connect: Connect) -> None:
    result = carillon.json("smoke", "--wait", "1", code=1)
    assert result["passed"] is False
    assert result["email"].startswith("The email is due and about to leave")
    assert not any(rows_about(connect, SMOKE_USER).values())
    assert carillon("smoke", "--to", "nonsense").exit_code == 2


def test_an_export_has_all_data_of_the_person_and_none_of_others(
    carillon: Command, service: Service, connect: Connect, tmp_path: Path
) -> None:
    made = [notify(service, "alice", body="what alice was told", data={"x": 1}) for _ in range(3)]
    notify(service, "bob", body="what bob was told")
    service.call("PATCH", f"/notifications/{made[0]}", {"archived": True}, user="alice")
    connect().execute("UPDATE notifications SET in_app = false WHERE id = %s", [made[1]])
    service.call("POST", "/devices", {"platform": "fcm", "token": "alices-token"}, user="alice")
    service.deliver()

    whole = carillon("export", "alice")
    result = json.loads(whole.stdout)
    assert [each["id"] for each in result["notifications"]] == sorted(made)
    assert result["recipient"]["email"] == "alice@example.com"
    assert result["preferences"]["channels"] == {"email": True, "push": False}
    assert [device["token"] for device in result["devices"]] == ["alices-token"]
    assert all(each["deliveries"][0]["channel"] == "email" for each in result["notifications"])
    assert result["notifications"][2]["body"] == "what alice was told"
    assert "bob" not in whole.stdout

    file = tmp_path / "alice.json"
    carillon.json("export", "alice", "--output", str(file))
    assert json.loads(file.read_text()) == result
    assert file.stat().st_mode & 0o077 == 0
    file.chmod(0o644)
    assert "Nothing is stored about nobody" in carillon.says("export", "nobody", "--output", str(file), code=1)
    assert file.stat().st_mode & 0o077 == 0
    assert "alice" not in carillon.says("log")
    carillon.functions.actions.clear()
    for nowhere in (tmp_path, tmp_path / "missing" / "alice.json"):
        assert carillon("export", "alice", "--output", str(nowhere)).exit_code == 2
    assert carillon.functions.actions == []  # without a writable file, the command makes no request


def test_an_export_of_many_pages_has_each_notification_once(
    carillon: Command, service: Service, connect: Connect
) -> None:
    people = {"user_id": "alice", "event_name": "a.b", "title": "T"}
    made = {
        service.call("POST", "/notifications", people, producer="app").json["notification"]["id"] for _ in range(101)
    }
    result = json.loads(carillon("export", "alice").stdout)
    assert [each["id"] for each in result["notifications"]] == sorted(made)
    assert carillon.functions.actions.count("export") == 2


def test_an_erasure_asks_for_confirmation_and_leaves_no_rows(
    carillon: Command, service: Service, connect: Connect
) -> None:
    notify(service, "alice")
    for answer in ("n\n", None):
        refused = carillon("erase", "alice", stdin=answer)
        assert (refused.exit_code, "Nothing was deleted." in refused.stderr) == (2, True)
    assert carillon.json("erase", "alice", code=2)["error"]["code"] == "invalid"
    assert rows_about(connect, "alice")["notifications"] == 1
    erased = carillon.json("erase", "alice", "--yes")
    assert (erased["user_id"], erased["erased"]) == ("alice", True)
    assert erased["receipt"]["deleted"]["notifications"] == 1
    assert not any(rows_about(connect, "alice").values())
    assert rows_about(connect, "bob")["recipients"] == 1
    assert "alice" not in carillon.says("log")
