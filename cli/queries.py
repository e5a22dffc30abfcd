"""The commands that only read."""

from typing import Annotated, Any

import typer

from cli import answers
from cli.formats import format_moment, parse_moment, table
from cli.pauses import describe_pause
from cli.queues import Queue
from cli.session import FOUND, Session, command, group

UserId = Annotated[str, typer.Argument(metavar="USER", help="The person's id, as the application names them.")]

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
    percent = numbers.percent_within_10_seconds
    rows = [
        ("messages in the queue", queue["waiting"]),
        ("  in flight", queue["in_flight"]),
        ("  delayed", queue["delayed"]),
        ("messages in the dead-letter queue", dead_letters["waiting"]),
        ("deliveries pending", numbers.pending),
        ("  due", numbers.due),
        ("  the oldest is overdue by", f"{numbers.oldest_due_seconds:.0f} s"),
        ("deliveries being sent", numbers.sending),
        ("deliveries failed", numbers.failed),
        ("sent in the last hour", numbers.sent_last_hour),
        ("  within 10 seconds", "-" if percent is None else f"{percent} %"),
    ]
    session.show(
        dict(numbers) | {"queue": queue, "dead_letter_queue": dead_letters, "pauses": pauses},
        table(("", "now"), rows),
        *_failed_by_code(numbers.failed_by_code),
        *map(describe_pause, pauses),
        *(
            f"PACED   {rate.channel}: its provider accepts about {rate.per_second} messages a second,"
            f" and about {rate.waiting} deliveries are deferred"
            for rate in numbers.paces
        ),
    )


@command(app, "user")
def user(session: Session, user_id: UserId) -> None:
    """Why did this person get no email? Shows the address, the preferences and the last 20 notifications.

    The sentences are those that the app shows to the person. Exits with 1 if nothing is stored about them.
    Example: carillon user alice
    """
    person = session.ask("user", answers.UserAnswer, user_id=user_id)
    choices = person.preferences
    address = f"{person.email} ({person.email_status})" if person.email else "none known: no email is sent"
    if person.email and person.email_status != "ok":
        address += ": no email is sent. See `carillon unsuppress`"
    switches = [name.removesuffix("_enabled") for name, value in choices if name.endswith("_enabled") and value]
    quiet = choices.quiet_hours
    lines = [
        f"{user_id}" if person.known else f"{user_id}: nothing is stored about this person.",
        f"  address      {address}",
        f"  devices      {person.devices or 'none enabled: no push is sent'}",
        f"  switched on  {', '.join(switches) or 'nothing'}, unless a rule below says otherwise",
        f"  digests      collect for {choices.digest_minutes} minutes",
        f"  quiet hours  {quiet['from'] + ' to ' + quiet['to'] if quiet else 'none'} ({choices.timezone})",
        *(f"  rule         {name}: {_fields(rule.model_dump())}" for name, rule in choices.rules.items()),
        "",
        f"The last notifications, newest first ({len(person.last)}):",
    ]
    for notification in person.last:
        created_at = format_moment(notification.created_at)
        lines += ["", f"{created_at}  {notification.event_name} ({notification.severity})"]
        lines += [f"  {notification.notification_id}", *_explanations(notification.channels)]
    session.show(person, *lines)
    if not person.known:
        raise typer.Exit(FOUND)


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
        (format_moment(event.at, milliseconds=True), event.channel or "", event.what, event.detail or "")
        for event in answer.time_line
    ]
    session.show(
        answer,
        f"{answer.event_name} ({answer.severity}) for {answer.user_id}, by {answer.created_by}",
        *_explanations(answer.channels),
        table(("at (UTC)", "channel", "what", "detail"), rows),
    )


@command(failed, "ls")
def failed_ls(
    session: Session,
    error: Annotated[str | None, typer.Option("--error", metavar="CODE", help="Only with this code.")] = None,
    since: Annotated[str | None, typer.Option(help="Only those that failed since: 2h, or a date.")] = None,
    most: Annotated[int, typer.Option("--max", min=1, max=500, help="The largest number to list.")] = 50,
) -> None:
    """List the failed deliveries by reason, and what a retry would do with each. The oldest come first.

    Example: carillon failed ls --error access_denied --since 2h
    """
    answer = session.ask("failed", answers.FailedAnswer, code=error, since=parse_moment(since), limit=most)
    rows = [
        (
            delivery.delivery_id,
            delivery.user_id,
            delivery.channel,
            delivery.code,
            format_moment(delivery.finished_at),
            f"skipped: {delivery.would_skip}" if delivery.would_skip else "sent",
        )
        for delivery in answer.failed
    ]
    columns = ("delivery id", "user", "channel", "error", "failed at (UTC)", "on retry")
    listed = [table(columns, rows)] if rows else ["Nothing failed."]
    more = ["There are more: see --max."] if answer.next else []
    session.show(answer, *_failed_by_code(answer.by_code), *listed, *more)


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
        (format_moment(entry.at), entry.operator, entry.action, _fields(entry.arguments), entry.affected)
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


def _explanations(channels: "answers.Answers") -> list[str]:
    """Return one line for each channel, and one for the app."""
    return [f"  {name.replace('in_app', 'in the app'):<10} {answer.explanation}" for name, answer in channels]


def _fields(values: dict[str, Any]) -> str:
    return " ".join(f"{name}={value}" for name, value in values.items() if value is not None)
