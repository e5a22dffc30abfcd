"""The commands that only read."""

from typing import Annotated, Any

import typer

from carillon.models.channel import CHANNELS
from cli import answers
from cli.choices import Channel, Error, EventName, FailedSince, FailedUntil, Producer, User, chosen, no_id
from cli.explain import explained
from cli.formats import explanations, fields, format_moment, parse_moment, table
from cli.pauses import describe_pause
from cli.queues import Queue
from cli.session import Session, command, group

app = typer.Typer()
failed = group(app, "failed", "The deliveries that failed.")


@command(app, "stats")
def stats(session: Session) -> None:
    """How is the service doing? Shows the queues, the pending and the failed deliveries, and how fast email is sent.

    Start here. Example: carillon stats
    """
    numbers = session.ask("stats", answers.StatsAnswer)
    pauses = session.ask("pauses", answers.PausesAnswer).pauses
    queue = Queue(session.stack, "QueueUrl").depth()
    dead_letters = Queue(session.stack, "DeadLetterQueueUrl").depth()
    # Only a stack with live hints has this queue.
    hints = Queue(session.stack, "HintsQueueUrl").depth() if "HintsQueueUrl" in session.stack.outputs else None
    percent = numbers.percent_within_10_seconds
    rows = [
        ("messages in the queue", queue["waiting"]),
        ("  in flight", queue["in_flight"]),
        ("  delayed", queue["delayed"]),
        ("messages in the dead-letter queue", dead_letters["waiting"]),
        *([("hints in their queue", hints["waiting"]), ("  delayed", hints["delayed"])] if hints else []),
        ("deliveries pending", numbers.pending),
        ("  due", numbers.due),
        ("  the oldest is overdue by", f"{numbers.oldest_due_seconds:.0f} s"),
        ("deliveries being sent", numbers.sending),
        ("deliveries failed", numbers.failed),
        ("sent in the last hour", numbers.sent_last_hour),
        ("  within 10 seconds", "-" if percent is None else f"{percent} %"),
    ]
    session.show(
        dict(numbers) | {"queue": queue, "dead_letter_queue": dead_letters, "hints_queue": hints, "pauses": pauses},
        table(("", "now"), rows),
        *_failed_by_code(numbers.failed_by_code),
        *map(describe_pause, pauses),
        *(
            f"PACED   {rate.channel}: its provider accepts about {rate.per_second} messages a second,"
            f" and about {rate.waiting} deliveries are deferred"
            for rate in numbers.paces
        ),
    )


@command(app, "trace")
def trace(
    session: Session, notification_id: Annotated[str, typer.Argument(metavar="NOTIFICATION_ID", help="Its id.")]
) -> None:
    """What happened to one notification? Shows its timeline.

    `carillon user` lists ids. Exits with 1 if there is no such notification.
    Example: carillon trace 019a9f3c-0000-7000-8000-000000000001
    """
    answer = session.ask("trace", answers.TraceAnswer, notification_id=notification_id)
    rows = [
        (
            format_moment(event.at, milliseconds=True),
            event.channel or "",
            f"{event.what} (to come)" if event.to_come else event.what,
            event.detail or "",
        )
        for event in answer.time_line
    ]
    session.show(
        answer,
        f"{answer.event_name} ({answer.severity}) for {answer.user_id}, by {answer.created_by}",
        *explanations(answer.channels),
        table(("at (UTC)", "channel", "what", "detail"), rows),
        *explained(_error_codes(answer)),
    )


def _error_codes(answer: "answers.TraceAnswer") -> list[str | None]:
    """Return the error codes of the deliveries. A skipped one has a reason instead, which the sentence explains."""
    deliveries = [answer.channels.of(channel).delivery for channel in CHANNELS]
    return [each.error_code for each in deliveries if each is not None and each.status != "skipped"]


@command(failed, "ls")
def failed_ls(
    session: Session,
    error: Error = None,
    user: User = None,
    producer: Producer = None,
    event: EventName = None,
    channel: Channel = None,
    since: FailedSince = None,
    until: FailedUntil = None,
    most: Annotated[int, typer.Option("--max", min=1, max=500, help="The largest number to list.")] = 50,
) -> None:
    """List the failed deliveries by reason, and what a retry would do with each. The oldest come first.

    Example: carillon failed ls --error access_denied --since 2h
    """
    answer = session.ask(
        "failed",
        answers.FailedAnswer,
        **chosen(error, user, producer, event, channel),
        since=parse_moment(since),
        until=parse_moment(until),
        limit=most,
    )
    rows = [
        (
            delivery.delivery_id,
            delivery.user_id,
            delivery.channel,
            delivery.code,
            format_moment(delivery.finished_at),
            f"skip it: {delivery.would_skip}" if delivery.would_skip else "send it",
        )
        for delivery in answer.failed
    ]
    columns = ("delivery id", "user", "channel", "error", "failed at (UTC)", "a retry would")
    listed = [table(columns, rows)] if rows else ["Nothing failed.", *no_id(user)]
    more = ["There are more: see --max."] if answer.next else []
    causes = explained(group.code for group in answer.by_code)
    session.show(answer, *_failed_by_code(answer.by_code), *listed, *more, *causes)


@command(app, "log")
def log(
    session: Session,
    most: Annotated[int, typer.Option("--max", min=1, max=500, help="The largest number of entries to list.")] = 50,
) -> None:
    """What did the operators do? Lists the last entries of their log, the newest first.

    Example: carillon log --max 10
    """
    answer = session.ask("log", answers.LogAnswer, limit=most)
    rows = [
        (format_moment(entry.at), entry.operator, entry.action, fields(entry.arguments), entry.affected)
        for entry in answer.acts
    ]
    listed = table(("at (UTC)", "operator", "action", "arguments", "affected"), rows)
    session.show(answer, listed if rows else "The log is empty.")


def _failed_by_code(groups: "list[answers.FailureGroup]") -> list[Any]:
    rows = [
        (
            each.count,
            each.channel,
            each.code,
            "for good" if each.permanent else "attempts used up",
            format_moment(each.oldest),
            format_moment(each.newest),
        )
        for each in groups
    ]
    return [table(("failed", "channel", "error", "how", "first (UTC)", "last (UTC)"), rows)] if rows else []
