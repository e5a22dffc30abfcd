"""HTTP against a server on loopback, and DNS against scripted answers of the library."""

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from typing import Any

import dns.message
import dns.name
import dns.rdataclass
import dns.rdatatype
import dns.resolver
import dns.rrset
import pytest

from cli.doctor import network
from cli.doctor.network import fetch, resolve
from cli.doctor.sources import NotChecked
from tests.support.loopback_server import serving


class Handler(BaseHTTPRequestHandler):
    """Answers a few paths."""

    def do_GET(self) -> None:
        status = {"/": 200, "/moved": 302, "/loop": 302, "/large": 200}.get(self.path, 404)
        body = b"x" * (network.MAX_BYTES + 1) if self.path == "/large" else b'{"ok": true}'
        self.send_response(status)
        if status == 302:
            self.send_header("Location", "/" if self.path == "/moved" else "/loop")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        pass


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    with serving(Handler) as address:
        yield address


def test_an_answer_has_its_status_body_and_date(site: str) -> None:
    page = fetch(f"{site}/")
    assert (page.status, page.body) == (200, b'{"ok": true}')
    assert page.date is not None
    assert fetch(f"{site}/missing").status == 404


def test_redirects_are_followed_but_not_for_ever(site: str) -> None:
    assert fetch(f"{site}/moved").status == 200
    with pytest.raises(OSError, match=r"127\.0\.0\.1"):
        fetch(f"{site}/loop")


def test_a_large_answer_is_cut(site: str) -> None:
    assert len(fetch(f"{site}/large").body) == network.MAX_BYTES


def test_no_answer_is_an_error_without_the_path(site: str) -> None:
    with pytest.raises(OSError, match=r"^127\.0\.0\.1: ") as error:
        fetch("http://127.0.0.1:1/secret")
    assert "secret" not in str(error.value)


def answering(
    monkeypatch: pytest.MonkeyPatch, *records: str, kind: str = "TXT", error: Exception | None = None
) -> None:
    name = dns.name.from_text("example.com.")

    def answer(*_: Any, **options: Any) -> Any:
        assert options["lifetime"] == network.DNS_SECONDS
        if error is not None:
            raise error
        return dns.rrset.from_text_list(name, 300, dns.rdataclass.IN, dns.rdatatype.from_text(kind), records)

    monkeypatch.setattr(dns.resolver, "resolve", answer)


def test_records_are_read_as_text(monkeypatch: pytest.MonkeyPatch) -> None:
    answering(monkeypatch, '"v=spf1 include:" "amazonses.com ~all"', '"Other"')
    assert resolve("example.com", "TXT") == ["v=spf1 include:amazonses.com ~all", "Other"]
    answering(monkeypatch, "10 Feedback-SMTP.eu-central-1.amazonses.com.", kind="MX")
    assert resolve("example.com", "MX") == ["10 feedback-smtp.eu-central-1.amazonses.com"]
    answering(monkeypatch, "One.dkim.amazonses.com.", kind="CNAME")
    assert resolve("example.com", "CNAME") == ["one.dkim.amazonses.com"]


@pytest.mark.parametrize("error", [dns.resolver.NXDOMAIN(), dns.resolver.NoAnswer(response=dns.message.Message())])
def test_a_name_without_records_has_none(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    answering(monkeypatch, error=error)
    assert resolve("example.com", "TXT") == []


@pytest.mark.parametrize(
    "error", [dns.resolver.LifetimeTimeout(timeout=6, errors=[]), dns.resolver.NoResolverConfiguration(), OSError("x")]
)
def test_without_a_name_server_nothing_is_known(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    answering(monkeypatch, error=error)
    with pytest.raises(NotChecked) as reason:
        resolve("example.com", "TXT")
    assert reason.value.code == "dns_silent"
