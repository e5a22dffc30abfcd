"""The commands for the dead-letter queue: list its messages, and move them back to the queue."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Annotated, Any

import typer

from cli import answers
from cli.choices import Channel, Error, EventName, Producer, User, chosen, no_id
from cli.formats import table, tally
from cli.queues import Message, Queue
from cli.session import FOUND, Session, command, group

app = typer.Typer()
dlq = group(app, "dlq", "The dead-letter queue: messages whose deliveries used up their attempts.")

_LOOKUP_SIZE = 100  # deliveries of one request
_ALL = 1_000_000

DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and do nothing.")]


@command(dlq, "ls")
def dlq_ls(
    session: Session,
    most: Annotated[int, typer.Option("--max", min=1, max=1000, help="The largest number of messages to read.")] = 100,
) -> None:
    """List the messages of the dead-letter queue, and what a replay of each would do.

    The queue hides the messages while the command reads them. Example: carillon dlq ls --max 20
    """
    queue = Queue(session.stack, "DeadLetterQueueUrl")
    messages: list[Message] = []
    try:
        for batch in queue.receive(most):
            messages += batch
        outlooks = _look_up(session, messages)
    finally:
        queue.release(messages)
    rows = [_row(message, outlooks.get(message.delivery_id or "")) for message in messages]
    names = ("message_id", "delivery_id", "code", "replay")
    columns = ("message id", "delivery id", "error", "a replay would")
    session.show(
        {"messages": [dict(zip(names, row, strict=True)) for row in rows]},
        table(columns, rows) if rows else "The dead-letter queue is empty.",
    )


def _row(message: Message, outlook: "answers.Outlook | None") -> tuple[str, str | None, str | None, str]:
    if message.delivery_id is None or outlook is None:
        return message.message_id, None, None, "keep it: not a delivery"
    effect = {"send": "send it", "skip": f"skip it: {outlook.reason}", "nothing": f"do nothing: {outlook.reason}"}
    return message.message_id, message.delivery_id, outlook.code, effect[outlook.does]


def _look_up(session: Session, messages: list[Message], **more: Any) -> "dict[str, answers.Outlook]":
    """Return what a message for each delivery would do, by the delivery's id."""
    ids = sorted({message.delivery_id for message in messages if message.delivery_id})
    outlooks: dict[str, answers.Outlook] = {}
    for start in range(0, len(ids), _LOOKUP_SIZE):
        chunk = ids[start : start + _LOOKUP_SIZE]
        answer = session.ask("lookup", answers.LookupAnswer, delivery_ids=chunk, **more)
        outlooks |= {str(outlook.delivery_id): outlook for outlook in answer.deliveries}
    return outlooks


@dataclass
class _Replay:
    """The messages of one run, counted by what became of them."""

    sent: int = 0  # to the queue
    nothing_to_do: int = 0  # the delivery was sent, skipped or erased since, or is being sent
    not_a_delivery: int = 0
    other_code: int = 0
    not_chosen: int = 0  # other deliveries than those that the options choose
    failed_again: int = 0  # the delivery failed again during this run
    refused: int = 0  # SQS did not accept the message
    skips: Counter[str] = field(default_factory=Counter[str])  # of `sent`: why the claim will skip them
    seen: set[str] = field(default_factory=set[str])
    left: list[Message] = field(default_factory=list[Message])  # to make visible again


@command(dlq, "replay")
def dlq_replay(
    session: Session,
    dry_run: DryRun = False,
    most: Annotated[int, typer.Option("--max", min=1, help="The largest number of messages to move.")] = _ALL,
    error: Error = None,
    user: User = None,
    producer: Producer = None,
    event: EventName = None,
    channel: Channel = None,
) -> None:
    """Move the messages of the dead-letter queue back to the queue, ten at a time.

    Carillon sends each delivery once, however often you run this. It skips what was read, switched off, retracted or
    expired since. Messages that are not Carillon's stay where they are. You may interrupt it at any moment: the next
    run continues. Exits with 1 if SQS refused a message.
    Example: carillon dlq replay --error access_denied --dry-run
    """
    dead, live = Queue(session.stack, "DeadLetterQueueUrl"), Queue(session.stack, "QueueUrl")
    run = _Replay()
    choice = chosen(error, user, producer, event, channel)
    with session.progress() as progress:
        bar = progress.add_task("Replaying", total=min(most, dead.depth()["waiting"]))
        try:
            for messages in dead.receive(_ALL):
                run.left += messages  # `finally` makes them visible again, also after an error
                moving, settled = _sort_out(session, run, messages, choice, room=most - run.sent, dry_run=dry_run)
                if not dry_run:
                    accepted = live.send(moving)
                    run.refused += len(moving) - len(accepted)
                    moving = accepted
                    dead.delete([*accepted, *settled])
                    run.left = [each for each in run.left if each not in accepted and each not in settled]
                run.sent += len(moving)
                progress.update(bar, completed=run.sent + run.nothing_to_do)
                if run.sent >= most:
                    break
        finally:
            dead.release(run.left)
    _show_replay(session, run, dry_run=dry_run, hints=[] if run.sent else no_id(user))
    if run.refused:
        raise typer.Exit(FOUND)


def _show_replay(session: Session, run: _Replay, *, dry_run: bool, hints: list[str]) -> None:
    counts = (
        "sent", "skips", "nothing_to_do", "not_a_delivery", "other_code", "not_chosen", "failed_again", "refused"
    )  # fmt: skip
    sent, skip, removed, kept = (
        ("would be sent", "would skip", "would be removed", "would be kept")
        if dry_run
        else ("sent", "will skip", "removed", "kept")
    )
    session.show(
        {"dry_run": dry_run} | {name: getattr(run, name) for name in counts},
        f"{run.sent} {sent} to the queue{f' (the claim {skip} {tally(run.skips)})' if run.skips else ''}",
        f"{run.nothing_to_do} with nothing to do, {removed}",
        f"{run.not_a_delivery} not a delivery, {kept}",
        *([f"{run.other_code} failed with another code, {kept}"] if run.other_code else []),
        *([f"{run.not_chosen} not chosen, {kept}"] if run.not_chosen else []),
        *([f"{run.failed_again} of deliveries that this run had sent before, {kept}"] if run.failed_again else []),
        *([f"{run.refused} refused by SQS, kept: run this again"] if run.refused else []),
        *hints,
    )


def _sort_out(
    session: Session, run: _Replay, messages: list[Message], choice: dict[str, Any], *, room: int, dry_run: bool
) -> tuple[list[Message], list[Message]]:
    """Return the messages of a batch to send, and those to remove because there is nothing to do."""
    outlooks = _look_up(session, messages, **choice, replay=not dry_run)
    sending: list[Message] = []
    settled: list[Message] = []
    for message in messages:
        delivery_id = message.delivery_id
        if delivery_id is None:
            run.not_a_delivery += 1
            continue
        outlook = outlooks[delivery_id]
        copy = any(delivery_id == each.delivery_id for each in sending) or (dry_run and delivery_id in run.seen)
        if copy or outlook.does == "nothing":  # nothing: the delivery did not fail
            settled.append(message)
            run.nothing_to_do += 1
        elif choice["code"] is not None and outlook.code != choice["code"]:
            run.other_code += 1
        elif not outlook.chosen:
            run.not_chosen += 1
        elif delivery_id in run.seen:
            run.failed_again += 1
        elif len(sending) < room:
            run.seen.add(delivery_id)
            sending.append(message)
            if outlook.does == "skip":
                run.skips[str(outlook.reason)] += 1
    return sending, settled
