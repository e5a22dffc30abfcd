"""SES answers too late: one request within the attempt, and one resend later."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from carillon.aws import clients
from carillon.channels import EmailChannel
from tests.support.delivery_states import check_repair
from tests.support.flow import Flow


class SlowSes:
    """An SES that accepts requests and answers only when the test releases it."""

    def __init__(self) -> None:
        self.requests = 0
        self.let_go = threading.Event()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                outer.requests += 1
                self.rfile.read(int(self.headers["Content-Length"]))
                outer.let_go.wait(10)
                body = b'{"MessageId": "0107-1"}'
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                if not self.wfile.closed:
                    self.wfile.write(body)

            def log_message(self, format: str, *args: Any) -> None: ...  # noqa: A002

            def handle(self) -> None:
                try:
                    super().handle()
                except ConnectionError:  # the caller gave up
                    return

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01})
        self.thread.start()

    def stop(self) -> None:
        self.let_go.set()
        self.server.shutdown()
        self.thread.join(10)
        self.server.server_close()


@pytest.fixture
def ses(monkeypatch: pytest.MonkeyPatch) -> Iterator[SlowSes]:
    server = SlowSes()
    monkeypatch.setenv("AWS_ENDPOINT_URL_SESV2", f"http://127.0.0.1:{server.server.server_port}")
    yield server
    server.stop()


def test_a_late_answer_causes_no_second_request_within_the_attempt(flow: Flow, ses: SlowSes) -> None:
    delivery_id = flow.one()
    client = clients.client("sesv2", timeout_seconds=0.2)
    flow.senders["email"] = EmailChannel(flow.settings, client)

    assert flow.work(delivery_id).counts == {"unknown": 1}

    assert ses.requests == 1
    assert flow.row(delivery_id)["error_code"] == "read_timeout"
    ses.let_go.set()
    check_repair(flow, delivery_id)
    assert ses.requests == 2  # one resend, after the stuck reset
    assert flow.events(delivery_id) == ["claimed", "unknown", "reset", "claimed", "sent"]
    client.close()
