"""The authorizer of hints: which tokens it accepts, and which channels a person may listen to."""

import hashlib
import hmac
import json
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm
from jwt.utils import base64url_encode
from pydantic import SecretStr

from carillon.live.authorize import Authorizer
from carillon.live.keys import KEPT_SECONDS, STALE_SECONDS, UNKNOWN_SECONDS, SigningKeys
from carillon.live.names import channel_of, hash_person
from carillon.settings import LiveAuthorizerSettings

ISSUER, AUDIENCE, KEY = "https://id.example.com", "app", "a key of the channels"
NOW = 2_000_000_000  # far ahead of the tests, because PyJWT compares with the real time
PRIVATE = rsa.generate_private_key(public_exponent=65537, key_size=2048)
OTHER = rsa.generate_private_key(public_exponent=65537, key_size=2048)


class Issuer:
    """An issuer whose keys a test may change, take away, or count the requests for."""

    def __init__(self) -> None:
        self.keys = {"one": PRIVATE}
        self.requests: list[str] = []
        self.away = False
        self.now = 1000.0

    def fetch(self, url: str) -> Any:
        self.requests.append(url)
        if self.away:
            raise TimeoutError
        if url.endswith("/.well-known/openid-configuration"):
            return {"issuer": ISSUER, "jwks_uri": f"{ISSUER}/keys"}
        public = [json.loads(RSAAlgorithm.to_jwk(key.public_key())) | {"kid": kid} for kid, key in self.keys.items()]
        return {"keys": [*public, {"kty": "EC", "kid": "ec"}, {"kty": "RSA"}]}

    def signing_keys(self) -> SigningKeys:
        return SigningKeys(ISSUER, self.fetch, lambda: self.now)


@pytest.fixture
def issuer() -> Issuer:
    return Issuer()


@pytest.fixture
def authorizer(issuer: Issuer) -> Authorizer:
    settings = LiveAuthorizerSettings(
        live_key=SecretStr(KEY), jwt_issuer=ISSUER, jwt_audience=[AUDIENCE, "another-app"]
    )
    return Authorizer(settings, issuer.signing_keys())


def token(kid: str | None = "one", key: Any = PRIVATE, algorithm: str = "RS256", **claims: Any) -> str:
    content = {"iss": ISSUER, "aud": AUDIENCE, "sub": "alice", "exp": NOW} | claims
    content = {name: value for name, value in content.items() if value is not None}
    return jwt.encode(content, key, algorithm=algorithm, headers={"kid": kid} if kid else None)


def event(authorization: object, channel: str | None = None, operation: str = "EVENT_CONNECT") -> dict[str, Any]:
    return {"authorizationToken": authorization, "requestContext": {"operation": operation, "channel": channel}}


def own(user_id: str = "alice") -> str:
    return channel_of(hash_person(KEY, user_id))


def listen(authorizer: Authorizer, channel: object, **claims: Any) -> str:
    decision = authorizer.decide(event(token(**claims), channel, "EVENT_SUBSCRIBE"))  # pyright: ignore[reportArgumentType]
    assert decision.accepted == (decision.reason == "accepted")
    return decision.reason


def test_a_valid_token_connects_with_and_without_the_word_bearer(authorizer: Authorizer) -> None:
    for text in (token(), f"Bearer {token()}", token(aud=["x", AUDIENCE]), token(aud=None, client_id="another-app")):
        assert authorizer.decide(event(text)).accepted


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (token(exp=1_000_000_000), "expired"),
        (token(exp=None), "refused"),
        (token(nbf=NOW - 1), "refused"),
        (token(aud="somebody-else"), "refused"),
        (token(aud=None), "refused"),
        (token(aud=None, client_id="somebody-else"), "refused"),
        (token(aud="somebody-else", client_id=AUDIENCE), "refused"),
        (token(iss="https://id.example.org"), "refused"),
        (token(iss=None), "refused"),
        (token(key=OTHER), "refused"),
        (token(kid="two"), "unknown_key"),
        (token(kid="ec"), "unknown_key"),
        (token(kid=None), "refused"),
        (token(key="", algorithm="none"), "refused"),
        (token(sub=None), "no_person"),
        (token(sub="a" * 300), "no_person"),
        (token(at_hash="x"), "no_person"),
        ("", "no_token"),
        (None, "no_token"),
        (7, "no_token"),
        ("a" * 20_000, "no_token"),
        ("no.token.at-all", "malformed"),
    ],
)  # fmt: skip
def test_a_token_that_the_api_would_refuse_is_refused(authorizer: Authorizer, text: object, reason: str) -> None:
    decision = authorizer.decide(event(text))
    assert (decision.accepted, decision.reason) == (False, reason)


