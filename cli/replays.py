"""Commands that send again what failed: the dead-letter queue's messages, and failed deliveries that have none."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Annotated, Any

import typer

from cli.frame import Frame, command, group
from cli.queues import Letter, Queue
from cli.words import moment, table, tally

app = typer.Typer()
dlq = group(app, "dlq", "The dead-letter queue: messages whose deliveries used up their attempts.")

_LOOK_AT = 100  # deliveries that one request asks about
_ALL = 1_000_000

Error = Annotated[str | None, typer.Option("--error", metavar="CODE", help="Only deliveries that failed with this.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and do nothing.")]


@command(dlq, "ls")
def dlq_ls(
    frame: Frame,
    most: Annotated[int, typer.Option("--max", min=1, max=1000, help="How many to look at.")] = 100,
) -> None:
    """What lies in the dead-letter queue, and what a replay of each would do.

    The messages are held for a moment and then shown again. Example: carillon dlq ls --max 20
    """
    queue = Queue(frame.stack, "DeadLetterQueueUrl")
    letters: list[Letter] = []
    try:
        for batch in queue.receive(most):
            letters += batch
        known = _look_up(frame, letters)
    finally:
        queue.release(letters)
    rows = [_described(letter, known.get(letter.delivery_id or "")) for letter in letters]
    result = {
        "messages": [dict(zip(("message_id", "delivery_id", "code", "replay"), row, strict=True)) for row in rows]
    }
    columns = ("message id", "delivery id", "error", "a replay")
    frame.show(result, table(columns, rows) if rows else "The dead-letter queue is empty.")


def _described(letter: Letter, outlook: dict[str, Any] | None) -> tuple[str, str | None, str | None, str]:
    if letter.delivery_id is None or outlook is None:
        return letter.message_id, None, None, "not a delivery"
    words = {"send": "is sent", "skip": f"is skipped: {outlook['reason']}", "nothing": f"nothing: {outlook['reason']}"}
    return letter.message_id, letter.delivery_id, outlook["code"], words[outlook["does"]]


def _look_up(frame: Frame, letters: list[Letter], **more: Any) -> dict[str, dict[str, Any]]:
    """What a message for each delivery would do."""
    ids = sorted({letter.delivery_id for letter in letters if letter.delivery_id})
    known: dict[str, dict[str, Any]] = {}
    for start in range(0, len(ids), _LOOK_AT):
        told = frame.ask("lookup", delivery_ids=ids[start : start + _LOOK_AT], **more)
        known |= {each["delivery_id"]: each for each in told["deliveries"]}
    return known


@dataclass
class _Replay:
    """What became of the messages of one run."""

    sent: int = 0  # to the queue
    nothing_to_do: int = 0  # the delivery was sent, skipped or erased since, or is on its way
    not_a_delivery: int = 0
    other_code: int = 0
    failed_again: int = 0  # came back while we were at work
    refused: int = 0  # SQS did not take it
    skips: Counter[str] = field(default_factory=Counter[str])  # of those sent: why no email comes of them
    seen: set[str] = field(default_factory=set[str])
    left: list[Letter] = field(default_factory=list[Letter])  # to be shown again


@command(dlq, "replay")
def dlq_replay(
    frame: Frame,
    dry_run: DryRun = False,
    most: Annotated[int, typer.Option("--max", min=1, help="How many messages to move at most.")] = _ALL,
    error: Error = None,
) -> None:
    """Send the dead-letter queue's messages to the queue again, ten at a time.

    Each delivery is sent once, however often this is run: what was sent since is not sent again, and what was read,
    switched off, retracted or expired since is skipped. Messages that are none of Carillon's stay where they are.
    Interrupt it at any moment; the next run goes on. Exits with 1 when SQS refused something.
    Example: carillon dlq replay --error access_denied --dry-run
    """
    dead, live = Queue(frame.stack, "DeadLetterQueueUrl"), Queue(frame.stack, "QueueUrl")
    run = _Replay()
    with frame.progress() as progress:
        bar = progress.add_task("Replaying", total=min(most, dead.depth()["waiting"]))
        try:
            for letters in dead.receive(_ALL):
                run.left += letters  # whatever happens now, they are shown again
                chosen, settled = _sorted_out(frame, run, letters, error, room=most - run.sent, dry_run=dry_run)
                if not dry_run:
                    taken = live.send(chosen)
                    run.refused += len(chosen) - len(taken)
                    chosen = taken
                    dead.delete([*taken, *settled])
                    run.left = [letter for letter in run.left if letter not in taken and letter not in settled]
                run.sent += len(chosen)
                progress.update(bar, completed=run.sent + run.nothing_to_do)
                if run.sent >= most:
                    break
        finally:
            dead.release(run.left)
    result = {
        "dry_run": dry_run, "sent": run.sent, "skips": dict(run.skips), "nothing_to_do": run.nothing_to_do,
        "not_a_delivery": run.not_a_delivery, "other_code": run.other_code, "failed_again": run.failed_again,
        "refused": run.refused,
    }  # fmt: skip
    would = "would be sent" if dry_run else "sent"
    frame.show(
        result,
        f"{run.sent} {would} to the queue{f' (of which skipped: {tally(run.skips)})' if run.skips else ''}",
        f"{run.nothing_to_do} with nothing to do{'' if dry_run else ', removed'}",
        f"{run.not_a_delivery} not a delivery, left",
        *([f"{run.other_code} failed with another code, left"] if error else []),
        *([f"{run.failed_again} failed again meanwhile, left"] if run.failed_again else []),
        *([f"{run.refused} refused by SQS, left: run this again"] if run.refused else []),
    )
    if run.refused:
        raise frame.found()


def _sorted_out(
    frame: Frame, run: _Replay, letters: list[Letter], error: str | None, *, room: int, dry_run: bool
) -> tuple[list[Letter], list[Letter]]:
    """Which messages of a batch to send, and which to remove, because there is nothing to do."""
    known = _look_up(frame, letters, code=error, replay=not dry_run)
    chosen: list[Letter] = []
    settled: list[Letter] = []
    for letter in letters:
        delivery_id = letter.delivery_id
        if delivery_id is None:
            run.not_a_delivery += 1
            continue
        outlook = known[delivery_id]
        if any(delivery_id == each.delivery_id for each in chosen) or outlook["does"] == "nothing":
            settled.append(letter)  # a copy, or a delivery whose row says all there is to say
            run.nothing_to_do += 1
        elif error is not None and outlook["code"] != error:
            run.other_code += 1
        elif delivery_id in run.seen:
            run.failed_again += 1
        elif len(chosen) < room:
            run.seen.add(delivery_id)
            chosen.append(letter)
            if outlook["does"] == "skip":
                run.skips[outlook["reason"]] += 1
    return chosen, settled


@command(app, "retry")
def retry(
    frame: Frame,
    error: Error = None,
    since: Annotated[str | None, typer.Option(help="Only what failed since: 2h, or a date.")] = None,
    dry_run: DryRun = False,
) -> None:
    """Send failed deliveries again, also those that were refused for good or have no message left.

    What was read, switched off, retracted or expired since is skipped, and what was sent since is not found. Interrupt
    it at any moment; the next run goes on. Exits with 1 when SQS refused something.
    Example: carillon retry --error message_rejected --since 2h
    """
    total: dict[str, Any] = {"found": 0, "sends": 0, "refused": 0}
    skips: Counter[str] = Counter()
    chosen = {"code": error, "since": moment(since)}
    page: dict[str, Any] = {"after": None, "before": None}
    with frame.progress() as progress:
        bar = progress.add_task("Retrying", total=None)
        while True:
            told = frame.ask("retry", **chosen, **page, dry_run=dry_run)
            for name in total:
                total[name] += told[name]
            skips.update(told["skips"])
            progress.update(bar, completed=total["found"])
            page = {"after": told["next"], "before": told["before"]}
            if told["next"] is None:
                break
    would = "would be sent" if dry_run else "sent"
    frame.show(
        {"dry_run": dry_run, **total, "skips": dict(skips)},
        f"{total['found']} failed deliveries: a message {would} for each.",
        f"{total['sends']} leave again; skipped: {tally(skips) or 'none'}.",
        *([f"{total['refused']} refused by SQS: run this again"] if total["refused"] else []),
    )
    if total["refused"]:
        raise frame.found()
