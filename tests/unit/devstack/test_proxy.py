"""The front door of the devstack: what passes, what does not, how many at a time."""

import socket
import threading
from collections.abc import Iterator

import pytest
import urllib3
from werkzeug.wrappers import Request, Response

from devstack.aws.proxy import AT_ONCE, LARGEST, FrontDoor
from devstack.machine.options import HOST
from devstack.machine.web import Site
from tests.unit.devstack.test_devstack import free_port


def test_the_front_door_changes_nothing_and_lets_a_few_in_at_a_time() -> None:
    seen: list[tuple[str, str, str | None, bytes]] = []
    inside, most, full, lock = 0, 0, threading.Event(), threading.Lock()

    def upstream(request: Request) -> Response:
        nonlocal inside, most
        with lock:
            seen.append((request.method, request.environ["REQUEST_URI"], request.headers.get("X-Own"), request.data))
            inside += 1
            most = max(most, inside)
            if inside == AT_ONCE:
                full.set()
        full.wait(5)  # hold everybody until as many are in as ever will be
        with lock:
            inside -= 1
        return Response(b"\x00raw", 418, {"ETag": '"1"', "Content-Type": "application/x-own"})

    behind, front = free_port(), free_port()
    sites = [Site(behind, upstream), Site(front, FrontDoor(f"http://{HOST}:{behind}", "abc").site)]
    answers: list[urllib3.BaseHTTPResponse] = []

    def ask() -> None:
        url = f"http://{HOST}:{front}/notifications/a%2Fb?unread=1&x=%20"
        answers.append(urllib3.request("PATCH", url, body=b'{"a": 1}', headers={"X-Own": "yes"}))

    threads = [threading.Thread(target=ask) for _ in range(3 * AT_ONCE)]
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        for site in sites:
            site.stop()
    assert most == AT_ONCE
    path = "/_aws/execute-api/abc/$default/notifications/a%2Fb?unread=1&x=%20"
    assert set(seen) == {("PATCH", path, "yes", b'{"a": 1}')}
    assert {(a.status, a.headers["ETag"], a.headers["Content-Type"], a.data) for a in answers} == {
        (418, '"1"', "application/x-own", b"\x00raw")
    }


def test_the_front_door_says_when_there_is_nothing_behind_it() -> None:
    port = free_port()
    site = Site(port, FrontDoor(f"http://{HOST}:{free_port()}", "abc").site)
    try:
        answer = urllib3.request("GET", f"http://{HOST}:{port}/health", retries=False)
    finally:
        site.stop()
    assert answer.status == 503
    assert answer.json() == {"message": "Service Unavailable"}


def answer_to(port: int, head: str, body: bytes = b"") -> bytes:
    """All that a server answers to these bytes."""
    with socket.create_connection((HOST, port), timeout=20) as connection:
        connection.sendall(head.replace("\n", "\r\n").encode() + b"\r\n\r\n" + body)
        return b"".join(iter(lambda: connection.recv(65536), b""))


@pytest.fixture
def doors() -> Iterator[tuple[int, list[int]]]:
    """The port of a front door, and the sizes of the bodies that came through it."""
    sizes: list[int] = []

    def upstream(request: Request) -> Response:
        sizes.append(len(request.get_data()))
        return Response("taken")

    behind = Site(0, upstream)
    front = Site(0, FrontDoor(f"http://{HOST}:{behind.port}", "abc").site)
    yield front.port, sizes
    front.stop()
    behind.stop()


def test_the_front_door_takes_bodies_as_large_as_an_http_api_does(doors: tuple[int, list[int]]) -> None:
    port, sizes = doors
    post = "POST / HTTP/1.1\nHost: here\n"
    assert answer_to(port, f"{post}Content-Length: {LARGEST}", bytes(LARGEST)).endswith(b"taken")
    for head, body in (
        (f"Content-Length: {LARGEST + 1}", bytes(LARGEST + 1)),
        ("Transfer-Encoding: chunked", b"%x\r\n%b\r\n0\r\n\r\n" % (LARGEST + 1, bytes(LARGEST + 1))),
    ):
        answer = answer_to(port, post + head, body)
        assert answer.startswith(b"HTTP/1.1 413 ")
        assert answer.endswith(b'{"message": "Request Entity Too Large"}')
    assert sizes == [LARGEST]


def test_a_client_that_asks_first_is_told_once_to_go_on(doors: tuple[int, list[int]]) -> None:
    port, sizes = doors
    answer = answer_to(port, "POST / HTTP/1.1\nHost: here\nContent-Length: 4\nExpect: 100-continue", b"body")
    assert answer.count(b"100 Continue") == 1
    assert answer.endswith(b"taken")
    assert sizes == [4]
