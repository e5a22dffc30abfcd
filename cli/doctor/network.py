"""HTTP and DNS as checks use them. Both libraries are imported when a check first needs them."""

import threading
from urllib.parse import urlsplit

from cli.doctor.sources import NotChecked, Page

CONNECT_SECONDS, READ_SECONDS = 4.0, 6.0
MAX_BYTES = 1_000_000
DNS_SECONDS = 6.0

_lock = threading.Lock()


def fetch(url: str) -> Page:
    """Return the answer to a GET. It follows three redirects, reads at most a megabyte, and heeds HTTPS_PROXY.

    Raises:
        OSError: no answer, or no valid certificate. The message names neither a path nor a token.
    """
    with _lock:
        from urllib.request import getproxies, proxy_bypass

        import urllib3
    parts = urlsplit(url)
    proxy = None if proxy_bypass(parts.hostname or "") else getproxies().get(parts.scheme)
    time = urllib3.Timeout(connect=CONNECT_SECONDS, read=READ_SECONDS)
    retries = urllib3.Retry(total=None, connect=0, read=0, other=0, redirect=3)
    try:
        with urllib3.ProxyManager(proxy) if proxy else urllib3.PoolManager() as pool:
            answer = pool.request("GET", url, timeout=time, retries=retries, preload_content=False)
            body = answer.read(MAX_BYTES)
            answer.release_conn()
            return Page(answer.status, body, answer.headers.get("Date"))
    except urllib3.exceptions.HTTPError as error:
        reason = getattr(error, "reason", None) or error
        raise OSError(f"{parts.hostname}: {type(reason).__name__}") from None


def resolve(name: str, kind: str) -> list[str]:
    """Return the records of a name, without the quotes of TXT and the last dot of names; none if there are none.

    Raises:
        NotChecked: no name server answers.
    """
    with _lock:
        import dns.exception
        import dns.resolver
    try:
        answer = dns.resolver.resolve(name, kind, lifetime=DNS_SECONDS)
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
        return []
    except (dns.exception.DNSException, OSError) as error:
        raise NotChecked("dns_silent", name=name, error=type(error).__name__) from None
    return [_text(record) for record in answer]


def _text(record: object) -> str:
    """Return one record as text. The strings of a TXT record belong together without a space (RFC 7208, 3.3)."""
    strings: tuple[bytes, ...] | None = getattr(record, "strings", None)
    if strings is not None:
        return b"".join(strings).decode("utf-8", "replace")
    return str(record).rstrip(".").lower()
