"""Tokens for Carillon from a Django application with cookie sessions.

In the urls of the project: `path("", include("notification_tokens"))`.
"""

import json
import os
import re
import time
from base64 import urlsafe_b64encode
from hashlib import sha256
from typing import Any
from urllib.request import Request, urlopen

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, JsonResponse
from django.urls import path
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.http import require_safe
from jwt.algorithms import RSAAlgorithm

ISSUER = os.environ["CARILLON_ISSUER"]  # this site's https address, without a slash at the end
AUDIENCE = os.environ["CARILLON_AUDIENCE"]
TEN_MINUTES = 600  # seconds
PRODUCER = "backend"  # the name by which Carillon knows this application


def read_key(pem: str) -> tuple[RSAPrivateKey, dict[str, str]]:
    """A private key, and as a JSON Web Key what everybody may know of it."""
    private = load_pem_private_key(pem.encode(), password=None)
    if not isinstance(private, RSAPrivateKey):
        raise TypeError("CARILLON_KEYS: API Gateway takes RSA keys alone")
    jwk = RSAAlgorithm.to_jwk(private.public_key(), as_dict=True)
    public: dict[str, str] = {name: jwk[name] for name in ("e", "kty", "n")}
    # Its name is its hash (RFC 7638): another key has another name, and nobody has to think of one.
    digest = sha256(json.dumps(public, separators=(",", ":")).encode()).digest()
    kid = urlsafe_b64encode(digest).decode().rstrip("=")
    return private, {**public, "kid": kid, "use": "sig", "alg": "RS256"}


# PEM blocks one after the other: all are published, the first one signs.
PEMS = re.findall(r"-----BEGIN .+?-----END [A-Z ]+-----", os.environ["CARILLON_KEYS"], re.DOTALL)
KEYS = [read_key(pem) for pem in PEMS]
SIGNING_KEY, SIGNING_JWK = KEYS[0]


def mint(subject: str, **claims: object) -> str:
    """A token that speaks for `subject` for ten minutes. Never hand on claims that a request brought."""
    now = int(time.time())
    said = {**claims, "iss": ISSUER, "aud": AUDIENCE, "sub": subject, "iat": now, "exp": now + TEN_MINUTES}
    return jwt.encode(said, SIGNING_KEY, algorithm="RS256", headers={"kid": SIGNING_JWK["kid"]})


def notify(**notification: object) -> Any:
    """Record a notification, with a token of this application's own. Returns what Carillon answers."""
    token = mint(PRODUCER, client_id=PRODUCER, scope="carillon/send")
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    request = Request(os.environ["CARILLON_API"] + "/notifications", json.dumps(notification).encode(), headers)
    with urlopen(request, timeout=10) as answer:
        return json.load(answer)


# Nobody signs in for these two, whatever a LoginRequiredMiddleware asks of the rest.
@login_not_required
@require_safe
@cache_control(public=True, max_age=300)  # a cache in front keeps no key for longer
def discovery(_: HttpRequest) -> JsonResponse:
    """Where API Gateway finds the keys."""
    return JsonResponse(
        {
            "issuer": ISSUER,
            "jwks_uri": f"{ISSUER}/.well-known/jwks.json",
            "response_types_supported": ["id_token"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
        }
    )


@login_not_required
@require_safe
@cache_control(public=True, max_age=300)
def jwks(_: HttpRequest) -> JsonResponse:
    """The public halves of all keys."""
    return JsonResponse({"keys": [public for _, public in KEYS]})


@login_not_required  # it answers 401 itself: the bell would follow a redirect, to a page that is no token
@require_safe
@never_cache
def token(request: HttpRequest) -> JsonResponse:
    """A token for whoever the session says is signed in."""
    person: Any = request.user
    if not person.is_authenticated:
        return JsonResponse({"error": "not signed in"}, status=401)
    claims: dict[str, object] = {}
    if getattr(person, "email_verified", False):  # only if you have seen them answer from it
        claims = {"email": person.email, "email_verified": True}
    return JsonResponse({"token": mint(str(person.pk), **claims), "expires_in": TEN_MINUTES})


urlpatterns = [
    path(".well-known/openid-configuration", discovery),
    path(".well-known/jwks.json", jwks),
    path("notifications/token", token),
]
