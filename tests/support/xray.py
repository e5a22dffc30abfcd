"""A stand-in for the X-Ray daemon: it receives the subsegments that a function sends."""

import json
import socket
from typing import Any

TRACE_ID = "1-5759e988-bd862e3fe1be46a994272793"
PARENT_ID = "53995c3f42cd8ad8"
SAMPLED = f"Root={TRACE_ID};Parent={PARENT_ID};Sampled=1;Lineage=a87bd80c:1"
ENOUGH_SECONDS = 5


class Daemon:
    """Listens on a free UDP port. `environment()` is that of an invocation that Lambda samples."""

    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))

    def environment(self) -> dict[str, str]:
        """Return the variables that Lambda sets if tracing is active."""
        address = f"127.0.0.1:{self._socket.getsockname()[1]}"
        return {"AWS_XRAY_DAEMON_ADDRESS": address, "_X_AMZN_TRACE_ID": SAMPLED, "POWERTOOLS_TRACE_DISABLED": "false"}

    def receive(self) -> dict[str, Any]:
        """Return the next subsegment. Fail after ENOUGH_SECONDS."""
        self._socket.settimeout(ENOUGH_SECONDS)
        header, _, document = self._socket.recv(65_535).partition(b"\n")
        assert json.loads(header) == {"format": "json", "version": 1}
        return json.loads(document)

    def is_silent(self) -> bool:
        """Return whether no subsegment has arrived. A datagram to this machine arrives before `sendto` returns."""
        self._socket.setblocking(False)
        try:
            self._socket.recv(65_535)
        except BlockingIOError:
            return True
        return False

    def close(self) -> None:
        """Stop listening."""
        self._socket.close()