def test_the_public_key_is_no_secret_of_an_hmac(authorizer: Authorizer) -> None:
    public = PRIVATE.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    header, claims = (base64url_encode(json.dumps(part).encode()) for part in (
        {"alg": "HS256", "kid": "one", "typ": "JWT"},
        {"iss": ISSUER, "aud": AUDIENCE, "sub": "alice", "exp": NOW},
    ))  # fmt: skip
    # PyJWT itself refuses to sign with such a secret.
    signature = hmac.new(public, header + b"." + claims, hashlib.sha256).digest()
    forged = b".".join([header, claims, base64url_encode(signature)]).decode()
    assert authorizer.decide(event(forged)).reason == "refused"


def test_a_person_listens_to_their_own_channel_and_the_common_one(authorizer: Authorizer) -> None:
    assert listen(authorizer, own()) == listen(authorizer, "/hints/all") == "accepted"
    assert listen(authorizer, own().strip("/")) == "accepted"
    assert listen(authorizer, own("bob"), sub="bob") == "accepted"


@pytest.mark.parametrize(
    "channel",
    [own("bob"), own() + "/x", own().upper(), "/hints/*", "/hints/person/*", "/hints/person", "/*", "*", "/other/all",
     "/hints/all/x", "", None, 7],
)  # fmt: skip
def test_a_person_listens_to_nothing_else(authorizer: Authorizer, channel: object) -> None:
    assert listen(authorizer, channel) == "channel"


@pytest.mark.parametrize("operation", ["EVENT_PUBLISH", "event_subscribe", "", None])
def test_nobody_publishes_with_a_token(authorizer: Authorizer, operation: Any) -> None:
    assert authorizer.decide(event(token(), own(), operation)).reason == "operation"


def test_an_event_without_context_is_refused(authorizer: Authorizer) -> None:
    assert not authorizer.decide({}).accepted


def test_the_keys_are_fetched_once_and_again_when_they_are_old(issuer: Issuer, authorizer: Authorizer) -> None:
    for _ in range(5):
        assert authorizer.decide(event(token())).accepted
    assert len(issuer.requests) == 2, "the discovery document, and the keys"
    issuer.now += KEPT_SECONDS
    assert authorizer.decide(event(token())).accepted
    assert len(issuer.requests) == 4


def test_a_new_key_serves_at_once_and_a_withdrawn_one_no_longer(issuer: Issuer, authorizer: Authorizer) -> None:
    assert authorizer.decide(event(token())).accepted
    issuer.keys = {"two": OTHER}
    issuer.now += UNKNOWN_SECONDS
    assert authorizer.decide(event(token(kid="two", key=OTHER))).accepted
    assert authorizer.decide(event(token())).reason == "unknown_key"


def test_made_up_key_ids_do_not_make_the_issuer_answer_each_time(issuer: Issuer, authorizer: Authorizer) -> None:
    for number in range(50):
        assert authorizer.decide(event(token(kid=f"made-up-{number}"))).reason == "unknown_key"
    assert len(issuer.requests) == 2


def test_while_the_issuer_is_away_its_keys_serve_for_two_hours(issuer: Issuer, authorizer: Authorizer) -> None:
    assert authorizer.decide(event(token())).accepted
    issuer.away = True
    issuer.now += STALE_SECONDS - 1
    assert authorizer.decide(event(token())).accepted
    issuer.now += 1
    assert authorizer.decide(event(token())).reason == "unknown_key"
    issuer.away = False
    issuer.now += UNKNOWN_SECONDS
    assert authorizer.decide(event(token())).accepted
