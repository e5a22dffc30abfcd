"""The proxy in front of the API: what it forwards, what it refuses, and how many requests run at once."""

import socket
import threading
from collections.abc import Iterator

import pytest
import urllib3
from werkzeug.wrappers import Request, Response

from devstack.aws.proxy import CONCURRENT_REQUESTS, MAX_BODY_BYTES, ApiProxy
from devstack.machine.options import HOST
from devstack.machine.web import Site
from tests.unit.devstack.test_devstack import free_port


def test_the_proxy_changes_nothing_and_limits_concurrent_requests() -> None:
    seen: list[tuple[str, str, str | None, bytes]] = []
    running, most, full, lock = 0, 0, threading.Event(), threading.Lock()

    def upstream(request: Request) -> Response:
        nonlocal running, most
        with lock:
            seen.append((request.method, request.environ["REQUEST_URI"], request.headers.get("X-Own"), request.data))
            running += 1
            most = max(most, running)
            if running == CONCURRENT_REQUESTS:
                full.set()
        full.wait(5)  # no request ends before as many run as the limit allows
        with lock:
            running -= 1
        return Response(b"\x00raw", 418, {"ETag": '"1"', "Content-Type": "application/x-own"})

    behind, front = free_port(), free_port()
    sites = [Site(behind, upstream), Site(front, ApiProxy(f"http://{HOST}:{behind}", "abc").site)]
    answers: list[urllib3.BaseHTTPResponse] = []

    def send() -> None:
        url = f"http://{HOST}:{front}/notifications/a%2Fb?unread=1&x=%20"
        answers.append(urllib3.request("PATCH", url, body=b'{"a": 1}', headers={"X-Own": "yes"}))

    threads = [threading.Thread(target=send) for _ in range(3 * CONCURRENT_REQUESTS)]
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        for site in sites:
            site.stop()
    assert most == CONCURRENT_REQUESTS
    path = "/_aws/execute-api/abc/$default/notifications/a%2Fb?unread=1&x=%20"
    assert set(seen) == {("PATCH", path, "yes", b'{"a": 1}')}
    assert {(a.status, a.headers["ETag"], a.headers["Content-Type"], a.data) for a in answers} == {
        (418, '"1"', "application/x-own", b"\x00raw")
    }


def test_the_proxy_answers_503_if_the_emulator_does_not_answer() -> None:
    port = free_port()
    site = Site(port, ApiProxy(f"http://{HOST}:{free_port()}", "abc").site)
    try:
        answer = urllib3.request("GET", f"http://{HOST}:{port}/health", retries=False)
    finally:
        site.stop()
    assert answer.status == 503
    assert answer.json() == {"message": "Service Unavailable"}


def answer_to(port: int, head: str, body: bytes = b"") -> bytes:
    """Return everything that a server answers to these bytes."""
    with socket.create_connection((HOST, port), timeout=20) as connection:
        connection.sendall(head.replace("\n", "\r\n").encode() + b"\r\n\r\n" + body)
        return b"".join(iter(lambda: connection.recv(65536), b""))


@pytest.fixture
def proxy() -> Iterator[tuple[int, list[int]]]:
    """Yield the port of a proxy, and the sizes of the bodies that it has forwarded."""
    sizes: list[int] = []

    def upstream(request: Request) -> Response:
        sizes.append(len(request.get_data()))
        return Response("taken")

    behind = Site(0, upstream)
    front = Site(0, ApiProxy(f"http://{HOST}:{behind.port}", "abc").site)
    yield front.port, sizes
    front.stop()
    behind.stop()


def test_the_proxy_has_the_body_limit_of_an_http_api(proxy: tuple[int, list[int]]) -> None:
    port, sizes = proxy
    post = "POST / HTTP/1.1\nHost: here\n"
    assert answer_to(port, f"{post}Content-Length: {MAX_BODY_BYTES}", bytes(MAX_BODY_BYTES)).endswith(b"taken")
    too_large = bytes(MAX_BODY_BYTES + 1)
    for head, body in (
        (f"Content-Length: {len(too_large)}", too_large),
        ("Transfer-Encoding: chunked", b"%x\r\n%b\r\n0\r\n\r\n" % (len(too_large), too_large)),
    ):
        answer = answer_to(port, post + head, body)
        assert answer.startswith(b"HTTP/1.1 413 ")
        assert answer.endswith(b'{"message": "Request Entity Too Large"}')
    assert sizes == [MAX_BODY_BYTES]


def test_a_client_that_expects_100_continue_gets_it_once(proxy: tuple[int, list[int]]) -> None:
    port, sizes = proxy
    answer = answer_to(port, "POST / HTTP/1.1\nHost: here\nContent-Length: 4\nExpect: 100-continue", b"body")
    assert answer.count(b"100 Continue") == 1
    assert answer.endswith(b"taken")
    assert sizes == [4]
