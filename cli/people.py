"""Commands about one person, real or not: a smoke test's, an export, an erasure."""

import json
import os
import sys
import time
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from cli.frame import WRONG_USE, Frame, command
from cli.looks import UserId
from cli.words import table

app = typer.Typer()

LOOK_EVERY_SECONDS = 0.5
_ON_ITS_WAY = ("pending", "sending")


@command(app, "smoke")
def smoke(
    frame: Frame,
    to: Annotated[str, typer.Option(help="Where the email goes.")] = "success@simulator.amazonses.com",
    wait: Annotated[int, typer.Option(min=1, max=600, help="How many seconds it may take.")] = 60,
) -> None:
    """Does it work, all of it? Sends one real email through every hop and prints when it passed each.

    It is for a recipient of its own, carillon-smoke, who is removed afterwards; no person's data is touched. SES's
    simulator takes email at success@simulator.amazonses.com. Exits with 1 when it was not sent in time.
    Example: carillon smoke --wait 30
    """
    made = frame.ask("smoke", step="start", to=to)["notification_id"]
    try:
        told, state = _follow(frame, made, wait)
    finally:
        frame.ask("smoke", step="end")
    passed = state is not None and state["status"] == "sent"
    start = datetime.fromisoformat(told["time_line"][0]["at"])
    hops = [
        {
            "hop": each["what"],
            "milliseconds": round((datetime.fromisoformat(each["at"]) - start).total_seconds() * 1000),
        }
        for each in told["time_line"]
        if each["channel"] == "email" or each["what"] == "recorded"
    ]
    result = {
        "passed": passed,
        "notification_id": made,
        "hops": hops,
        "email": told["channels"]["email"]["explanation"],
    }
    words = "Sent." if passed else f"Not sent within {wait} s. {result['email']}"
    frame.show(result, table(("hop", "ms after it was recorded"), [tuple(hop.values()) for hop in hops]), words)
    if not passed:
        raise frame.found()


def _follow(frame: Frame, notification_id: str, wait: int) -> tuple[dict[str, Any], dict[str, Any] | None]:
    """Look until its email has its end, or time is over."""
    deadline = time.monotonic() + wait
    with frame.progress() as progress:
        progress.add_task("Waiting for the email to leave", total=None)
        while True:
            told = frame.ask("trace", notification_id=notification_id)
            state = told["channels"]["email"]["delivery"]
            if state is None or state["status"] not in _ON_ITS_WAY or time.monotonic() > deadline:
                return told, state
            time.sleep(LOOK_EVERY_SECONDS)


@command(app, "unsuppress")
def unsuppress(frame: Frame, user_id: UserId) -> None:
    """Send email to a person's address again, after it bounced or was reported as unwanted.

    Only when you know that it works and is wanted: each further bounce or complaint costs your reputation. Exits with 1
    when nothing was held against it, or SES keeps it on its own list. Example: carillon unsuppress alice
    """
    told = frame.ask("unsuppress", user_id=user_id)
    lines = {
        "removed": "SES had it on its own list, too, and took it off.",
        "not_listed": "SES has it on no list of its own.",
        "refused": "SES keeps it on its own list: see `aws sesv2 delete-suppressed-destination`.",
        "not_asked": "SES was not asked.",
    }
    if not told["address_known"]:
        words = [f"No address is known for {user_id}."]
    elif told["reason"] is None:
        words = [f"Nothing was held against the address of {user_id}.", lines[told["ses"]]]
    else:
        words = [f"Email leaves for {user_id} again: the address was known as {told['reason']}.", lines[told["ses"]]]
    frame.show(told, *words)
    if told["reason"] is None or told["ses"] == "refused":
        raise frame.found()


@command(app, "export")
def export(
    frame: Frame,
    user_id: UserId,
    file: Annotated[Path | None, typer.Option("--output", "-o", help="Write here, readable by you alone.")] = None,
) -> None:
    """Print all that is stored about a person, as one JSON document: contact data, settings, devices, notifications.

    It holds personal data: keep it as such. That it was made is logged. Exits with 1 when nothing is stored.
    Example: carillon export alice --output alice.json
    """
    if file is not None and (file.is_dir() or not os.access(file.parent, os.W_OK)):
        raise typer.BadParameter(f"{file} cannot be written.")
    whole: dict[str, Any] = {}
    after: str | None = None
    with frame.progress() as progress:
        bar = progress.add_task("Exporting", total=None)
        while True:
            told = frame.ask("export", user_id=user_id, after=after)
            after = told.pop("next")
            if whole:
                whole["notifications"] += told["notifications"]
            else:
                whole = told
            progress.update(bar, completed=len(whole["notifications"]))
            if after is None:
                break
    known = any(whole[part] for part in ("recipient", "preferences", "devices", "notifications"))
    if file is None:
        sys.stdout.write(json.dumps(whole, indent=2) + "\n")
    else:
        file.touch(mode=0o600)
        file.chmod(0o600)  # also where it was there before
        file.write_text(json.dumps(whole, indent=2) + "\n")
        written = f"Written to {file}." if known else f"Nothing is stored about {user_id}: so says {file}."
        frame.show({"file": str(file), "notifications": len(whole["notifications"])}, written)
    if not known:
        raise frame.found()


@command(app, "erase")
def erase(
    frame: Frame,
    user_id: UserId,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask whether it is meant.")] = False,
) -> None:
    """Delete all that is stored about a person: notifications, deliveries, settings, contact data, devices.

    It cannot be undone. The operators' log keeps that somebody was erased, not who. Exits with 2 when it was not meant.
    Example: carillon erase alice --yes
    """
    if not yes:
        if frame.as_json:
            raise typer.BadParameter("with --json, --yes is needed: nobody is asked.")
        with suppress(typer.Abort):  # nobody there to answer
            yes = typer.confirm(f"Delete all that is stored about {user_id}?", err=True)
        if not yes:
            typer.echo("Nothing was deleted.", err=True)
            raise typer.Exit(WRONG_USE)
    frame.show(frame.ask("erase", user_id=user_id), f"Nothing is stored about {user_id} now.")
