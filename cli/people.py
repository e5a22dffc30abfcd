"""The commands that change or export one person's data: unsuppress, export and erase."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from cli import answers
from cli.choices import UserId
from cli.formats import to_json
from cli.session import FOUND, WRONG_USE, CannotWrite, Session, command
from cli.streams import complain, shown

app = typer.Typer()


@command(app, "unsuppress")
def unsuppress(session: Session, user_id: UserId) -> None:
    """Allow email to a person's address again, after a bounce or a complaint.

    Do it only if you know that the address works and the person wants the email: each further bounce or complaint
    costs your reputation. Exits with 1 if the address was not suppressed, or if SES keeps it on its own list.
    Example: carillon unsuppress alice
    """
    answer = session.ask("unsuppress", answers.UnsuppressAnswer, user_id=user_id)
    by_ses = {
        "removed": "SES removed it from its own list.",
        "not_listed": "It was not on SES's own list.",
        "refused": "SES keeps it on its own list: see `aws sesv2 delete-suppressed-destination`.",
        "not_asked": "SES was not asked.",
    }[answer.ses]
    if not answer.address_known:
        lines = [f"No address is known for {user_id}."]
    elif answer.reason is None:
        lines = [f"The address of {user_id} was not suppressed.", by_ses]
    else:
        lines = [f"{user_id} gets email again: the address was known as {answer.reason}.", by_ses]
    session.show(answer, *lines)
    if answer.reason is None or answer.ses == "refused":
        raise typer.Exit(FOUND)


@command(app, "export")
def export(
    session: Session,
    user_id: UserId,
    file: Annotated[
        Path | None, typer.Option("--output", "-o", help="The file to write; only you may read it.")
    ] = None,
) -> None:
    """Print all that is stored about a person, as one JSON document: contact data, settings, devices, notifications.

    It holds personal data: protect it. The log notes the export. Exits with 1 if nothing is stored.
    Example: carillon export alice --output alice.json
    """
    if file is not None and (file.is_dir() or not os.access(file.parent, os.W_OK)):
        raise typer.BadParameter(f"{file} cannot be written.")
    with session.progress() as progress:
        bar = progress.add_task("Exporting", total=None)
        pages = session.pages("export", answers.ExportAnswer, user_id=user_id)
        person = next(pages)
        for page in pages:
            person.notifications += page.notifications
            progress.update(bar, completed=len(person.notifications))
    known = any((person.recipient, person.preferences, person.devices, person.notifications))
    document = to_json(person.model_dump(exclude={"next"}), indent=2) + "\n"
    if file is None:
        sys.stdout.write(document)
    else:
        _write(file, document)
        written = f"Written to {file}." if known else f"Nothing is stored about {user_id}, and {file} says so."
        session.show({"file": str(file), "notifications": len(person.notifications)}, written)
    if not known:
        raise typer.Exit(FOUND)


def _write(file: Path, document: str) -> None:
    """Write a file that only its owner may read.

    Raises:
        CannotWrite: the disk is full, or the file may not be changed.
    """
    try:
        file.touch(mode=0o600)
        file.chmod(0o600)  # a file that existed may have had another mode
        file.write_text(document)
    except OSError as error:
        raise CannotWrite(f"{file} could not be written: {error.strerror}.") from None
    except UnicodeError:
        raise CannotWrite(f"{file} could not be written: the locale has no such file names.") from None


@command(app, "erase")
def erase(
    session: Session,
    user_id: UserId,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask for confirmation.")] = False,
) -> None:
    """Delete all that is stored about a person: notifications, deliveries, settings, contact data, devices.

    You cannot undo it. The operators' log keeps a hash in place of the name. Exits with 2 if you do not confirm.
    Example: carillon erase alice --yes
    """
    if not yes:
        if session.as_json:
            raise typer.BadParameter("--json needs --yes: the command then asks no question.")
        try:
            yes = typer.confirm(shown(f"Delete all that is stored about {user_id}?"), err=True)
        except typer.Abort as abort:
            if isinstance(abort.__context__, KeyboardInterrupt):
                raise  # else: no terminal to answer
        if not yes:
            complain("Nothing was deleted.")
            raise typer.Exit(WRONG_USE)
    answer = session.ask("erase", answers.EraseAnswer, user_id=user_id)
    lines = [f"Nothing is stored about {user_id} now."]
    if answer.receipt is not None:
        counts = ", ".join(f"{count} {kind}" for kind, count in answer.receipt.deleted.model_dump().items())
        lines.append(f"Receipt {answer.receipt.id}: {counts.replace('_', ' ')} deleted.")
    session.show(answer, *lines)
