"""The caller of a request, as a verified token identifies it."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal, cast

from aws_lambda_powertools import Logger

from carillon.errors import Forbidden, Unauthorized
from carillon.models.characters import check_name
from carillon.models.user_id import MAX_USER_ID, check_user_id

SEND = "carillon/send"  # record notifications for others, and retract them
RECIPIENTS = "carillon/recipients"  # read and write the contact data and preferences of others
ERASE = "carillon/erase"  # erase a person
EXPORT = "carillon/export"  # read all that is stored about a person
SCOPES = frozenset({SEND, RECIPIENTS, ERASE, EXPORT})
# `separate`: a scope grants what its name says. `combined`: `carillon/send` grants what it did before it had others:
# all but `carillon/export`.
ProducerScopes = Literal["separate", "combined"]
MAX_CLIENT = 255  # characters

logger = Logger(child=True)


@dataclass(frozen=True, slots=True)
class Identity:
    """The subject of a verified token, the producer's name if it has the scope `carillon/send`, and all its scopes.

    `client` is the application that has the token, whatever its scopes.
    """

    subject: str | None
    producer: str | None
    scopes: frozenset[str] = field(default=frozenset(), compare=False)
    client: str | None = field(default=None, compare=False)

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

    @property
    def requester(self) -> str:
        """Return the name of a caller that acts for others, for the operators' log."""
        return f"producer:{self.client}"

    def require_producer(self) -> str:
        """Return the producer's name.

        Raises:
            Forbidden: the token lacks the scope `carillon/send`.
        """
        if self.producer is None:
            raise Forbidden(f"This needs a token with the scope {SEND}.")
        return self.producer

    def require_any_scope(self) -> None:
        """Check that the token may act for others at all, before an answer says how a request names them.

        Raises:
            Forbidden: the token has no scope of Carillon.
        """
        if not self.scopes:
            raise Forbidden(f"Naming a user needs a token with a scope for it, such as {SEND}.")

    def require(self, scope: str, mode: ProducerScopes) -> None:
        """Check that the token has a scope, or `carillon/send` in a stack whose scopes are still `combined`.

        Raises:
            Forbidden: it has neither.
        """
        if scope in self.scopes:
            return
        if mode == "separate" or SEND not in self.scopes or scope == EXPORT:
            raise Forbidden(f"This needs a token with the scope {scope}.")
        # Before an operator separates the scopes, this line names the producers that need new tokens.
        logger.warning("combined_scope_used", extra={"scope": scope, "producer": self.producer})


def read_claims(claims: Mapping[str, object]) -> Identity:
    """Return the identity that the claims of a verified token state.

    Scopes are in `scope` (RFC 9068) or `scp` (Okta, Entra ID). Without both, they are in `roles`: Entra ID gives an
    application no scopes. A producer has the scope `carillon/send`. Its name is `client_id`, else `azp`, else `sub`.

    Raises:
        Unauthorized: the token names neither a person nor a client, or a name that cannot be stored; or it is an ID
            token.
    """
    if _is_id_token(claims):
        raise Unauthorized("This is an ID token, which is for the application alone. Send the access token.")
    subject = _text(claims, "sub")
    scopes = _scopes(claims)
    client = _text(claims, "client_id") or _text(claims, "azp") or subject
    if client is None or (subject is None and not scopes):
        raise Unauthorized
    producer = client if SEND in scopes else None
    if not scopes:
        client = None  # an application of people acts for no others, and its name is not stored
    _check("subject", subject, MAX_USER_ID, check_user_id)
    _check("client", client, MAX_CLIENT, check_name)
    return Identity(subject, producer, scopes, client)


def _is_id_token(claims: Mapping[str, object]) -> bool:
    """Return whether a token is an ID token (OpenID Connect Core, section 2), which no API should accept.

    Cognito marks it with `token_use`, Keycloak with `typ`. Only ID tokens have the hashes of other tokens.
    """
    marked = claims.get("token_use") == "id" or claims.get("typ") == "ID"
    return marked or "at_hash" in claims or "c_hash" in claims


def _scopes(claims: Mapping[str, object]) -> frozenset[str]:
    """Return Carillon's scopes in a token."""
    names = ("scope", "scp") if "scope" in claims or "scp" in claims else ("roles",)
    return SCOPES.intersection(word for name in names for word in _words(claims.get(name)))


def _words(value: object) -> Iterable[str]:
    """Return the words of a claim: a list, or a text with spaces.

    An HTTP API passes every claim as text, and a list as `[one two]`.
    """
    if isinstance(value, str):
        if value.startswith("[") and value.endswith("]"):
            try:
                value = json.loads(value)
            except ValueError:
                return str(value)[1:-1].split()
        else:
            return value.split()
    return [word for word in cast("list[object]", value) if isinstance(word, str)] if isinstance(value, list) else ()


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
