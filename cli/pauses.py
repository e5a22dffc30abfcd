"""The commands that pause, resume and cancel deliveries."""

import math
from datetime import timedelta
from typing import Annotated, Any

import typer

from cli import answers
from cli.choices import Channel, EventName, creator
from cli.formats import format_moment, parse_moment, parse_span
from cli.session import FOUND, Session, command

app = typer.Typer()

LONGEST = timedelta(days=366)


@command(app, "pause")
def pause(
    session: Session,
    channel: Channel = None,
    event: EventName = None,
    spare_critical: Annotated[bool, typer.Option("--spare-critical", help="Still send critical ones.")] = False,
    until: Annotated[str, typer.Option("--for", metavar="TIME", help="The length of the pause: 30m, 2h, 7d.")] = "365d",
    reason: Annotated[str | None, typer.Option(help="The reason, for the next operator.")] = None,
) -> None:
    """Stop sending. Nothing is lost: the deliveries that match wait, and are sent after the pause ends.

    A delivery waits only if all of its notifications match. The app shows them all the same.
    Example: carillon pause --channel email --spare-critical --for 2h --reason "wrong template"
    """
    length = parse_span(until)
    if not timedelta(0) < length <= LONGEST:
        raise typer.BadParameter(f"A pause cannot last {until}: it must be longer than 0s, and at most 366d.")
    answer = session.ask(
        "pause",
        answers.PausesAnswer,
        channel=channel,
        event=event,
        spare_critical=spare_critical,
        minutes=math.ceil(length / timedelta(minutes=1)),
        reason=reason,
    )
    session.show(answer, *map(describe_pause, answer.pauses))


@command(app, "resume")
def resume(
    session: Session,
    channel: Channel = None,
    event: EventName = None,
    producer: Annotated[
        str | None,
        typer.Option(help="A producer that was paused because of its reputation: its counts start at zero again."),
    ] = None,
    automatic: Annotated[
        bool, typer.Option("--automatic", help="Also end the pauses that Carillon made itself in an outage.")
    ] = False,
) -> None:
    """Send again. Ends all pauses, or those of a channel, event or producer. Deliveries follow within minutes.

    Exits with 1 if there was no such pause. Example: carillon resume --channel email
    """
    answer = session.ask(
        "resume", answers.PausesAnswer, channel=channel, event=event, creator=creator(producer), automatic=automatic
    )
    ended = [describe_pause(pause, "ENDED ") for pause in answer.pauses]
    session.show(answer, *(ended or ["There was no such pause: see `carillon pauses`."]))
    if not ended:
        raise typer.Exit(FOUND)


@command(app, "pauses")
def pauses(session: Session) -> None:
    """List the pauses in force, with their operators and reasons.

    Example: carillon pauses --json
    """
    answer = session.ask("pauses", answers.PausesAnswer)
    session.show(answer, *(map(describe_pause, answer.pauses) if answer.pauses else ["Nothing is paused."]))


@command(app, "cancel")
def cancel(
    session: Session,
    event: Annotated[str, typer.Option(help="An event's name, or the words it begins with: invoice.")],
    since: Annotated[str, typer.Option(help="Recorded since: 2h, or a date.")],
    channel: Channel = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Count what would be cancelled, and do nothing.")] = False,
) -> None:
    """Never send what was recorded by mistake and was not sent yet. The app keeps showing it.

    You cannot undo it: pause first, look with --dry-run, then cancel. A digest is sent without the cancelled items; a
    delivery with no other item is skipped. Exits with 1 if there was nothing to cancel.
    Example: carillon cancel --event job.failed --since 2h --dry-run
    """
    chosen: dict[str, Any] = {"event": event, "since": parse_moment(since), "channel": channel, "dry_run": dry_run}
    items = deliveries = 0
    with session.progress() as progress:
        bar = progress.add_task("Cancelling", total=None)
        for page in session.pages("cancel", answers.CancelAnswer, **chosen):
            items += page.items
            deliveries += page.deliveries
            progress.update(bar, completed=items)
    would, skipped = ("would be cancelled", "would be") if dry_run else ("cancelled", "were")
    session.show(
        {"dry_run": dry_run, "items": items, "deliveries": deliveries},
        f"{items} items {would}; {deliveries} deliveries have no other item and {skipped} skipped.",
    )
    if not items:
        raise typer.Exit(FOUND)


def describe_pause(pause: "answers.StoredPause", state: str = "PAUSED") -> str:
    """Return one line about a pause."""
    what = f"{pause.channel or 'every channel'}, {pause.event or 'every event'}"
    if pause.creator:
        what += f" of {pause.creator.removeprefix('producer:')}"
    spared = " but critical ones" if pause.spare_critical else ""
    why = "made by Carillon in an outage" if pause.automatic else f"by {pause.created_by}"
    reason = f": {pause.reason}" if pause.reason else ""
    return f"{state}  {what}{spared}, until {format_moment(pause.until)} ({why}{reason})"
