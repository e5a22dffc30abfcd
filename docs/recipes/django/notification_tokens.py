"""Tokens for Carillon from a Django application with cookie sessions.

Add it to the urls of the project: `path("", include("notification_tokens"))`.
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
PRODUCER = "backend"  # the name of this application at Carillon


def read_key(pem: str) -> tuple[RSAPrivateKey, dict[str, str]]:
    """Return a private key, and its public half as a JSON Web Key."""
    private = load_pem_private_key(pem.encode(), password=None)
    if not isinstance(private, RSAPrivateKey):
        raise TypeError("CARILLON_KEYS: API Gateway accepts only RSA keys")
    jwk = RSAAlgorithm.to_jwk(private.public_key(), as_dict=True)
    public: dict[str, str] = {name: jwk[name] for name in ("e", "kty", "n")}
    # The id of a key is its hash (RFC 7638), so each key has its own id.
    digest = sha256(json.dumps(public, separators=(",", ":")).encode()).digest()
    kid = urlsafe_b64encode(digest).decode().rstrip("=")
    return private, {**public, "kid": kid, "use": "sig", "alg": "RS256"}


# One PEM block after the other. All keys are published, and the first one signs.
PEMS = re.findall(r"-----BEGIN .+?-----END [A-Z ]+-----", os.environ["CARILLON_KEYS"], re.DOTALL)
KEYS = [read_key(pem) for pem in PEMS]
SIGNING_KEY, SIGNING_JWK = KEYS[0]


def mint(subject: str, **claims: object) -> str:
    """Return a token for `subject`, valid for ten minutes. Never pass claims that came with a request."""
    now = int(time.time())
    payload = {**claims, "iss": ISSUER, "aud": AUDIENCE, "sub": subject, "iat": now, "exp": now + TEN_MINUTES}
    return jwt.encode(payload, SIGNING_KEY, algorithm="RS256", headers={"kid": SIGNING_JWK["kid"]})


def notify(**notification: object) -> Any:
    """Record a notification with a token of this application, and return Carillon's answer."""
    token = mint(PRODUCER, client_id=PRODUCER, scope="carillon/send")
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    request = Request(os.environ["CARILLON_API"] + "/notifications", json.dumps(notification).encode(), headers)
    with urlopen(request, timeout=10) as answer:
        return json.load(answer)


# These two need no sign-in, even with LoginRequiredMiddleware.
@login_not_required
@require_safe
@cache_control(public=True, max_age=300)  # caches keep the keys for at most five minutes
def discovery(_: HttpRequest) -> JsonResponse:
    """Return the discovery document, which tells API Gateway where the keys are."""
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
    """Return the public halves of all keys."""
    return JsonResponse({"keys": [public for _, public in KEYS]})


@login_not_required  # the view answers 401 itself: the bell would follow a redirect to a page without a token
@require_safe
@never_cache
def token(request: HttpRequest) -> JsonResponse:
    """Return a token for the person who is signed in."""
    person: Any = request.user
    if not person.is_authenticated:
        return JsonResponse({"error": "not signed in"}, status=401)
    claims: dict[str, object] = {}
    if getattr(person, "email_verified", False):  # only if you verified the address
        claims = {"email": person.email, "email_verified": True}
    return JsonResponse({"token": mint(str(person.pk), **claims), "expires_in": TEN_MINUTES})


urlpatterns = [
    path(".well-known/openid-configuration", discovery),
    path(".well-known/jwks.json", jwks),
    path("notifications/token", token),
]
