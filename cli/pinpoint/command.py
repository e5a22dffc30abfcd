"""The command `carillon import pinpoint`."""

import csv
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.formats import table
from cli.session import FOUND, CannotWrite, Session, command, group
from cli.streams import shown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cli import answers
    from cli.pinpoint.people import Line, People, Person

app = typer.Typer()
imports = group(app, "import", "Import people from another service.")

# The meaning of each outcome, in the order of the report on the screen.
OUTCOMES = {
    "imported": "stored",
    "known": "stored already; nothing changed",
    "kept": "Carillon has another address for the person, and keeps it",
    "older_address": "the person has a newer email endpoint",
    "duplicate": "the same address or token is in a newer endpoint of the person",
    "opted_out": "the person opted out on this device; it is not registered",
    "inactive": "the endpoint is INACTIVE",
    "no_user": "the endpoint has no User.UserId",
    "unsupported_channel": "Carillon has no such channel (SMS, voice, custom and others)",
    "sandbox_token": "a token of APNS_SANDBOX: the application registers it again",
    "too_many_devices": "the person has 20 newer devices",
    "device_of_another": "another person has this phone in Carillon",
    "invalid_user_id": "Carillon takes no such user id",
    "invalid_address": "no email address that Carillon can send to",
    "invalid_token": "the platform takes no such token, or is not set up in the stack",
    "malformed": "the line is no endpoint",
}


@command(imports, "pinpoint")
def pinpoint(
    session: Session,
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE", help="The files of the export: JSON lines, also gzipped.")
    ],
    yes: Annotated[bool, typer.Option("--yes", help="Import. Without it, only say what would be imported.")] = False,
    report: Annotated[
        Path | None, typer.Option("--report", help="Write a CSV file with the outcome of each line, without addresses.")
    ] = None,
) -> None:
    """Import people from an export of Amazon Pinpoint: addresses, languages, time zones, devices and opt-outs.

    Without --yes it stores nothing, and says what it would do. Give all files of the export at once: the newest
    endpoint of a person wins, whatever its file. Carillon keeps what it has already, so you may interrupt an import and
    run it again. Exits with 1 if a line could not be read.
    Example: carillon import pinpoint export/*.gz --report left-out.csv
    """
    from cli.pinpoint.endpoints import CannotRead
    from cli.pinpoint.people import opened

    if report is not None and not report.parent.is_dir():
        raise typer.BadParameter(f"{report} cannot be written.")
    with opened() as people:
        try:
            _load(session, files, people)
        except CannotRead as error:
            raise typer.BadParameter(f"{error} Nothing was imported.") from None
        dropped = _import(session, people, dry_run=not yes)
        if report is not None:
            _write(report, files, people)
        counts = people.counts()
    _show(session, counts, dropped, dry_run=not yes)
    if counts.get("malformed"):
        raise typer.Exit(FOUND)


def _load(session: Session, files: "Sequence[Path]", people: "People") -> None:
    """Read all files into the store.

    Raises:
        CannotRead: one of them cannot be read to its end.
    """
    from cli.pinpoint.endpoints import read

    with session.progress() as progress:
        bar = progress.add_task("Reading", total=None)
        for number, file in enumerate(files):
            for line, endpoint in read(file):
                people.add((number, line), endpoint)
                if line % 1000 == 0:
                    progress.advance(bar, 1000)


def _import(session: Session, people: "People", *, dry_run: bool) -> dict[str, int]:
    """Send all people to the operator function. Return how many languages and time zones it did not know."""
    from cli import answers

    dropped = {"locale": 0, "timezone": 0}
    with session.progress() as progress:
        bar = progress.add_task("Checking" if dry_run else "Importing", total=None)
        for batch in people.batches():
            request = [person.request for person in batch]
            answer = session.ask("import", answers.ImportAnswer, people=request, dry_run=dry_run)
            people.note(dict(chain.from_iterable(map(_outcomes, batch, answer.people))))
            for name in chain.from_iterable(result.dropped for result in answer.people):
                dropped[name] += 1
            progress.advance(bar, len(batch))
    return dropped


def _outcomes(person: "Person", result: "answers.ImportResult") -> "list[tuple[Line, str]]":
    """Return the outcome of each line of a person that the function answered about."""
    lines: list[tuple[Line, str]] = list(zip(person.device_lines, result.devices, strict=True))
    return [*lines, *([(person.contact_line, result.contact)] if person.contact_line else [])]


def _show(session: Session, counts: dict[str, int], dropped: dict[str, int], *, dry_run: bool) -> None:
    rows: list[list[Any]] = [[name, counts[name], text] for name, text in OUTCOMES.items() if name in counts]
    session.show(
        {"dry_run": dry_run, "endpoints": sum(counts.values()), "outcomes": counts, "unknown": dropped},
        table(("outcome", "endpoints", "meaning"), rows),
        *[
            f"{count} values of the {name} are not known, and are not stored."
            for name, count in dropped.items()
            if count
        ],
        "Nothing was stored: this was a dry run. Import with --yes." if dry_run else "Done. You may run it again.",
    )


def _write(report: Path, files: "Sequence[Path]", people: "People") -> None:
    """Write one row for each line.

    Raises:
        CannotWrite: the disk is full, or the file may not be changed.
    """
    try:
        with report.open("w", newline="", encoding="utf-8") as output:
            rows = csv.writer(output)
            rows.writerow(("file", "line", "outcome"))
            rows.writerows((shown(files[number].name), line, outcome) for number, line, outcome in people.outcomes())
    except OSError as error:
        raise CannotWrite(f"{report} could not be written: {error.strerror}.") from None
