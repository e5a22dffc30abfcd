"""The contact data of a person: email address, language and time zone. Each function runs one statement."""

from carillon.database.connection import Database
from carillon.errors import NotFound
from carillon.models.recipient import Contact, NewContact


def get(database: Database, user_id: str) -> Contact:
    """Return a person's contact data.

    Raises:
        NotFound: no contact data is stored for this person.
    """
    row = database.row("people/get_recipient", {"user_id": user_id})
    if row is None:
        raise NotFound("Nothing is stored about how to reach this person.")
    return Contact.model_validate(row)


def put(database: Database, user_id: str, new: NewContact) -> Contact:
    """Replace a person's contact data and return it. Another address starts without bounces and complaints."""
    return Contact.model_validate(database.rows("people/put_recipient", {"user_id": user_id, **new.model_dump()})[0])
