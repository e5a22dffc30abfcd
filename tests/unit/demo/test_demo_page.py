"""The demo page's server, with stand-ins for what it speaks to."""

import json
import shlex
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest
from werkzeug.test import Client, TestResponse
from werkzeug.wrappers import Request

from demo import app
from demo.app import DemoPage, Parts
from demo.operator import DemoOperator, OperatorFails
from demo.producer import Producer
from demo.stories import STORIES
from devstack.machine.options import Options
from devstack.seed import USERS


class Api:
    """An API that knows an idempotency key once it has seen it."""

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
        self.looks = 0
        self.count = 1
        self.failure: Exception | None = None
        self.left: list[Any] = []

    def look(self) -> dict[str, Any]:
        self.looks += 1
        if self.failure:
            raise self.failure
        return {"counts": {"recorded": self.count}, "endpoints": {"arn:phone": "carol"}}

    def leave_now(self, delivery_id: Any) -> bool:
        self.left.append(delivery_id)
        return len(self.left) == 1


class Demo:
    def __init__(self, state: Path) -> None:
        self.api, self.pipe = Api(), Pipe()
        self.providers = SimpleNamespace(
            broken=False,
            emails=2,
            pushes=[{"endpoint": "arn:phone", "title": "a"}, {"endpoint": "arn:gone", "title": "b"}],
        )
        stands_in: Any = self
        nobody: Any = SimpleNamespace()
        self.options = options = Options(state=state, port=20_000)
        parts = Parts(options, stands_in.api, nobody, stands_in.providers, stands_in.pipe, nobody)
        self.client = Client(Request.application(DemoPage(parts).site))

    def post(self, path: str, order: object) -> TestResponse:
        return self.client.post(path, json=order)


