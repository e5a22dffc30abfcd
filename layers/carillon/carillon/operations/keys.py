"""What operators do about the keys that links in email are signed with. No secret leaves the database through them."""

from uuid import uuid4

from carillon.errors import Invalid, NotFound
from carillon.operations.answers import Key, Keys
from carillon.operations.arguments import AboutKey, Nothing
from carillon.operations.queries import Asked


def keys(asked: Asked, _: Nothing) -> Keys:
    """All keys there are."""
    return Keys(keys=[Key.model_validate(row) for row in asked.database.rows("operations/keys")])


def rotate(asked: Asked, _: Nothing) -> Keys:
    """Make a key that signs from now on. What older ones signed stays good."""
    asked.row("operations/rotate_key", id=uuid4())
    return keys(asked, Nothing())


def retire(asked: Asked, about: AboutKey) -> Keys:
    """Remove a key: the links that it signed end.

    Raises:
        Invalid: it is the one that signs.
        NotFound: there is none.
    """
    row = asked.row("operations/retire_key", key_id=about.key_id)
    if not row["retired"]:
        if row["signs"]:
            raise Invalid("This key signs: make another with `carillon keys rotate` first.")
        raise NotFound("There is no such key.")
    return keys(asked, Nothing())
