"""Try whether this function reaches a service of AWS: name, route, security groups and certificate.

A request without credentials is enough, because any answer proves the way. So it needs no permission.
"""

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from urllib.parse import urlsplit

import urllib3

from carillon.aws.clients import client

CONNECT_SECONDS, READ_SECONDS = 2.0, 3.0


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt to reach a service at the host that the function's own clients use."""

    service: str
    host: str
    reached: bool
    milliseconds: int
    error: str | None


def reach(services: Sequence[str]) -> list[Attempt]:
    """Try to reach each service once, all at the same time: it takes at most CONNECT_SECONDS + READ_SECONDS."""
    urls = {service: str(client(service, timeout_seconds=READ_SECONDS).meta.endpoint_url) for service in services}
    with ThreadPoolExecutor(len(services)) as pool:
        return list(pool.map(_try, urls, urls.values()))


def _try(service: str, url: str) -> Attempt:
    began = time.monotonic()
    error = None
    timeout = urllib3.Timeout(connect=CONNECT_SECONDS, read=READ_SECONDS)
    try:
        with urllib3.PoolManager(num_pools=1) as pool:
            pool.request("GET", url, timeout=timeout, retries=False, redirect=False, preload_content=False).close()
    except urllib3.exceptions.HTTPError as failure:
        error = type(failure).__name__
    host = urlsplit(url).hostname or url
    return Attempt(service, host, error is None, round((time.monotonic() - began) * 1000), error)
