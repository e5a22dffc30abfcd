"""The commands for the keys that sign the links in email."""

from typing import Annotated

import typer

from cli import answers
from cli.formats import format_moment, table
from cli.session import Session, command, group

app = typer.Typer()
keys = group(app, "keys", "The keys that sign the links in email. No command shows a key itself.")


@command(keys, "ls")
def keys_ls(session: Session) -> None:
    """List the keys, the newest first. The newest signs; the others verify the links that they signed.

    Example: carillon keys ls
    """
    _show(session, session.ask("keys", answers.KeysAnswer))


@command(keys, "rotate")
def keys_rotate(session: Session) -> None:
    """Make a new key, which signs from now on. Links in emails that were sent before stay valid.

    Example: carillon keys rotate
    """
    _show(session, session.ask("rotate_key", answers.KeysAnswer))


@command(keys, "retire")
def keys_retire(session: Session, key_id: Annotated[str, typer.Argument(metavar="KEY_ID", help="Its id.")]) -> None:
    """Remove a key, with all links that it signed. The page behind such a link says so, and changes nothing.

    You cannot retire the key that signs: rotate first. Exits with 1 if there is no such key.
    Example: carillon keys retire 019a9f3c-0000-7000-8000-000000000001
    """
    _show(session, session.ask("retire_key", answers.KeysAnswer, key_id=key_id))


def _show(session: Session, answer: "answers.KeysAnswer") -> None:
    rows = [
        (key.id, format_moment(key.created_at), "signs" if key.signs else "verifies older links") for key in answer.keys
    ]
    session.show(answer, table(("key id", "made at (UTC)", "use"), rows))
