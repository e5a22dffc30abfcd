"""The server of the demo page, with stubs for the API, the database and the providers."""

import json
import shlex
from io import BytesIO
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest

from demo import app
from demo.operator import DemoOperator, OperatorError
from demo.producer import Producer
from demo.stories import STORIES
from devstack.machine.options import Options
from tests.unit.demo.conftest import Api, Demo, body


def test_firing_the_same_again_repeats_the_same_request(demo: Demo) -> None:
    first = body(demo.post("/fire", {"story": "payment-failed", "user": "alice"}))
    again = body(demo.post("/fire", {"again": first["order"]}))

    assert demo.api.sent[0] == demo.api.sent[1]
    assert demo.api.sent[0][1]["user_id"] == "alice"
    assert (first["response"]["status"], first["replayed"]) == (201, 0)
    assert (again["response"]["status"], again["replayed"]) == (200, 1)
    assert again["request"] == first["request"]
    assert again["response"]["headers"] == {"Idempotency-Replayed": "true"}
    body(demo.post("/fire", {"again": "unknown"}), 410)


def test_the_next_firing_is_a_new_notification(demo: Demo) -> None:
    for _ in range(2):
        body(demo.post("/fire", {"story": "payment-failed", "user": "alice"}))
    (first_key, first), (second_key, second) = demo.api.sent
    assert first_key != second_key
    assert first["resource_id"] != second["resource_id"]


def test_a_job_that_fails_a_hundred_times_is_a_hundred_requests(demo: Demo) -> None:
    answer = body(demo.post("/fire", {"story": "job-failed", "user": "bob"}))
    assert (answer["requests"], answer["statuses"]) == (100, {"201": 100})
    assert len({key for key, _ in demo.api.sent}) == 100


def test_the_shown_request_has_no_token_and_its_curl_line_sends_the_same(demo: Demo) -> None:
    request = body(demo.post("/fire", {"story": "payment-failed", "user": "alice"}))["request"]
    words = shlex.split(request["curl"])
    [key] = [word for word in words if word.startswith("Idempotency-Key: ")]
    assert key == f"Idempotency-Key: {request['headers']['Idempotency-Key']}"
    assert json.loads(words[words.index("-d") + 1]) == request["body"]
    assert words[words.index("POST") + 1] == "http://127.0.0.1:20000/notifications"
    assert request["headers"]["Authorization"] == "Bearer •••"


def test_the_producer_keeps_the_last_50_firings() -> None:
    api: Any = Api()
    producer = Producer(api, "http://api")
    orders = [producer.fire("mention", "alice")["order"] for _ in range(51)]
    with pytest.raises(KeyError):
        producer.again(orders[0])
    assert producer.again(orders[1])["replayed"] == 1


def test_the_api_accepts_the_requests_of_every_story() -> None:
    from carillon.models.new_notification import NewNotification

    for story in STORIES.values():
        for content in story.requests()[:2]:
            NewNotification.model_validate({"user_id": "alice", **content})


def test_a_state_that_did_not_change_is_not_sent_again(demo: Demo) -> None:
    first = demo.client.get("/state")
    assert body(first)["counts"] == {"recorded": 1}
    same = demo.client.get("/state", headers={"If-None-Match": first.headers["ETag"]})
    assert (same.status_code, same.data) == (304, b"")
    demo.pipe.count = 2
    changed = demo.client.get("/state", headers={"If-None-Match": first.headers["ETag"]})
    assert body(changed)["counts"] == {"recorded": 2}


def test_several_pages_share_one_query(demo: Demo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app, "FRESH_SECONDS", 60.0)
    for _ in range(3):
        body(demo.client.get("/state"))
    assert demo.pipe.reads == 1


def test_a_push_is_on_the_phone_of_the_devices_owner(demo: Demo) -> None:
    state = body(demo.client.get("/state"))
    assert [(push["title"], push["user"]) for push in state["pushes"]] == [("b", None), ("a", "carol")]
    assert "endpoints" not in state


def test_the_page_says_that_the_database_does_not_answer(demo: Demo) -> None:
    demo.pipe.failure = psycopg.OperationalError("gone")
    assert "database does not answer" in body(demo.client.get("/state"), 503)["error"]


def test_ses_can_be_broken_and_repaired(demo: Demo) -> None:
    body(demo.post("/ses", {"broken": True}))
    assert demo.providers.broken
    assert body(demo.client.get("/state"))["ses_broken"] is True
    body(demo.post("/ses", {"broken": False}))
    assert not demo.providers.broken


def test_a_digest_is_sent_early_only_once(demo: Demo) -> None:
    command = {"delivery_id": "00000000-0000-0000-0000-000000000001"}
    body(demo.post("/send-now", command))
    body(demo.post("/send-now", command), 409)
    body(demo.post("/send-now", {"delivery_id": "no id"}), 400)


@pytest.mark.parametrize(
    "post",
    [
        {"data": "broken=true", "content_type": "application/x-www-form-urlencoded"},
        {"data": '{"broken": true}', "content_type": "text/plain"},
    ],
    ids=["form", "text"],
)
def test_another_site_cannot_send_a_command(demo: Demo, post: dict[str, str]) -> None:
    body(demo.client.post("/ses", **post), 415)  # these types need no preflight request
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


def test_a_bell_that_is_not_built_is_not_offered(demo: Demo) -> None:
    assert body(demo.client.get("/setup"))["bell"] is False
    body(demo.client.get("/bell.js"), 404)
    demo.options.bell.parent.mkdir()
    demo.options.bell.write_text("1")
    assert body(demo.client.get("/setup"))["bell"] is True
    assert demo.client.get("/bell.js").data == b"1"
    (demo.options.bell.parent / "fr.js").write_text("2")
    assert demo.client.get("/fr.js").data == b"2"
    body(demo.client.get("/xx.js"), 404)


def test_an_error_of_the_operator_function_is_passed_on(tmp_path: Any) -> None:
    def describe_stacks(**_: str) -> Any:
        return {"Stacks": [{"Outputs": [{"OutputKey": "OperatorFunctionName", "OutputValue": "operator"}]}]}

    def invoke(**_: Any) -> Any:
        return {"Payload": BytesIO(b'{"error": {"code": "unavailable"}}')}

    clients = {
        "cloudformation": SimpleNamespace(describe_stacks=describe_stacks),
        "lambda": SimpleNamespace(invoke=invoke),
    }
    emulator: Any = SimpleNamespace(client=clients.__getitem__)
    with pytest.raises(OperatorError, match="unavailable"):
        DemoOperator(Options(state=tmp_path), emulator).failed()
