"""Signed links in email: whom they are for, what they are about, and until when they hold.

A link is a JSON Web Token (RFC 7519), signed with HMAC by a key of the stack's own. It names its purpose as its
audience: a token made for anything else is none of these. Whoever holds it may do what it says and nothing else.
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
# Longer than the law asks for (30 days in the United States, 60 in Canada), and longer than the retention by default:
# who tidies up a mailbox after a year still finds links that work.
GOOD_FOR = timedelta(days=400)
MAX_CATEGORIES = 8  # more of them are no choice any more
MAX_EVENTS = 100  # as many as a claim tells of: there may be more
MAX_TOKEN = 4096  # characters; what is longer was not made here
# In a header: a line of mail has at most 998 characters (RFC 5322, section 2.1.1); older models of SES's API say 870.
MAX_HEADER_VALUE = 870

_ALGORITHM = "HS256"


class _Claims(BaseModel):
    model_config = ConfigDict(strict=True, extra="ignore")

    sub: Annotated[str, Field(min_length=1)]
    cat: list[str] = []


@dataclass(frozen=True, slots=True)
class Link:
    """What a link is for. Without categories it is about all email that can be switched off."""

    user_id: str
    categories: tuple[str, ...] = ()


def sign(link: Link, key: SigningKey, now: datetime) -> str:
    """The token of a link, good for GOOD_FOR from `now` on."""
    claims: dict[str, Any] = {"aud": AUDIENCE, "sub": link.user_id, "iat": now, "exp": now + GOOD_FOR}
    if link.categories:
        claims["cat"] = list(link.categories)
    # Its kind is clear without "typ", and every character counts.
    headers = {"kid": str(key.id), "typ": None}
    return jwt.encode(claims, key.secret.get_secret_value(), algorithm=_ALGORITHM, headers=headers)


def key_id(token: str) -> UUID:
    """The key that a token says it was signed with. Nothing is proven by it.

    Raises:
        LinkInvalid: it says none.
    """
    if len(token) > MAX_TOKEN:
        raise LinkInvalid
    try:
        return UUID(jwt.get_unverified_header(token)["kid"])
    except (jwt.PyJWTError, LookupError, ValueError, TypeError, AttributeError, RecursionError):
        raise LinkInvalid from None


def read(token: str, secret: bytes) -> Link:
    """What a token says, once its signature, its purpose and its time are proven.

    Raises:
        LinkExpired: it was good once.
        LinkInvalid: anything else is wrong with it.
    """
    try:
        claims = jwt.decode(
            token,
            secret,
            algorithms=[_ALGORITHM],
            audience=AUDIENCE,
            # When it was made decides nothing: clocks of two functions may disagree by a second.
            options={"require": ["aud", "sub", "exp"], "strict_aud": True, "verify_iat": False},
        )
        said = _Claims.model_validate(claims)
    except jwt.ExpiredSignatureError:
        raise LinkExpired from None
    except (jwt.PyJWTError, ValidationError, ValueError, RecursionError):
        raise LinkInvalid from None
    return Link(said.sub, tuple(said.cat))


def unsubscribe_url(delivery: ClaimedDelivery, settings: ChannelSettings, now: datetime | None = None) -> str | None:
    """The address that switches off what an email is about, or None where nothing can be switched off.

    It names categories, while they are few and their names fit into a header; else it is about all email.
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
