"""The queue and the provider as HTTP servers on loopback. The real AWS clients call them: SQS's JSON, SES's REST."""

import json
import socket
import struct
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from tests.faults.injector import Injector
from tests.faults.provider import Provider, Reply
from tests.faults.queue import Queue

LOST_REPLY = "SQS stores, its answer is lost"
AWAY = "provider away for 2 s"


class Cloud:
    """Two servers. Between `close_provider` and `open_provider` the provider refuses connections."""

    def __init__(self, injector: Injector, queue: Queue, events: Queue, provider: Provider) -> None:
        self.injector, self.queue, self.events, self.provider = injector, queue, events, provider
        self._sqs = self._serve(0)
        self._ses: ThreadingHTTPServer | None = self._serve(0)
        self.sqs_url = f"http://127.0.0.1:{self._sqs.server_port}"
        self.queue_url = f"{self.sqs_url}/123456789012/deliveries"
        self.events_url = f"{self.sqs_url}/123456789012/provider-events"
        self.ses_url = f"http://127.0.0.1:{self._ses.server_port}"

    def _serve(self, port: int) -> ThreadingHTTPServer:
        handler = type("Handler", (_Handler,), {"cloud": self})
        server = _Server(("127.0.0.1", port), handler)
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return server

    def close_provider(self) -> None:
        """Refuse connections to the provider from now on."""
        if self._ses:
            _stop(self._ses)
            self._ses = None

    def open_provider(self) -> None:
        """Accept connections to the provider again, at the same address."""
        self._ses = self._ses or self._serve(urlsplit(self.ses_url).port or 0)

    @property
    def provider_open(self) -> bool:
        """True while the provider accepts connections."""
        return self._ses is not None

    def close(self) -> None:
        """Stop both servers."""
        self.close_provider()
        _stop(self._sqs)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128
    allow_reuse_address = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Ignore clients that are killed during a request: the storm kills them on purpose."""


def _stop(server: ThreadingHTTPServer) -> None:
    server.shutdown()
    server.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    cloud: Cloud

    def do_POST(self) -> None:
        request: dict[str, Any] = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        target = self.headers.get("X-Amz-Target")
        if target is None:
            # A connection that was open before the provider went away is reset too.
            reply = self.cloud.provider.send(request) if self.cloud.provider_open else Reply(0)
            if reply.status == 0:
                self._reset()
            else:
                self._answer(reply.status, {"MessageId": reply.message_id, "message": reply.error}, reply.error)
            return
        answer = self._sqs(target.partition(".")[2], request)
        if target.endswith("SendMessageBatch") and self.cloud.injector.strikes(LOST_REPLY):
            self._reset()
        else:
            self._answer(200, answer)

    def _sqs(self, action: str, request: dict[str, Any]) -> dict[str, Any]:
        queue = self.cloud.events if request["QueueUrl"] == self.cloud.events_url else self.cloud.queue
        match action:
            case "SendMessageBatch":
                return dict(queue.send(request["Entries"]))
            case "ReceiveMessage":
                return {"Messages": queue.receive(request["MaxNumberOfMessages"], request["WaitTimeSeconds"])}
            case "DeleteMessageBatch":
                queue.delete([entry["ReceiptHandle"] for entry in request["Entries"]])
            case "ChangeMessageVisibilityBatch":
                queue.change_visibility(request["Entries"])
            case "GetQueueAttributes":
                return {"Attributes": {"ApproximateNumberOfMessages": str(queue.visible())}}
            case _:
                raise NotImplementedError(action)
        return {"Successful": [{"Id": entry["Id"]} for entry in request["Entries"]], "Failed": []}

    def _answer(self, status: int, content: dict[str, Any], error: str = "") -> None:
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/x-amz-json-1.0")
        self.send_header("Content-Length", str(len(body)))
        if error:
            self.send_header("x-amzn-ErrorType", error)
        self.end_headers()
        self.wfile.write(body)

    def _reset(self) -> None:
        """Reset the connection without an answer (TCP RST)."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 (the name in the base class)
        """Log nothing."""
