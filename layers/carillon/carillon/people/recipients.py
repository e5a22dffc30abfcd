"""How people are reached: one statement each. Erasing a person touches their devices too: see devices.py."""

from carillon.database.connection import Database
from carillon.errors import NotFound
from carillon.models.recipient import Contact, NewContact


def get(database: Database, user_id: str) -> Contact:
    """A person's contact data.

    Raises:
        NotFound: nothing is stored about how to reach them.
    """
    row = database.row("people/get_recipient", {"user_id": user_id})
    if row is None:
        raise NotFound("Nothing is stored about how to reach this person.")
    return Contact.model_validate(row)


def put(database: Database, user_id: str, new: NewContact) -> Contact:
    """Store a person's contact data, whole. Another address starts without bounces and complaints."""
    return Contact.model_validate(database.rows("people/put_recipient", {"user_id": user_id, **new.model_dump()})[0])
