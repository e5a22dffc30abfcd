"""The commands that check the service. Each exits with 1 if something is wrong."""

import time
from typing import Annotated, Any

import typer

from cli import answers, gate
from cli.formats import table, tally
from cli.session import FOUND, Session, command

app = typer.Typer()

POLL_SECONDS = 0.5
_UNFINISHED = ("pending", "sending")


@command(app, "verify")
def verify(
    session: Session,
    rows: Annotated[int, typer.Option(min=1, max=200, help="The largest number of rows to name for each rule.")] = 20,
) -> None:
    """Does every notification have exactly one answer on each channel? Checks the rules over the whole database.

    It names each row that breaks a rule, and then exits with 1. A delivery that is only late is a warning.
    Example: carillon verify --json
    """
    rules = session.ask("verify", answers.VerifyAnswer, rules=[]).rules
    result = answers.Verification(broken={}, breaches=[], warnings=[])
    with session.progress() as progress:
        for rule in progress.track(rules, description="Checking"):
            answer = session.ask("verify", answers.VerifyAnswer, rules=[rule], rows=rows)
            result.broken |= answer.broken
            result.breaches += answer.breaches
            result.warnings += answer.warnings
    listed = [
        (breach.rule, breach.notification_id, breach.delivery_id, breach.detail)
        for breach in result.breaches + result.warnings
    ]
    broken = {name: count for name, count in result.broken.items() if count}
    columns = ("rule", "notification id", "delivery id", "detail")
    summary = f"{len(rules)} rules: {tally(broken) or 'all hold'}."
    session.show(result, *([table(columns, listed)] if listed else []), summary)
    if not result.clean:
        raise typer.Exit(FOUND)


@command(app, "smoke")
def smoke(
    session: Session,
    to: Annotated[str, typer.Option(help="The address that gets the email.")] = "success@simulator.amazonses.com",
    wait: Annotated[int, typer.Option(min=1, max=600, help="The seconds that it may take.")] = 60,
    api: Annotated[str | None, typer.Option(help="The address of the API, if it has a domain of its own.")] = None,
) -> None:
    """Does the whole service work? Sends one real email through every hop, and shows when it passed each.

    The recipient is carillon-smoke, whom the command removes afterwards. It touches no person's data. SES's simulator
    accepts email at success@simulator.amazonses.com. First the command asks the API without a token. Exits with 1 if
    the API does not refuse that with 401, or if the email was not sent in time.
    Example: carillon smoke --wait 30
    """
    status = gate.status_without_token(api or session.stack.api_url)
    notification_id = session.ask("smoke", answers.SmokeAnswer, step="start", to=to).notification_id
    try:
        trace = _follow(session, notification_id, wait)
    finally:
        session.ask("smoke", answers.SmokeAnswer, step="end")
    email = trace.channels.of("email")
    sent = email.delivery is not None and email.delivery.status == "sent"
    fault = gate.explain(status)
    passed = sent and not fault
    start = trace.time_line[0].at
    hops = [
        {"hop": event.what, "milliseconds": round((event.at - start).total_seconds() * 1000)}
        for event in trace.time_line
        if event.channel == "email" or event.what == "recorded"
    ]
    session.show(
        {
            "passed": passed,
            "status_without_token": status,
            "notification_id": notification_id,
            "hops": hops,
            "email": email.explanation,
        },
        table(("hop", "ms after it was recorded"), [tuple(hop.values()) for hop in hops]),
        "Sent." if sent else f"Not sent within {wait} s. {email.explanation}",
        *([fault] if fault else []),
    )
    if not passed:
        raise typer.Exit(FOUND)


def _follow(session: Session, notification_id: Any, wait: int) -> "answers.TraceAnswer":
    """Poll the notification until its email is finished or the time is over, and return the last trace."""
    deadline = time.monotonic() + wait
    with session.progress() as progress:
        progress.add_task("Waiting until the email is sent", total=None)
        while True:
            trace = session.ask("trace", answers.TraceAnswer, notification_id=notification_id)
            delivery = trace.channels.of("email").delivery
            if delivery is None or delivery.status not in _UNFINISHED or time.monotonic() > deadline:
                return trace
            time.sleep(POLL_SECONDS)


@command(app, "reputation")
def reputation(session: Session) -> None:
    """Whose email bounces? Shows the bounces and complaints of each producer within a day, the worst producer first.

    From 1,000 emails a day on, 5 % bounces or 0.1 % complaints are a warning. At 8 % or 0.4 %, Carillon pauses the
    producer for a day, except for critical notifications, before SES stops the whole account. Exits with 1 if a
    producer is at that level.
    Example: carillon reputation
    """
    answer = session.ask("reputation", answers.ReputationAnswer)
    rows = [
        (
            producer.creator.removeprefix("producer:"),
            producer.accepted,
            _percent(producer.bounced, producer.accepted),
            _percent(producer.complained, producer.accepted),
            producer.level or "",
            producer.reason or "",
        )
        for producer in answer.producers
    ]
    columns = ("producer", "accepted", "bounced", "complained", "level", "reason")
    session.show(answer, table(columns, rows) if rows else "No producer's email was sent within a day.")
    if any(producer.level == "pause" for producer in answer.producers):
        raise typer.Exit(FOUND)


def _percent(count: int, total: int) -> str:
    return f"{count} ({100 * count / total:.2f} %)" if total else str(count)
