"""The names of the channels that hints travel on."""

import hashlib
import hmac

NAMESPACE = "hints"
EVERYONE = f"/{NAMESPACE}/all"
# AppSync Events: a segment of a channel has at most 50 letters, digits and dashes. 32 hex digits are 128 bits.
HASH_DIGITS = 32

_PERSON = f"/{NAMESPACE}/person/"


def hash_person(key: str, user_id: str) -> str:
    """Return the name of a person outside the database: HMAC-SHA256 of the user id, cut to 128 bits, in hex."""
    return hmac.new(key.encode(), user_id.encode(), hashlib.sha256).hexdigest()[:HASH_DIGITS]


def channel_of(hashed: str) -> str:
    """Return the channel of a hashed person."""
    return _PERSON + hashed
