"""The one place that makes AWS clients, so that none of them retries behind the database's back."""

import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

CONNECT_TIMEOUT_SECONDS = 2.0
# A pooled connection that idled longer is not used again. While a Lambda container is frozen the other end
# hangs up unheard, and a request written to such a connection can only be answered `unknown`: minutes late.
IDLE_SECONDS = 5.0
# The ordinary name of these has an IPv6 address, and there is no other; asked for dual-stack endpoints, botocore would
# make one up (AWS General Reference, "AWS Secrets Manager endpoints"; its user guide, "IAM dual-stack policies").
DUAL_STACK_BY_THEIR_ORDINARY_NAME = {"secretsmanager"}

_lock = threading.Lock()
_session: Any = None


def client(service: str, *, timeout_seconds: float, pool: int = 10) -> Any:
    """Make a client for one AWS service that sends every request exactly once.

    `timeout_seconds` bounds the wait for the answer; the wait for the connection is bounded by
    CONNECT_TIMEOUT_SECONDS besides. `pool` is how many threads may use the client at once.
    """
    # Imported here: a function that calls no AWS service does not pay for it at its cold start.
    import botocore.session
    from botocore.config import Config

    config = Config(
        # By default one late answer becomes up to five requests, each of which may be accepted: five emails.
        # The row in the database is the only retry.
        retries={"total_max_attempts": 1},
        connect_timeout=min(CONNECT_TIMEOUT_SECONDS, timeout_seconds),
        read_timeout=timeout_seconds,
        max_pool_connections=pool,
        use_dualstack_endpoint=False if service in DUAL_STACK_BY_THEIR_ORDINARY_NAME else None,
        tcp_keepalive=True,
    )
    global _session  # noqa: PLW0603
    with _lock:  # making clients is not thread-safe, using them is
        if _session is None:
            _session = botocore.session.get_session()
        return _session.create_client(service, config=config)


class Connections:
    """Lends a client, after hanging up connections that have idled for IDLE_SECONDS or more."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self._lock = threading.Lock()
        self._in_use = 0
        self._last_used = time.time()

    @contextmanager
    def use(self) -> Generator[Any]:
        """Lend the client for one request. Nothing is hung up while another thread is using it."""
        with self._lock:
            # Wall time: the monotonic clock may stand still while a container is frozen.
            if self._in_use == 0 and abs(time.time() - self._last_used) >= IDLE_SECONDS:
                self._client.close()
            self._in_use += 1
        try:
            yield self._client
        finally:
            with self._lock:
                self._in_use -= 1
                self._last_used = time.time()
