"""The recipe for applications with cookie sessions: docs/sessions.md shows its code, and its tokens are valid."""

import re
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager
from functools import partial
from hashlib import sha256
from typing import Any

import jwt
import pytest
from werkzeug.wrappers import Request, Response

from devstack.machine.web import Site
from tests.support.applications.running import AUDIENCE, FRAMEWORKS, ROOT, Browser, Framework, application, new_key
from tests.support.environment import free_port
from tests.support.service import PRODUCER_SCOPE, Service

PAGE = (ROOT / "docs" / "sessions.md").read_text("utf-8")
RECIPES = ROOT / "docs" / "recipes"
DISCOVERY = "/.well-known/openid-configuration"
TOKEN = "/notifications/token"

Start = Callable[..., AbstractContextManager[Browser]]


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """PyJWT uses the proxy of the environment for its requests."""
    monkeypatch.setenv("no_proxy", "127.0.0.1")


@pytest.fixture(scope="module", params=FRAMEWORKS)
def start(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Start:
    """Return `start(port, keys)`, which runs the application of a framework."""
    framework: Framework = request.param
    return partial(application, framework, log=tmp_path_factory.mktemp(framework) / "application.log")


@pytest.fixture(scope="module")
def running(start: Start) -> Generator[Browser]:
    with start(free_port(), [new_key()]) as browser:
        yield browser


@pytest.fixture
def browser(running: Browser) -> Browser:
    """Return a browser without a session."""
    return Browser(running.url)


def verified(browser: Browser, token: str) -> dict[str, Any]:
    """Return the claims of a token, verified with only the issuer's address."""
    document = browser.get(DISCOVERY).json()
    assert document["issuer"] == browser.url
    key = jwt.PyJWKClient(document["jwks_uri"], cache_keys=False).get_signing_key_from_jwt(token)
    required = ["iss", "aud", "sub", "exp", "iat"]
    return jwt.decode(
        token, key, algorithms=["RS256"], audience=AUDIENCE, issuer=document["issuer"], options={"require": required}
    )


def passed_on(claims: dict[str, Any]) -> dict[str, str]:
    """Return claims as an HTTP API passes them to a function: each as text."""
    return {name: str(value).lower() if isinstance(value, bool) else str(value) for name, value in claims.items()}


def test_the_page_shows_the_tested_code() -> None:
    for language, file in [("python", "django/notification_tokens.py"), ("js", "express/notification-tokens.mjs")]:
        assert (RECIPES / file).read_text("utf-8") in re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
        assert f"](recipes/{file})" in PAGE


def test_the_examples_of_the_backend_are_valid_requests(service: Service) -> None:
    section = PAGE.split("## Notify from the backend\n")[1].split("\n## ")[0]
    examples = re.findall(r"```(?:python|js)\n(.*?)```", section, re.DOTALL)
    in_python, in_js = (dict(re.findall(r'(\w+)(?:=|: )"(.*?)"', example)) for example in examples)
    assert in_python == in_js
    assert service.call("POST", "/notifications", {**in_js, "user_id": "alice"}, producer="backend").status == 201


def test_a_signed_in_user_gets_a_token_for_ten_minutes(browser: Browser) -> None:
    browser.sign_in("alice")
    answer = browser.get(TOKEN)
    body = answer.json()
    claims = verified(browser, body["token"])
    assert (answer.status, body["expires_in"], claims["exp"] - claims["iat"]) == (200, 600, 600)
    assert abs(claims["iat"] - time.time()) < 60
    assert set(claims) == {"iss", "aud", "sub", "exp", "iat"}
    assert "no-store" in answer.headers["Cache-Control"]
    assert not [name for name in answer.headers if name.lower().startswith("access-control-")]

    browser.sign_in("bob")
    assert verified(browser, browser.token())["sub"] != claims["sub"]
    browser.sign_in("alice")
    assert verified(browser, browser.token())["sub"] == claims["sub"]


def test_without_a_session_there_is_no_token(browser: Browser) -> None:
    answer = browser.get(TOKEN)
    assert (answer.status, answer.json()) == (401, {"error": "not signed in"})
    assert "no-store" in answer.headers["Cache-Control"]


def test_the_token_has_the_address_only_if_it_was_verified(browser: Browser, service: Service) -> None:
    browser.sign_in("alice", "alice@example.com")
    assert "email" not in verified(browser, browser.token())
    browser.sign_in("alice", "alice@example.com", verified=True)
    claims = verified(browser, browser.token())
    assert (claims["email"], claims["email_verified"]) == ("alice@example.com", True)
    answer = service.call("PUT", "/preferences", {"email_enabled": True}, claims=passed_on(claims))
    assert (answer.status, answer.json["address_known"]) == (200, True)


def test_only_the_public_keys_are_published(browser: Browser) -> None:
    answer = browser.get(browser.get(DISCOVERY).json()["jwks_uri"].removeprefix(browser.url))
    [key] = answer.json()["keys"]
    assert set(key) == {"kty", "n", "e", "kid", "use", "alg"}
    assert (key["kty"], key["use"], key["alg"]) == ("RSA", "sig", "RS256")
    hashed = f'{{"e":"{key["e"]}","kty":"RSA","n":"{key["n"]}"}}'
    assert key["kid"] == urlsafe_b64encode(sha256(hashed.encode()).digest()).decode().rstrip("=")
    assert answer.headers["Cache-Control"] == "public, max-age=300"


def test_a_key_rotation_keeps_all_tokens_valid(start: Start) -> None:
    old, new, port = new_key(), new_key(), free_port()

    def token() -> str:
        browser.sign_in("alice")
        return browser.token()

    with start(port, [old]) as browser:
        by_old = token()
    with start(port, [old, new]) as browser:
        assert jwt.get_unverified_header(token())["kid"] == jwt.get_unverified_header(by_old)["kid"]
    with start(port, [new, old]) as browser:
        by_new = token()
        assert jwt.get_unverified_header(by_new)["kid"] != jwt.get_unverified_header(by_old)["kid"]
        verified(browser, by_old)
        verified(browser, by_new)
    with start(port, [new]) as browser:
        verified(browser, by_new)
        with pytest.raises(jwt.PyJWKClientError, match="Unable to find"):
            verified(browser, by_old)


def test_the_backend_is_a_producer(start: Start, service: Service) -> None:
    requests: list[tuple[str, str, Any]] = []
    answers = [Response('{"notification": {}}', 201, mimetype="application/json"), Response("{}", 401)]

    def api(request: Request) -> Response:
        requests.append((f"{request.method} {request.path}", request.headers["Authorization"], request.get_json()))
        return answers[len(requests) - 1]

    site = Site(0, api)
    try:
        with start(free_port(), [new_key()], api=f"http://127.0.0.1:{site.port}") as browser:
            body = {"user_id": "alice", "event_name": "a.b", "title": "T"}
            assert browser.post("/fire", body).json() == {"notification": {}}
            [(route, authorization, sent)] = requests
            assert (route, sent) == ("POST /notifications", body)
            claims = verified(browser, authorization.removeprefix("Bearer "))
            assert browser.post("/fire", body).status == 500  # a 401 is no success
    finally:
        site.stop()
    assert (claims["scope"], claims["client_id"], claims["exp"] - claims["iat"]) == (PRODUCER_SCOPE, "backend", 600)
    made = service.call("POST", "/notifications", sent, claims=passed_on(claims))
    assert made.status == 201
    path = f"/notifications/{made.json['notification']['id']}"
    assert service.call("DELETE", path, producer="other").status == 404
    assert service.call("DELETE", path, producer="backend").status == 200
