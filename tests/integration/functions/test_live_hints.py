"""The function that publishes hints: signed requests to AppSync, and messages that come again."""

import json
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import boto3
import pytest

import live_hints
from carillon.live.names import channel_of
from tests.support.aws_calls import read_actions, record_calls
from tests.support.environment import FakeLambdaContext
from tests.support.service import sqs_event

HOST = "abc.appsync-api.eu-central-1.amazonaws.com"


@dataclass
class AppSync:
    """AppSync Events as a server: it notes each request, and answers with `status`."""

    url: str = ""
    status: int = 200
    headers: list[dict[str, str]] = field(default_factory=list[dict[str, str]])
    channels: list[str] = field(default_factory=list[str])


@pytest.fixture
def appsync() -> Iterator[AppSync]:
    told = AppSync()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            assert self.path == "/event"
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            assert body["events"] == ["{}"]
            told.headers.append(dict(self.headers.items()))
            told.channels.append(body["channel"])
            answer = b'{"failed": [], "successful": []}'
            self.send_response(told.status)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 (the base calls it so)
            """Print nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        told.url = f"http://127.0.0.1:{server.server_port}"
        yield told
        server.shutdown()
        thread.join()


@pytest.fixture
def deliver_hints(
    appsync: AppSync, aws: boto3.Session, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[str], tuple[str, Any]]]:
    """Return a function that queues a change and invokes the function: the message's id, and the answer."""
    sqs = aws.client("sqs")
    queue_url = sqs.create_queue(QueueName="carillon-hints")["QueueUrl"]
    monkeypatch.setenv("QUEUE_URL", queue_url)
    monkeypatch.setenv("LIVE_HOST", HOST)
    monkeypatch.setenv("LIVE_ENDPOINT_URL", appsync.url)
    monkeypatch.setenv("AWS_REGION", "eu-central-1")
    live_hints.worker.cache_clear()

    def deliver(body: str) -> tuple[str, Any]:
        sqs.send_message(QueueUrl=queue_url, MessageBody=body)
        [message] = sqs.receive_message(QueueUrl=queue_url, AttributeNames=["All"])["Messages"]
        return message.get("MessageId", ""), live_hints.handler(sqs_event(message), FakeLambdaContext())

    yield deliver
    live_hints.worker.cache_clear()


def test_a_change_is_a_signed_request_and_the_next_one_within_a_second_waits(
    appsync: AppSync, deliver_hints: Callable[[str], tuple[str, Any]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    calls = tmp_path_factory.mktemp("calls")
    with record_calls(calls):
        _, answer = deliver_hints('{"people": ["0a"]}')
        assert answer == {"batchItemFailures": []}
        waits, answer = deliver_hints('{"people": ["0a"]}')
    assert answer == {"batchItemFailures": [{"itemIdentifier": waits}]}
    assert appsync.channels == [channel_of("0a")]
    [headers] = appsync.headers
    assert headers["Host"] == HOST
    assert "/eu-central-1/appsync/aws4_request" in headers["Authorization"]
    assert read_actions(calls) == {"live_hints": {"sqs:ChangeMessageVisibility"}}


def test_a_hint_that_appsync_refuses_comes_again(
    appsync: AppSync, deliver_hints: Callable[[str], tuple[str, Any]]
) -> None:
    appsync.status = 403
    message, answer = deliver_hints('{"people": ["0a"]}')
    assert answer == {"batchItemFailures": [{"itemIdentifier": message}]}


def test_a_hint_comes_again_while_appsync_is_away(
    deliver_hints: Callable[[str], tuple[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        monkeypatch.setenv("LIVE_ENDPOINT_URL", f"http://127.0.0.1:{closed.getsockname()[1]}")
    message, answer = deliver_hints('{"people": ["0a"]}')
    assert answer == {"batchItemFailures": [{"itemIdentifier": message}]}


@pytest.mark.parametrize("body", ["no JSON", "[]", "{}", '{"people": 7}'])
def test_a_message_that_is_not_carillons_is_acknowledged(
    appsync: AppSync, deliver_hints: Callable[[str], tuple[str, Any]], body: str
) -> None:
    assert deliver_hints(body)[1] == {"batchItemFailures": []}
    assert not appsync.channels
