"""Signed links to unsubscribe. Each link names a person, categories and its expiry.

A link is a JSON Web Token (RFC 7519), signed with HMAC by a key of this stack. Its audience names its purpose, so a
token for another purpose is refused. The link is its own permission: it allows what it names, and nothing else.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

import jwt
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from carillon.errors import LinkExpired, LinkInvalid
from carillon.models.delivery import ClaimedDelivery, SigningKey
from carillon.settings.groups import ChannelSettings

AUDIENCE = "carillon/unsubscribe"
# The law requires 30 days in the United States and 60 in Canada. With more than a year, and more than the default
# retention, links still work when a person cleans up an old mailbox.
VALID_FOR = timedelta(days=400)
MAX_CATEGORIES = 8  # a link about more categories is about all email instead
MAX_EVENTS = 100  # the most events that a claim returns: with so many, there may be more
MAX_TOKEN = 4096  # characters; this module signs no longer token
# Characters of the header List-Unsubscribe. A line of mail has at most 998 (RFC 5322, section 2.1.1), but older models
# of the SES API allow 870.
MAX_HEADER_VALUE = 870

_ALGORITHM = "HS256"


class _Claims(BaseModel):
    model_config = ConfigDict(strict=True, extra="ignore")

    sub: Annotated[str, Field(min_length=1)]
    cat: list[str] = []


@dataclass(frozen=True, slots=True)
class Link:
    """The content of a link. Without categories it is about all email that a person can switch off."""

    user_id: str
    categories: tuple[str, ...] = ()


def sign(link: Link, key: SigningKey, now: datetime) -> str:
    """Return the token of a link. It is valid for VALID_FOR from `now` on."""
    claims: dict[str, Any] = {"aud": AUDIENCE, "sub": link.user_id, "iat": now, "exp": now + VALID_FOR}
    if link.categories:
        claims["cat"] = list(link.categories)
    # Without "typ": this header is not needed, and the length of a token is limited.
    headers = {"kid": str(key.id), "typ": None}
    return jwt.encode(claims, key.secret.get_secret_value(), algorithm=_ALGORITHM, headers=headers)


def unverified_key_id(token: str) -> UUID:
    """Return the id of the key that a token names. The id proves nothing: call `verify` with that key.

    Raises:
        LinkInvalid: the token names no key.
    """
    if len(token) > MAX_TOKEN:
        raise LinkInvalid
    try:
        return UUID(jwt.get_unverified_header(token)["kid"])
    except (jwt.PyJWTError, LookupError, ValueError, TypeError, AttributeError, RecursionError):
        raise LinkInvalid from None


def verify(token: str, secret: bytes) -> Link:
    """Check the signature, the purpose and the expiry of a token, and return its content.

    Raises:
        LinkExpired: the token is genuine but expired.
        LinkInvalid: the token is wrong in any other way.
    """
    try:
        claims = jwt.decode(
            token,
            secret,
            algorithms=[_ALGORITHM],
            audience=AUDIENCE,
            # The time of issue is not checked, because the clocks of two functions may differ by a second.
            options={"require": ["aud", "sub", "exp"], "strict_aud": True, "verify_iat": False},
        )
        checked = _Claims.model_validate(claims)
    except jwt.ExpiredSignatureError:
        raise LinkExpired from None
    except (jwt.PyJWTError, ValidationError, ValueError, RecursionError):
        raise LinkInvalid from None
    return Link(checked.sub, tuple(checked.cat))


def unsubscribe_url(delivery: ClaimedDelivery, settings: ChannelSettings, now: datetime | None = None) -> str | None:
    """Return the address to unsubscribe from the events of an email, or None if none of them can be switched off.

    The link names the categories if they are at most MAX_CATEGORIES and fit into MAX_HEADER_VALUE. Otherwise it is
    about all email.
    """
    if not settings.api_url or delivery.signing_key is None or not delivery.switchable_events:
        return None
    categories = tuple(dict.fromkeys(map(settings.categories.of_event, delivery.switchable_events)))
    base, moment = f"{settings.api_url.rstrip('/')}/unsubscribe/", now or datetime.now(UTC)
    if len(delivery.switchable_events) < MAX_EVENTS and len(categories) <= MAX_CATEGORIES:
        url = base + sign(Link(delivery.user_id, categories), delivery.signing_key, moment)
        if len(url) + 2 <= MAX_HEADER_VALUE:
            return url
    return base + sign(Link(delivery.user_id), delivery.signing_key, moment)
