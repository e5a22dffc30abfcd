"""Commands that hold back what is on its way, or take it out."""

import math
from datetime import timedelta
from typing import Annotated, Any

import typer

from cli.frame import Frame, command
from cli.looks import describe_pause
from cli.words import moment, span

app = typer.Typer()

LONGEST = timedelta(days=366)
Channel = Annotated[str | None, typer.Option(help="email or push; without it, every channel.")]
EventName = Annotated[str | None, typer.Option(help="An event's name, or the words it begins with: invoice.")]


@command(app, "pause")
def pause(
    frame: Frame,
    channel: Channel = None,
    event: EventName = None,
    spare_critical: Annotated[bool, typer.Option("--spare-critical", help="Let critical ones leave.")] = False,
    until: Annotated[str, typer.Option("--for", metavar="TIME", help="How long: 30m, 2h, 7d.")] = "365d",
    reason: Annotated[str | None, typer.Option(help="Why, for whoever looks next.")] = None,
) -> None:
    """Stop sending. Nothing is lost: what matches waits, and leaves when the pause ends.

    A delivery waits only when all that it is about matches. The app shows everything all the same.
    Example: carillon pause --channel email --spare-critical --for 2h --reason "wrong template"
    """
    length = span(until)
    if not timedelta(0) < length <= LONGEST:
        raise typer.BadParameter(f"A pause cannot last {until}: at most 366d, at least a moment.")
    minutes = math.ceil(length / timedelta(minutes=1))
    told = frame.ask(
        "pause", channel=channel, event=event, spare_critical=spare_critical, minutes=minutes, reason=reason
    )
    frame.show(told, *map(describe_pause, told["pauses"]))


@command(app, "resume")
def resume(
    frame: Frame,
    channel: Channel = None,
    event: EventName = None,
    producer: Annotated[
        str | None, typer.Option(help="A producer that was held back because of its reputation: it begins anew.")
    ] = None,
    automatic: Annotated[
        bool, typer.Option("--automatic", help="End those too that Carillon made itself in an outage.")
    ] = False,
) -> None:
    """Send again. Ends every pause, or those of a channel, event or producer; what waited leaves within minutes.

    Exits with 1 when there was none. Example: carillon resume --channel email
    """
    creator = f"producer:{producer}" if producer else None
    told = frame.ask("resume", channel=channel, event=event, creator=creator, automatic=automatic)
    ended = [describe_pause(each).replace("PAUSED", "ENDED ") for each in told["pauses"]]
    frame.show(told, *(ended or ["There was no such pause: see `carillon pauses`."]))
    if not ended:
        raise frame.found()


@command(app, "pauses")
def pauses(frame: Frame) -> None:
    """What is held back, by whom and why.

    Example: carillon pauses --json
    """
    told = frame.ask("pauses")
    frame.show(told, *(map(describe_pause, told["pauses"]) if told["pauses"] else ["Nothing is paused."]))


@command(app, "cancel")
def cancel(
    frame: Frame,
    event: Annotated[str, typer.Option(help="An event's name, or the words it begins with: invoice.")],
    since: Annotated[str, typer.Option(help="Recorded since: 2h, or a date.")],
    channel: Channel = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Count what would be cancelled, and do nothing.")] = False,
) -> None:
    """Never send what was recorded by mistake and has not left yet. The app keeps showing it.

    It cannot be undone: pause first, look with --dry-run, then cancel. A digest leaves without what was cancelled; one
    with nothing left is skipped. Exits with 1 when there was nothing.
    Example: carillon cancel --event job.failed --since 2h --dry-run
    """
    total = {"items": 0, "deliveries": 0}
    chosen: dict[str, Any] = {"event": event, "since": moment(since), "channel": channel, "dry_run": dry_run}
    after: str | None = None
    with frame.progress() as progress:
        bar = progress.add_task("Cancelling", total=None)
        while True:
            told = frame.ask("cancel", **chosen, after=after)
            for name in total:
                total[name] += told[name]
            progress.update(bar, completed=total["items"])
            after = told["next"]
            if after is None:
                break
    would = "would be cancelled" if dry_run else "cancelled"
    frame.show(
        {"dry_run": dry_run, **total},
        f"{total['items']} {would}; {total['deliveries']} deliveries have nothing else and are skipped.",
    )
    if not total["items"]:
        raise frame.found()
