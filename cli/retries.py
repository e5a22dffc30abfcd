"""The command `carillon retry`, which sends failed deliveries again: all, those of a choice, or one."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Annotated, Any

import typer

from cli import answers
from cli.choices import Channel, Error, EventName, FailedSince, FailedUntil, Producer, User, chosen, no_id
from cli.formats import parse_moment, tally
from cli.session import FOUND, Session, command

app = typer.Typer()

_MAX_IDS = 100


@dataclass
class _Retry:
    """The counts of one run. `idle` has what is not failed, of the deliveries that the ids name."""

    dry_run: bool
    found: int = 0
    sends: int = 0
    refused: int = 0
    skips: Counter[str] = field(default_factory=Counter[str])
    idle: "list[answers.NamedDelivery]" = field(default_factory=list["answers.NamedDelivery"])


@command(app, "retry")
def retry(
    session: Session,
    ids: Annotated[
        list[str] | None,
        typer.Argument(metavar="ID", help="Only these deliveries, or those of these notifications; up to 100."),
    ] = None,
    error: Error = None,
    user: User = None,
    producer: Producer = None,
    event: EventName = None,
    channel: Channel = None,
    since: FailedSince = None,
    until: FailedUntil = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and do nothing.")] = False,
) -> None:
    """Send failed deliveries again, also those that were refused for good or have no message left.

    Options combine: a delivery must match each. A digest matches if one of its notifications does. Carillon skips what
    was read, switched off, retracted or expired since. You may interrupt it at any moment: the next run continues.
    Exits with 1 if SQS refused a message, or if no delivery of the ids has failed.
    Example: carillon retry --user alice --event invoice --dry-run
    """
    if ids and len(ids) > _MAX_IDS:
        raise typer.BadParameter(f"Give at most {_MAX_IDS} ids.")
    choice: dict[str, Any] = {
        **chosen(error, user, producer, event, channel),
        "ids": ids or None,
        "since": parse_moment(since),
        "until": parse_moment(until),
    }
    run = _Retry(dry_run)
    with session.progress() as progress:
        bar = progress.add_task("Retrying", total=None)
        # `before` keeps deliveries out that fail again during this run.
        for page in session.pages("retry", answers.RetryAnswer, repeat=("before",), dry_run=dry_run, **choice):
            run.found += page.found
            run.sends += page.sends
            run.refused += page.refused
            run.skips.update(page.skips)
            run.idle += [each for each in page.named if each.status != "failed"]
            progress.update(bar, completed=run.found)
    _show(session, run, hints=[] if run.found else no_id(user))
    if run.refused or (ids and not run.found):
        raise typer.Exit(FOUND)


def _show(session: Session, run: _Retry, *, hints: list[str]) -> None:
    message, will = ("would be sent", "would") if run.dry_run else ("was sent", "will")
    counts = {name: getattr(run, name) for name in ("dry_run", "found", "sends", "refused", "skips")}
    idle = [f"{each.id}: {_state(each)}" for each in run.idle]
    session.show(
        counts | ({"not_failed": run.idle} if run.idle else {}),
        f"{run.found} failed deliveries: a message {message} for each.",
        f"{run.sends} of them {will} be sent again; {will} be skipped: {tally(run.skips) or 'none'}.",
        *idle,
        *([f"{run.refused} refused by SQS: run this again"] if run.refused else []),
        *hints,
    )


def _state(named: "answers.NamedDelivery") -> str:
    if named.delivery_id is None:
        return "nothing to retry: no delivery and no notification in a delivery has this id."
    return f"nothing to retry: its {named.channel} is {named.status}."
