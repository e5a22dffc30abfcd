"""Commands about the keys that links in email are signed with."""

from typing import Annotated, Any

import typer

from cli.frame import Frame, command, group
from cli.words import clock, table

app = typer.Typer()
keys = group(app, "keys", "The keys that links in email are signed with. None is ever shown.")


@command(keys, "ls")
def keys_ls(frame: Frame) -> None:
    """Which keys there are, the newest first. It signs; the others prove the links that they signed.

    Example: carillon keys ls
    """
    _show(frame, frame.ask("keys"))


@command(keys, "rotate")
def keys_rotate(frame: Frame) -> None:
    """Make a new key, which signs from now on. The links in emails that were sent stay good.

    Example: carillon keys rotate
    """
    _show(frame, frame.ask("rotate_key"))


@command(keys, "retire")
def keys_retire(frame: Frame, key_id: Annotated[str, typer.Argument(metavar="KEY_ID", help="Its id.")]) -> None:
    """Remove a key, with all links that it signed: who follows one is told so, and nothing changes.

    The key that signs cannot be retired: rotate first. Exits with 1 when there is none.
    Example: carillon keys retire 019a9f3c-0000-7000-8000-000000000001
    """
    _show(frame, frame.ask("retire_key", key_id=key_id))


def _show(frame: Frame, told: dict[str, Any]) -> None:
    rows = [
        (each["id"], clock(each["created_at"]), "signs" if each["signs"] else "proves older links")
        for each in told["keys"]
    ]
    frame.show(told, table(("key id", "made at (UTC)", "what for"), rows))
