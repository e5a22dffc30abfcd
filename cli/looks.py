"""Commands that look and change nothing."""

from typing import Annotated, Any

import typer

from cli.frame import Frame, command, group
from cli.queues import Queue
from cli.words import clock, moment, table, tally

UserId = Annotated[str, typer.Argument(metavar="USER", help="The person's id, as the application names them.")]

app = typer.Typer()
failed = group(app, "failed", "Deliveries that failed.")


@command(app, "stats")
def stats(frame: Frame) -> None:
    """How are we doing? Queues, what waits, what failed and why, how quickly it leaves.

    Start here. Example: carillon stats
    """
    told = frame.ask("stats")
    held = frame.ask("pauses")["pauses"]
    for name, output in (("queue", "QueueUrl"), ("dead_letter_queue", "DeadLetterQueueUrl")):
        told[name] = Queue(frame.stack, output).depth()
    told["pauses"] = held
    percent = told["percent_within_10_seconds"]
    frame.show(
        told,
        table(("", "now"), [
            ("messages in the queue", told["queue"]["waiting"]),
            ("  in a worker's hands", told["queue"]["in_flight"]),
            ("  delayed", told["queue"]["delayed"]),
            ("messages in the dead-letter queue", told["dead_letter_queue"]["waiting"]),
            ("deliveries pending", told["pending"]),
            ("  due", told["due"]),
            ("  the oldest is late by", f"{told['oldest_due_seconds']:.0f} s"),
            ("deliveries being sent", told["sending"]),
            ("deliveries failed", told["failed"]),
            ("sent in the last hour", told["sent_last_hour"]),
            ("  within 10 seconds", "-" if percent is None else f"{percent} %"),
        ]),
        *_failed_by_code(told["failed_by_code"]),
        *(describe_pause(each) for each in held),
        *(
            f"PACED   {each['channel']}: its provider takes about {each['per_second']} a second, and about"
            f" {each['waiting']} wait their turn"
            for each in told["paces"]
        ),
    )  # fmt: skip


@command(app, "user")
def user(frame: Frame, user_id: UserId) -> None:
    """Why did this person get no email? Address, preferences, and what became of the last 20 notifications.

    The sentences are those the person is told. Exits with 1 when nothing is stored about them.
    Example: carillon user alice
    """
    told = frame.ask("user", user_id=user_id)
    held = told["preferences"]
    address = f"{told['email']} ({told['email_status']})" if told["email"] else "none known: no email leaves"
    if told["email"] and told["email_status"] != "ok":
        address += ": no email leaves. See `carillon unsuppress`"
    switches = [name.removesuffix("_enabled") for name, on in held.items() if name.endswith("_enabled") and on]
    quiet = held["quiet_hours"]
    lines = [
        f"{user_id}" if told["known"] else f"{user_id}: nothing is stored about this person.",
        f"  address      {address}",
        f"  devices      {told['devices'] or 'none enabled: no push leaves'}",
        f"  switched on  {', '.join(switches) or 'nothing'}, unless a rule below says otherwise",
        f"  digests      collect for {held['digest_minutes']} minutes",
        f"  quiet hours  {quiet['from'] + ' to ' + quiet['to'] if quiet else 'none'} ({held['timezone']})",
        *(f"  rule         {name}: {_rule(rule)}" for name, rule in held["rules"].items()),
        "",
        f"The last notifications, newest first ({len(told['last'])}):",
    ]
    for each in told["last"]:
        lines += ["", f"{clock(each['created_at'])}  {each['event_name']} ({each['severity']})"]
        lines += [f"  {each['notification_id']}", *_answers(each["channels"])]
    frame.show(told, *lines)
    if not told["known"]:
        raise frame.found()


@command(app, "trace")
def trace(
    frame: Frame, notification_id: Annotated[str, typer.Argument(metavar="NOTIFICATION_ID", help="Its id.")]
) -> None:
    """What happened to one notification? The whole story, on a time line.

    `carillon user` lists ids. Exits with 1 when there is none.
    Example: carillon trace 019a9f3c-0000-7000-8000-000000000001
    """
    told = frame.ask("trace", notification_id=notification_id)
    frame.show(
        told,
        f"{told['event_name']} ({told['severity']}) for {told['user_id']}, by {told['created_by']}",
        *_answers(told["channels"]),
        table(
            ("at (UTC)", "channel", "what", "detail"),
            [
                (clock(each["at"], seconds=True), each["channel"] or "", each["what"], each["detail"] or "")
                for each in told["time_line"]
            ],
        ),
    )


