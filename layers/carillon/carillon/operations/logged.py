"""The entries of the operators' log: they name no person, so an erasure need not change them."""

from typing import Any

from psycopg.types.json import Jsonb

from carillon.models.user_id import person_hash
from carillon.operations.arguments import Arguments

_NOT_LOGGED = {"after", "before", "limit", "dry_run", "delivery_ids", "replay"}


def for_log(arguments: Arguments) -> Jsonb:
    """Return the arguments that the operators' log keeps: those that were given, without those of paging."""
    given: dict[str, Any] = arguments.model_dump(mode="json", exclude=_NOT_LOGGED, exclude_none=True)
    if user_id := given.pop("user_id", None):
        given["person"] = person_hash(user_id)
    return Jsonb(given)
