"""The only factory of AWS clients. No client retries, because the row in the database is the only retry."""

import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

CONNECT_TIMEOUT_SECONDS = 2.0
# A pooled connection that idled longer is not used again. While Lambda freezes a container, the other end closes the
# connection unnoticed. A request on it would end with the outcome `unknown`, minutes later.
IDLE_SECONDS = 5.0
# The ordinary name of these services has an IPv6 address, and no dual-stack name exists. For dual-stack endpoints,
# botocore would make up a name. Sources: AWS General Reference, "AWS Secrets Manager endpoints"; user guide of Secrets
# Manager, "IAM dual-stack policies".
DUAL_STACK_BY_THEIR_ORDINARY_NAME = {"secretsmanager"}

_lock = threading.Lock()
_session: Any = None


def client(service: str, *, timeout_seconds: float, pool: int = 10) -> Any:
    """Make a client for one AWS service that sends every request exactly once.

    The client waits `timeout_seconds` for the answer. It waits as long for the connection, but at most
    CONNECT_TIMEOUT_SECONDS. `pool` threads may use the client at once.
    """
    # Imported here, so that a function without calls to AWS does not load botocore at its cold start.
    import botocore.session
    from botocore.config import Config

    config = Config(
        # With botocore's default, one late answer becomes up to five requests. AWS may accept each: five emails.
        retries={"total_max_attempts": 1},
        connect_timeout=min(CONNECT_TIMEOUT_SECONDS, timeout_seconds),
        read_timeout=timeout_seconds,
        max_pool_connections=pool,
        use_dualstack_endpoint=False if service in DUAL_STACK_BY_THEIR_ORDINARY_NAME else None,
        tcp_keepalive=True,
    )
    global _session  # noqa: PLW0603
    with _lock:  # threads may use a client together, but not create clients together
        if _session is None:
            _session = botocore.session.get_session()
        return _session.create_client(service, config=config)


class Connections:
    """Lends a client, and first closes connections that idled for IDLE_SECONDS or more."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self._lock = threading.Lock()
        self._in_use = 0
        self._last_used = time.time()

    @contextmanager
    def use(self) -> Generator[Any]:
        """Lend the client for one request. Connections stay open while another thread uses them."""
        with self._lock:
            # Wall time, because the monotonic clock may stop while Lambda freezes the container.
            if self._in_use == 0 and abs(time.time() - self._last_used) >= IDLE_SECONDS:
                self._client.close()
            self._in_use += 1
        try:
            yield self._client
        finally:
            with self._lock:
                self._in_use -= 1
                self._last_used = time.time()
