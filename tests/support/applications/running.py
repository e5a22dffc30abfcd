"""Starts the applications with the recipes, and simulates a browser for them."""

import json
import os
import select
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import jwt
import urllib3
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.support.paths import ROOT

AUDIENCE = "carillon"
LISTENS_WITHIN_SECONDS = 60
STOPS_WITHIN_SECONDS = 10

Framework = Literal["django", "express"]
PYTHON_FOLDERS = ("docs/recipes/django", "clients/python/src", ".")
FRAMEWORKS: tuple[Framework, ...] = ("django", "express")


def new_key() -> str:
    """Return a new private key as PEM."""
    return (
        rsa.generate_private_key(public_exponent=65537, key_size=2048)
        .private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        .decode()
    )


class Browser:
    """A person's browser. It keeps the cookies of the application at `url`."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._http = urllib3.PoolManager(retries=False, timeout=30)
        self._cookies: dict[str, str] = {}

    def get(self, path: str, **headers: str) -> urllib3.BaseHTTPResponse:
        """Send a GET request and return the answer, without following a redirect."""
        return self._ask("GET", path, None, headers)

    def post(self, path: str, body: dict[str, Any]) -> urllib3.BaseHTTPResponse:
        """Post a body of JSON and return the answer."""
        return self._ask("POST", path, json.dumps(body), {"Content-Type": "application/json"})

    def sign_in(self, name: str, email: str = "", *, verified: bool = False) -> None:
        """Start a session that replaces the one before."""
        assert self.post("/sign-in", {"name": name, "email": email, "verified": verified}).status == 200

    def token(self) -> str:
        """Return the token that the bell would get."""
        answer = self.get("/notifications/token")
        assert answer.status == 200, answer.data
        return answer.json()["token"]

    def claims(self) -> dict[str, Any]:
        """Return the claims of that token, unverified."""
        return jwt.decode(self.token(), options={"verify_signature": False})

    def _ask(self, method: str, path: str, body: str | None, headers: dict[str, str]) -> urllib3.BaseHTTPResponse:
        headers = {**headers, "Cookie": "; ".join(f"{name}={value}" for name, value in self._cookies.items())}
        answer = self._http.request(method, self.url + path, body=body, headers=headers, redirect=False)
        for cookie in answer.headers.getlist("Set-Cookie"):
            name, _, value = cookie.partition(";")[0].partition("=")
            self._cookies[name] = value
        return answer


@contextmanager
def application(
    framework: Framework, port: int, keys: list[str], *, log: Path, api: str = "http://127.0.0.1:9", **env: str
) -> Generator[Browser]:
    """Run the application of a framework with these keys, and yield a browser without a session."""
    url = f"http://127.0.0.1:{port}"
    here = ROOT / "tests" / "support" / "applications"
    program = (
        [sys.executable, here / "django_site.py"] if framework == "django" else ["node", here / "express_site.mjs"]
    )
    inherited = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    with log.open("ab") as output:
        process = subprocess.Popen(
            [*program, str(port)],
            env=inherited
            | {
                "PYTHONPATH": os.pathsep.join(str(ROOT / folder) for folder in PYTHON_FOLDERS),
                "CARILLON_ISSUER": url,
                "CARILLON_AUDIENCE": AUDIENCE,
                "CARILLON_API": api,
                "CARILLON_KEYS": "".join(keys),
            }
            | env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=output,
        )
    assert process.stdin
    assert process.stdout
    try:
        select.select([process.stdout], [], [], LISTENS_WITHIN_SECONDS)
        assert select.select([process.stdout], [], [], 0)[0], f"{framework} is silent: {log.read_text()}"
        assert process.stdout.readline() == b"listening\n", log.read_text()
        yield Browser(url)
    finally:
        process.stdin.close()  # the process ends when its input does
        try:
            process.wait(STOPS_WITHIN_SECONDS)
        finally:
            process.kill()
            process.stdout.close()
