"""The issuer's public keys: found by OpenID discovery, kept, and fetched again when the issuer has new ones."""

import json
import time
from collections.abc import Callable
from typing import Any, cast

import jwt
from aws_lambda_powertools import Logger

KEPT_SECONDS = 600  # then the keys are fetched again, so that a withdrawn key is refused before long
STALE_SECONDS = 7200  # while the issuer does not answer, the keys serve so long: API Gateway keeps keys as long
# An unknown key id may be a new key. It may also be made up, and must not make the issuer answer each time.
UNKNOWN_SECONDS = 30
TIMEOUT_SECONDS = 2.0  # to connect, and again for the answer
MAX_BYTES = 1_000_000

logger = Logger(child=True)

Fetch = Callable[[str], Any]  # from a URL to its JSON; raises whatever it likes


class SigningKeys:
    """The keys of one issuer. `fetch` and `clock` (seconds that never go back) are replaced by tests."""

    def __init__(self, issuer: str, fetch: Fetch | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        self._issuer = issuer
        self._fetch = fetch or _fetch
        self._clock = clock
        self._keys: dict[str, jwt.PyJWK] = {}
        self._fetched = self._tried = float("-inf")

    def find(self, key_id: str) -> jwt.PyJWK | None:
        """Return the key of this id, or None if the issuer has none, or has not answered for too long."""
        now = self._clock()
        known = key_id in self._keys
        old = now - self._fetched >= KEPT_SECONDS
        if (old or not known) and now - self._tried >= UNKNOWN_SECONDS:
            self._tried = now
            self._refresh(now)
        return self._keys.get(key_id) if now - self._fetched < STALE_SECONDS else None

    def _refresh(self, now: float) -> None:
        try:
            discovered = self._fetch(f"{self._issuer.rstrip('/')}/.well-known/openid-configuration")
            keys = read_keys(self._fetch(str(discovered["jwks_uri"])))
        except Exception as error:  # noqa: BLE001 (whatever failed, the keys of before serve on)
            logger.warning("signing_keys_not_fetched", extra={"error": type(error).__name__})
            return
        self._keys, self._fetched = keys, now


def read_keys(document: Any) -> dict[str, jwt.PyJWK]:
    """Return the RSA keys of a JSON Web Key Set (RFC 7517) that are for signatures, by their id."""
    found: dict[str, jwt.PyJWK] = {}
    for entry in cast("list[dict[str, Any]]", document["keys"]):
        if entry.get("kty") == "RSA" and entry.get("use", "sig") == "sig" and isinstance(entry.get("kid"), str):
            # Without `alg`, PyJWT takes RS256, and the token's own algorithm decides within the allowed ones.
            found[entry["kid"]] = jwt.PyJWK.from_dict(entry)
    return found


def _fetch(url: str) -> Any:
    import urllib3

    http = urllib3.PoolManager(retries=False, timeout=TIMEOUT_SECONDS)
    answer = http.request("GET", url, redirect=False, preload_content=False)
    try:
        if answer.status != 200:
            raise ValueError(f"status {answer.status}")
        body = answer.read(MAX_BYTES + 1)
    finally:
        answer.release_conn()
    if len(body) > MAX_BYTES:
        raise ValueError("too long")
    return json.loads(body)
