"""The caller and the parameters of the request that is being answered."""

from collections.abc import Mapping
from typing import Annotated, Any
from uuid import UUID

from aws_lambda_powertools.event_handler.api_gateway import BaseRouter
from aws_lambda_powertools.event_handler.openapi.params import Path

from carillon.errors import Invalid, NotFound
from carillon.identity import Identity, read_claims
from carillon.problems import shown

# Most routes refuse these names in a query or a body: the caller would believe that they act for another user.
USER_NAMES = frozenset({"user_id", "userId", "user_ids", "userIds"})


# In a path. `parse_id` refuses a text that is no UUID, with 404 and not with 422.
PathId = Annotated[str, Path(description="An id from an answer.", json_schema_extra={"format": "uuid"})]


def claims_of(app: BaseRouter) -> Mapping[str, Any]:
    """Return the verified claims of the token. The gateway passes every value as a string."""
    context = app.current_event.raw_event.get("requestContext", {})
    return context.get("authorizer", {}).get("jwt", {}).get("claims") or {}


def identify(app: BaseRouter) -> Identity:
    """Return the caller's identity, from the claims that the gateway's JWT authorizer verified.

    Raises:
        Unauthorized: the token names neither a person nor a client.
        Forbidden: the query names a user, and the token has no scope to act for others.
        Invalid: the query names a user, and the token has one. It names users in the body or the path.
    """
    identity = read_claims(claims_of(app))
    if not USER_NAMES.isdisjoint(app.current_event.query_string_parameters or {}):
        identity.require_any_scope()
        raise Invalid("This route takes no user from the query.")
    return identity


def current_user_id(app: BaseRouter) -> str:
    """Return the token's user, for a route that gives every caller only their own data, whatever their scopes.

    Raises:
        Unauthorized: the token has no subject.
        Forbidden, Invalid: as `identify`.
    """
    return identify(app).user_id


def reject_unknown_query(app: BaseRouter, *names: str) -> None:
    """Refuse every parameter of the query except `names`. Use it where ignoring a misspelt name would do harm.

    Raises:
        Invalid: the query has another name, such as `dryrun` for `dry_run`.
    """
    if unknown := sorted((app.current_event.query_string_parameters or {}).keys() - set(names)):
        known = ", ".join(names)
        raise Invalid(
            details=[
                {"field": shown(name), "message": f"is not a name of this query, which knows {known}"}
                for name in unknown
            ]
        )


def parse_id(text: str) -> UUID:
    """Return the id in a path.

    Raises:
        NotFound: the text is no UUID. The answer is the same as for a UUID that does not exist.
    """
    try:
        return UUID(text)
    except ValueError:
        raise NotFound from None
