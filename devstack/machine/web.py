"""The small HTTP servers of the devstack."""

import logging
import threading
from collections.abc import Callable
from pathlib import Path

from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.wrappers import Request, Response

from devstack.machine.options import HOST


def log_requests_to(file: Path) -> None:
    """Log each request as one line of a file, and print nothing to the terminal."""
    file.parent.mkdir(parents=True, exist_ok=True)
    logger = logging.getLogger("werkzeug")
    for handler in list(logger.handlers):
        logger.removeHandler(handler)
    logger.addHandler(logging.FileHandler(file, mode="w"))
    logger.setLevel(logging.INFO)
    logger.propagate = False


class _Handler(WSGIRequestHandler):
    def version_string(self) -> str:
        return "carillon-devstack"

    def handle_expect_100(self) -> bool:
        return True  # werkzeug writes `100 Continue` itself; a second one would be wrong


class Site:
    """An HTTP server on loopback. It passes each request to a function, in its own threads, until `stop()`.

    With port 0 the system chooses a free port. The attribute `port` has its number.
    """

    def __init__(self, port: int, answer: Callable[[Request], Response]) -> None:
        self._server = make_server(HOST, port, Request.application(answer), threaded=True, request_handler=_Handler)
        self.port = self._server.port
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Accept no more requests and release the port."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