@pytest.fixture
def demo(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Demo:
    monkeypatch.setattr(app, "FRESH_SECONDS", -1.0)
    return Demo(tmp_path)


def told(answer: TestResponse, status: int = 200) -> Any:
    assert answer.status_code == status, answer.text
    return json.loads(answer.data)


def test_the_same_fired_again_is_the_very_same_request(demo: Demo) -> None:
    first = told(demo.post("/fire", {"story": "payment-failed", "user": "alice"}))
    again = told(demo.post("/fire", {"again": first["order"]}))

    assert demo.api.sent[0] == demo.api.sent[1]
    assert demo.api.sent[0][1]["user_id"] == "alice"
    assert (first["response"]["status"], first["replayed"]) == (201, 0)
    assert (again["response"]["status"], again["replayed"]) == (200, 1)
    assert again["request"] == first["request"]
    assert again["response"]["headers"] == {"Idempotency-Replayed": "true"}
    told(demo.post("/fire", {"again": "unheard of"}), 410)


def test_the_next_firing_is_another_occurrence(demo: Demo) -> None:
    for _ in range(2):
        told(demo.post("/fire", {"story": "payment-failed", "user": "alice"}))
    (first, one), (second, other) = demo.api.sent
    assert first != second
    assert one["resource_id"] != other["resource_id"]


def test_a_job_that_fails_a_hundred_times_is_a_hundred_requests(demo: Demo) -> None:
    answer = told(demo.post("/fire", {"story": "job-failed", "user": "bob"}))
    assert (answer["requests"], answer["statuses"]) == (100, {"201": 100})
    assert len({key for key, _ in demo.api.sent}) == 100


def test_the_shown_request_holds_no_token_and_its_curl_line_says_the_same(demo: Demo) -> None:
    request = told(demo.post("/fire", {"story": "payment-failed", "user": "alice"}))["request"]
    words = shlex.split(request["curl"])
    [key] = [word for word in words if word.startswith("Idempotency-Key: ")]
    assert key == f"Idempotency-Key: {request['headers']['Idempotency-Key']}"
    assert json.loads(words[words.index("-d") + 1]) == request["body"]
    assert words[words.index("POST") + 1] == "http://127.0.0.1:20000/notifications"
    assert request["headers"]["Authorization"] == "Bearer •••"


def test_old_orders_are_forgotten() -> None:
    api: Any = Api()
    producer = Producer(api, "http://api")
    orders = [producer.fire("mention", "alice")["order"] for _ in range(51)]
    with pytest.raises(KeyError):
        producer.again(orders[0])
    assert producer.again(orders[1])["replayed"] == 1


def test_every_story_is_a_body_that_the_api_takes() -> None:
    from carillon.models.notification import NewNotification

    for story in STORIES.values():
        for body in story.requests()[:2]:
            NewNotification.model_validate({"user_id": "alice", **body})


def test_what_did_not_change_is_not_sent_again(demo: Demo) -> None:
    first = demo.client.get("/state")
    assert told(first)["counts"] == {"recorded": 1}
    same = demo.client.get("/state", headers={"If-None-Match": first.headers["ETag"]})
    assert (same.status_code, same.data) == (304, b"")
    demo.pipe.count = 2
    changed = demo.client.get("/state", headers={"If-None-Match": first.headers["ETag"]})
    assert told(changed)["counts"] == {"recorded": 2}


def test_several_pages_cost_one_look(demo: Demo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app, "FRESH_SECONDS", 60.0)
    for _ in range(3):
        told(demo.client.get("/state"))
    assert demo.pipe.looks == 1


def test_a_push_is_on_the_phone_of_whoever_has_the_device(demo: Demo) -> None:
    state = told(demo.client.get("/state"))
    assert [(push["title"], push["user"]) for push in state["pushes"]] == [("b", None), ("a", "carol")]
    assert "endpoints" not in state


def test_a_database_that_is_away_is_said_to_be(demo: Demo) -> None:
    demo.pipe.failure = psycopg.OperationalError("gone")
    assert "database does not answer" in told(demo.client.get("/state"), 503)["error"]


def test_ses_is_broken_and_healed(demo: Demo) -> None:
    told(demo.post("/ses", {"broken": True}))
    assert demo.providers.broken
    assert told(demo.client.get("/state"))["ses_broken"] is True
    told(demo.post("/ses", {"broken": False}))
    assert not demo.providers.broken


def test_a_digest_leaves_early_once(demo: Demo) -> None:
    order = {"delivery_id": "00000000-0000-0000-0000-000000000001"}
    told(demo.post("/leave-now", order))
    told(demo.post("/leave-now", order), 409)
    told(demo.post("/leave-now", {"delivery_id": "no id"}), 400)


def test_a_token_is_for_one_of_the_three(demo: Demo) -> None:
    assert told(demo.client.get("/token?user=bob")) == {"token": "token of bob for 600 s", "expires_in": 600}
    told(demo.client.get("/token?user=mallory"), 400)
    told(demo.client.get("/token"), 400)
    assert told(demo.client.get("/setup"))["users"] == list(USERS)


@pytest.mark.parametrize(
    "post",
    [
        {"data": "broken=true", "content_type": "application/x-www-form-urlencoded"},
        {"data": '{"broken": true}', "content_type": "text/plain"},
    ],
    ids=["form", "text"],
)
def test_another_site_cannot_press_a_button(demo: Demo, post: dict[str, str]) -> None:
    told(demo.client.post("/ses", **post), 415)  # what a form can send without a preflight
    assert not demo.providers.broken


def test_the_page_and_its_files_are_served_and_nothing_else(demo: Demo) -> None:
    page = demo.client.get("/billing/invoices/9")
    assert page.mimetype == "text/html"
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    assert "connect-src 'self' http://127.0.0.1:20000" in page.headers["Content-Security-Policy"]
    assert demo.client.get("/page.js").mimetype == "text/javascript"
    assert demo.client.get("/base.css").mimetype == "text/css"
    for path in ("/../demo/app.py", "/%2e%2e/demo/app.py", "/..%2fdemo%2fapp.py"):
        assert demo.client.get(path).mimetype == "text/html"


def test_a_bell_that_is_not_built_is_not_promised(demo: Demo) -> None:
    assert told(demo.client.get("/setup"))["bell"] is False
    told(demo.client.get("/bell.js"), 404)
    demo.options.bell.parent.mkdir()
    demo.options.bell.write_text("1")
    assert told(demo.client.get("/setup"))["bell"] is True
    assert demo.client.get("/bell.js").data == b"1"


def test_the_operators_function_that_fails_is_told(tmp_path: Any) -> None:
    def describe_stacks(**_: str) -> Any:
        return {"Stacks": [{"Outputs": [{"OutputKey": "OperatorFunctionName", "OutputValue": "operator"}]}]}

    def invoke(**_: Any) -> Any:
        return {"Payload": BytesIO(b'{"error": {"code": "unavailable"}}')}

    clients = {
        "cloudformation": SimpleNamespace(describe_stacks=describe_stacks),
        "lambda": SimpleNamespace(invoke=invoke),
    }
    emulator: Any = SimpleNamespace(client=clients.__getitem__)
    with pytest.raises(OperatorFails, match="unavailable"):
        DemoOperator(Options(state=tmp_path), emulator).failed()
