"""A small client of AppSync Events: it connects, subscribes, and waits for hints, as docs/live.md describes."""

import base64
import json
import socket
import time
import uuid
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

PROTOCOL = Subprotocol("aws-appsync-event-ws")


class Refused(Exception):
    """AppSync refused a connection or a subscription."""


class Listener:
    """An open connection. `live` is the field of that name in the answer of the API."""

    def __init__(self, connection: ClientConnection, live: dict[str, Any], token: str) -> None:
        self._connection = connection
        self._authorization = authorization(live, token)

    def subscribe(self, channel: str) -> str:
        """Subscribe to a channel, and return the subscription's id. Raise Refused if AppSync refuses."""
        chosen = str(uuid.uuid4())
        self._send({"type": "subscribe", "id": chosen, "channel": channel, "authorization": self._authorization})
        answer = self._receive(10, "subscribe_success", "subscribe_error")
        if answer["type"] != "subscribe_success":
            raise Refused(str(answer["errors"]))
        return chosen

    def publish(self, channel: str) -> None:
        """Publish an event as a person. Raise Refused if AppSync refuses."""
        self._send({"type": "publish", "id": "p", "channel": channel, "events": ["{}"],
                    "authorization": self._authorization})  # fmt: skip
        answer = self._receive(10, "publish_success", "publish_error")
        if answer["type"] != "publish_success":
            raise Refused(str(answer["errors"]))

    def hint(self, within_seconds: float = 20) -> dict[str, Any]:
        """Return the next hint: the message with the id of the subscription. Raise TimeoutError if none comes."""
        return self._receive(within_seconds, "data")

    def initialize(self) -> None:
        """Wait until AppSync acknowledges the connection. Raise Refused if it does not."""
        self._send({"type": "connection_init"})
        answer = self._receive(20, "connection_ack", "connection_error")
        if answer["type"] != "connection_ack":
            raise Refused(str(answer["errors"]))

    def _send(self, message: dict[str, Any]) -> None:
        self._connection.send(json.dumps(message))

    def _receive(self, within_seconds: float, *types: str) -> dict[str, Any]:
        deadline = time.monotonic() + within_seconds
        while True:
            message = json.loads(self._connection.recv(timeout=deadline - time.monotonic()))
            if message["type"] in types:
                return message


def authorization(live: dict[str, Any], token: str) -> dict[str, str]:
    """Return what a connection and a subscription say about their caller."""
    return {"host": live["host"], "Authorization": token}


@contextmanager
def listening(live: dict[str, Any], token: str) -> Generator[Listener]:
    """Connect to the Event API of the devstack. Raise Refused if AppSync refuses."""
    header = base64.urlsafe_b64encode(json.dumps(authorization(live, token)).encode()).decode().rstrip("=")
    # Browsers resolve names below localhost by themselves. Python asks the system, which may not know them.
    open_socket = socket.create_connection(("127.0.0.1", urlsplit(live["url"]).port or 80), timeout=10)
    with connect(live["url"], sock=open_socket, subprotocols=[Subprotocol(f"header-{header}"), PROTOCOL]) as connection:
        listener = Listener(connection, live, token)
        listener.initialize()
        yield listener
