"""The actions on the keys that sign the links in email. No secret leaves the database."""

from uuid import uuid4

from carillon.errors import Invalid, NotFound
from carillon.operations.answers import Key, KeysAnswer
from carillon.operations.arguments import NoArguments, RetireKeyArguments
from carillon.operations.registry import OperatorContext, action


def _all_keys(context: OperatorContext) -> KeysAnswer:
    return KeysAnswer(keys=[Key.model_validate(row) for row in context.rows("operations/keys")])


@action("keys")
def keys(context: OperatorContext, _: NoArguments) -> KeysAnswer:
    """Return all keys."""
    return _all_keys(context)


@action("rotate_key")
def rotate(context: OperatorContext, _: NoArguments) -> KeysAnswer:
    """Create a key, which signs from now on, and return all keys. Links of older keys stay valid."""
    context.row("operations/rotate_key", id=uuid4())
    return _all_keys(context)


@action("retire_key")
def retire(context: OperatorContext, arguments: RetireKeyArguments) -> KeysAnswer:
    """Remove a key, so that its links stop working, and return the remaining keys.

    Raises:
        Invalid: the key is the one that signs.
        NotFound: there is no such key.
    """
    row = context.row("operations/retire_key", key_id=arguments.key_id)
    if not row["retired"]:
        if row["signs"]:
            raise Invalid("This key signs: make another with `carillon keys rotate` first.")
        raise NotFound("There is no such key.")
    return _all_keys(context)
