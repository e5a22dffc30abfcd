"""The caller of a request, as a verified token identifies it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from carillon.errors import Forbidden, Unauthorized
from carillon.models.characters import check_name
from carillon.models.user_id import MAX_USER_ID, check_user_id

PRODUCER_SCOPE = "carillon/send"
MAX_CLIENT = 255  # characters


@dataclass(frozen=True, slots=True)
class Identity:
    """The subject of a verified token and, if it has the producer's scope, the producer's name."""

    subject: str | None
    producer: str | None

    @property
    def user_id(self) -> str:
        """Return the person whose token it is.

        Raises:
            Unauthorized: the token has no subject.
        """
        if not self.subject:
            raise Unauthorized
        return self.subject

    @property
    def created_by(self) -> str:
        """Return the creator to record with a notification.

        Idempotency keys belong to a creator. The prefix keeps a user from using up the keys of a producer.
        """
        return f"producer:{self.producer}" if self.producer else f"user:{self.user_id}"

    def require_producer(self) -> str:
        """Return the producer's name.

        Raises:
            Forbidden: the token lacks the scope `carillon/send`.
        """
        if self.producer is None:
            raise Forbidden(f"This needs a token with the scope {PRODUCER_SCOPE}.")
        return self.producer


def read_claims(claims: Mapping[str, object]) -> Identity:
    """Return the identity that the claims of a verified token state.

    A producer has the word `carillon/send` in `scope`: for a route without scopes, the gateway passes no parsed list.
    Its name is `client_id`, else `azp`, else `sub`.

    Raises:
        Unauthorized: the token names neither a person nor a client, or a name that cannot be stored.
    """
    subject = _text(claims, "sub")
    producer = None
    if PRODUCER_SCOPE in (_text(claims, "scope") or "").split():
        producer = _text(claims, "client_id") or _text(claims, "azp") or subject
    if subject is None and producer is None:
        raise Unauthorized
    _check("subject", subject, MAX_USER_ID, check_user_id)
    _check("client", producer, MAX_CLIENT, check_name)
    return Identity(subject, producer)


def _check(kind: str, name: str | None, longest: int, check: Callable[[str], str]) -> None:
    """Refuse a name that a request could not name either: no one could read or erase what it records."""
    if name is None:
        return
    if len(name) > longest:
        raise Unauthorized(f"The token's {kind} is not usable: it must have at most {longest} characters.")
    try:
        check(name)
    except ValueError as rule:
        raise Unauthorized(f"The token's {kind} is not usable: it {rule}.") from None


def _text(claims: Mapping[str, object], name: str) -> str | None:
    value = claims.get(name)
    return value if isinstance(value, str) and value else None