@command(failed, "ls")
def failed_ls(
    frame: Frame,
    error: Annotated[str | None, typer.Option("--error", metavar="CODE", help="Only with this code.")] = None,
    since: Annotated[str | None, typer.Option(help="Only what failed since: 2h, or a date.")] = None,
    most: Annotated[int, typer.Option("--max", min=1, max=500, help="How many to list.")] = 50,
) -> None:
    """What was given up, by reason, and what a retry would do with each. The oldest come first.

    Example: carillon failed ls --error access_denied --since 2h
    """
    told = frame.ask("failed", code=error, since=moment(since), limit=most)
    rows = [
        (each["delivery_id"], each["user_id"], each["channel"], each["code"], clock(each["finished_at"]),
         f"skipped: {each['would_skip']}" if each["would_skip"] else "sent")
        for each in told["failed"]
    ]  # fmt: skip
    more = ["There are more: see --max."] if told["next"] else []
    columns = ("delivery id", "user", "channel", "error", "failed at (UTC)", "a retry")
    shown = [table(columns, rows)] if rows else ["Nothing failed."]
    frame.show(told, *_failed_by_code(told["by_code"]), *shown, *more)


@command(app, "verify")
def verify(
    frame: Frame,
    rows: Annotated[int, typer.Option(min=1, max=200, help="How many rows to name of each rule.")] = 20,
) -> None:
    """Does everything have its one answer? Checks the accounting rule over the whole database.

    Names each row that breaks it, and exits with 1 if there is one. What is only late is a warning.
    Example: carillon verify --json
    """
    rules: dict[str, str] = frame.ask("verify", rules=[])["rules"]
    found: dict[str, Any] = {"broken": {}, "breaches": [], "warnings": []}
    with frame.progress() as progress:
        for rule in progress.track(rules, description="Checking"):
            told = frame.ask("verify", rules=[rule], rows=rows)
            found["broken"] |= told["broken"]
            found["breaches"] += told["breaches"]
            found["warnings"] += told["warnings"]
    listed = [
        (each["rule"], each["notification_id"], each["delivery_id"], each["detail"])
        for each in found["breaches"] + found["warnings"]
    ]
    broken = {name: count for name, count in found["broken"].items() if count}
    words = f"{len(rules)} rules: {tally(broken) or 'all hold'}."
    columns = ("rule", "notification id", "delivery id", "detail")
    frame.show(found, *([table(columns, listed)] if listed else []), words)
    if found["breaches"]:
        raise frame.found()


@command(app, "reputation")
def reputation(frame: Frame) -> None:
    """Whose email comes back? Bounces and complaints of each producer within a day, the worst first.

    From 1,000 emails a day on, 5 % bounces or 0.1 % complaints are a warning; at 8 % or 0.4 % what is not critical of
    that producer waits for a day, before SES stops the whole account. Exits with 1 when somebody is paused.
    Example: carillon reputation
    """
    told = frame.ask("reputation")["producers"]
    rows = [
        (each["creator"].removeprefix("producer:"), each["accepted"], _percent(each["bounced"], each["accepted"]),
         _percent(each["complained"], each["accepted"]), each["level"] or "", each["reason"] or "")
        for each in told
    ]  # fmt: skip
    columns = ("producer", "accepted", "bounced", "complained", "", "because of")
    frame.show({"producers": told}, table(columns, rows) if rows else "No producer's email left within a day.")
    if any(each["level"] == "pause" for each in told):
        raise frame.found()


def _percent(count: int, total: int) -> str:
    return f"{count} ({100 * count / total:.2f} %)" if total else str(count)


@command(app, "log")
def log(frame: Frame, most: Annotated[int, typer.Option("--max", min=1, max=500)] = 50) -> None:
    """Who did what? The last acts of operators, the newest first.

    Example: carillon log --max 10
    """
    told = frame.ask("log", limit=most)
    rows = [
        (clock(each["at"]), each["operator"], each["action"], _rule(each["arguments"]), each["affected"])
        for each in told["acts"]
    ]
    listed = table(("at (UTC)", "operator", "action", "of", "affected"), rows)
    frame.show(told, listed if rows else "Nobody has done anything yet.")


def describe_pause(pause: dict[str, Any]) -> str:
    """One pause as a line."""
    what = f"{pause['channel'] or 'every channel'}, {pause['event'] or 'every event'}"
    if pause["creator"]:
        what += f" of {pause['creator'].removeprefix('producer:')}"
    spared = " but critical ones" if pause["spare_critical"] else ""
    why = "made by Carillon in an outage" if pause["automatic"] else f"by {pause['created_by']}"
    reason = f": {pause['reason']}" if pause["reason"] else ""
    return f"PAUSED  {what}{spared}, until {clock(pause['until'])} ({why}{reason})"


def _failed_by_code(kinds: list[dict[str, Any]]) -> list[Any]:
    rows = [
        (each["count"], each["channel"], each["code"], "for good" if each["permanent"] else "attempts used up",
         clock(each["oldest"]), clock(each["newest"]))
        for each in kinds
    ]  # fmt: skip
    return [table(("failed", "channel", "error", "how", "first (UTC)", "last (UTC)"), rows)] if rows else []


def _answers(channels: dict[str, Any]) -> list[str]:
    names = {channel: channel for channel in channels} | {"in_app": "in the app"}
    return [f"  {name:<10} {channels[channel]['explanation']}" for channel, name in names.items()]


def _rule(rule: dict[str, Any]) -> str:
    return " ".join(f"{name}={value}" for name, value in rule.items() if value is not None)
