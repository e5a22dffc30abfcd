"""The id of a person: one rule at each entry, so that each id that is stored has an address.

An id is the application's own, and Carillon compares it exactly. `UserId` is for requests that may store something,
and for the subject of a token. `StoredUserId` is for requests that read or delete. It has the rule of older releases,
which took more.
"""

import hashlib
import re
from typing import Annotated

from pydantic import AfterValidator, Field

from carillon.models import patterns
from carillon.models.characters import check_name, check_one_line

MAX_USER_ID = 128  # characters

# `/recipients/{user_id}/preferences` is an address of its own.
_OTHER_ADDRESS = "/preferences"
# Nearly every id is so, and breaks none of the rules. A request may have 1,000.
_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9@|:._-]*")


def check_user_id(value: str) -> str:
    """Return the id.

    Raises:
        ValueError: the id has a character that is not seen, or no path of a URL can name it. Clients and gateways
            remove the segments `.` and `..`, and slashes at the edges. API Gateway decodes a path and cuts it at `?`:
            https://github.com/middleapi/standard-server/pull/93. The rest would be the id of another person.
    """
    if _PLAIN.fullmatch(value):
        return value
    check_name(value)
    if "?" in value or "#" in value:
        raise ValueError("must not contain ? or #, which end the path of a URL")
    if value.startswith("/") or value.endswith("/"):
        raise ValueError("must not begin or end with a slash")
    if not {".", ".."}.isdisjoint(value.split("/")):
        raise ValueError("must not be or contain the path segments . and ..")
    if value.endswith(_OTHER_ADDRESS):
        raise ValueError(f"must not end with {_OTHER_ADDRESS}")
    return value


def person_hash(user_id: str) -> str:
    """Return the name of a person in the operators' log and in receipts.

    It tells nothing after an erasure, but an id finds its entries.
    """
    return f"sha256:{hashlib.sha256(user_id.encode()).hexdigest()[:16]}"


def _check_stored(value: str) -> str:
    if not value.strip():
        raise ValueError("must not be blank")
    return check_one_line(value)


UserId = Annotated[
    str,
    Field(min_length=1, max_length=MAX_USER_ID, json_schema_extra={"pattern": patterns.USER_ID}),
    AfterValidator(check_user_id),
]
StoredUserId = Annotated[
    str,
    Field(min_length=1, max_length=MAX_USER_ID, json_schema_extra={"pattern": patterns.STORED_LINE}),
    AfterValidator(_check_stored),
]
