"""A small OpenID issuer: the discovery document, the keys, and a token for every request, without a sign-in."""

import json
import time
import uuid
from pathlib import Path

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm
from werkzeug.exceptions import BadRequest, HTTPException, NotFound
from werkzeug.wrappers import Request, Response

from devstack.machine.options import AUDIENCE

HOUR = 3600
LONGEST = 30 * 24 * HOUR  # seconds that a token may be valid


class Issuer:
    """Signs tokens with the key in `key_file`, which it creates if there is none.

    The key outlives a restart. So tokens that were printed or copied before stay valid.
    """

    def __init__(self, url: str, key_file: Path) -> None:
        self._url = url
        if not key_file.exists():
            key_file.parent.mkdir(parents=True, exist_ok=True)
            key_file.touch(mode=0o600)
            key_file.write_bytes(
                rsa.generate_private_key(public_exponent=65537, key_size=2048).private_bytes(
                    serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
                )
            )
        key = serialization.load_pem_private_key(key_file.read_bytes(), password=None)
        if not isinstance(key, rsa.RSAPrivateKey):
            raise TypeError(f"{key_file} holds no RSA key")
        self._key = key
        public = json.loads(RSAAlgorithm.to_jwk(key.public_key()))
        self._key_id = str(uuid.uuid5(uuid.NAMESPACE_OID, public["n"]))
        self._jwks = {"keys": [public | {"kid": self._key_id, "use": "sig", "alg": "RS256"}]}

    def token(self, user: str, *, scope: str = "", client_id: str = "", expires_in: int = HOUR) -> str:
        """Return a signed access token. `expires_in` is in seconds; with zero or less the token has expired already."""
        now = int(time.time())
        claims = {"iss": self._url, "aud": AUDIENCE, "sub": user, "iat": now, "exp": now + min(expires_in, LONGEST),
                  "jti": str(uuid.uuid4()), "token_use": "access"}  # fmt: skip
        if scope:
            claims["scope"] = scope
        if client_id:
            claims["client_id"] = client_id
        return jwt.encode(claims, self._key, algorithm="RS256", headers={"kid": self._key_id})

    def site(self, request: Request) -> Response:
        """Answer one request to the issuer."""
        try:
            return self._answer(request)
        except HTTPException as error:
            return _json({"error": "invalid_request", "error_description": error.description}, error.code or 500)

    def _answer(self, request: Request) -> Response:
        match request.method, request.path:
            case "GET", "/.well-known/openid-configuration":
                return _json(
                    {
                        "issuer": self._url,
                        "jwks_uri": f"{self._url}/jwks.json",
                        "token_endpoint": f"{self._url}/token",
                        "response_types_supported": ["token"],
                        "subject_types_supported": ["public"],
                        "id_token_signing_alg_values_supported": ["RS256"],
                    }
                )
            case "GET", "/jwks.json":
                return _json(self._jwks)
            case "POST", "/token":
                form = request.form
                user = form.get("user", "")
                if not user:
                    raise BadRequest("user is missing")
                try:
                    expires_in = int(form.get("expires_in", HOUR))
                except ValueError:
                    raise BadRequest("expires_in is not a number of seconds") from None
                token = self.token(
                    user, scope=form.get("scope", ""), client_id=form.get("client_id", ""), expires_in=expires_in
                )
                return _json({"access_token": token, "token_type": "Bearer", "expires_in": expires_in})
            case _:
                raise NotFound


def _json(body: object, status: int = 200) -> Response:
    return Response(json.dumps(body), status, mimetype="application/json", headers={"Cache-Control": "no-store"})
