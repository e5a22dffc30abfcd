"""The command `carillon user`, which finds a person by id or address and explains their notifications."""

from contextlib import suppress
from typing import Annotated, Any

import typer

from cli import answers
from cli.choices import EventName
from cli.formats import explanations, fields, format_moment, parse_moment
from cli.session import FOUND, Session, command
from cli.stack import Refused

app = typer.Typer()

_PAGE = 100


@command(app, "user")
def user(
    session: Session,
    user_id: Annotated[
        str | None, typer.Argument(metavar="USER", help="The person's id, or else their email address.")
    ] = None,
    address: Annotated[str | None, typer.Option(help="The person's email address, in place of USER.")] = None,
    event: EventName = None,
    since: Annotated[str | None, typer.Option(help="Only notifications since: 2h, or a date.")] = None,
    until: Annotated[str | None, typer.Option(help="Only notifications until: 2h (before now), or a date.")] = None,
    most: Annotated[int, typer.Option("--max", min=1, max=1000, help="The largest number of notifications.")] = 20,
) -> None:
    """Why did this person get no email? Shows the address, the preferences and the last 20 notifications.

    The sentences are those that the app shows to the person. --event, --since and --until find older notifications.
    Knowing only the address, give it in place of the id: no log keeps it. Exits with 1 if nothing is stored.
    Example: carillon user alice --event invoice --since 30d --until 7d
    """
    if (user_id is None) == (address is None):
        raise typer.BadParameter("Give either USER or --address.")
    chosen: dict[str, Any] = {"event": event, "since": parse_moment(since), "until": parse_moment(until)}
    if user_id is None:
        person = _by_address(session, str(address), chosen, most)
    else:
        person = _by_id(session, user_id, chosen, most)
        if not person.known and "@" in user_id:
            with suppress(Refused):  # it has an @, and is no address
                person = _by_address(session, user_id, chosen, most)
    chose = any(value is not None for value in chosen.values())
    session.show(person, *_lines(person, chose=chose))
    if not person.known:
        raise typer.Exit(FOUND)


def _by_id(session: Session, user_id: str, chosen: dict[str, Any], most: int) -> "answers.UserAnswer":
    """Return a person with up to `most` notifications, read in pages."""
    size = min(most, _PAGE)
    pages = session.pages("user", answers.UserAnswer, user_id=user_id, limit=size, **chosen)
    person = next(pages)
    while person.next is not None and len(person.last) < most:
        page = next(pages)
        person.last += page.last
        person.next = page.next
    if len(person.last) > most:
        person.last = person.last[:most]
        person.next = person.last[-1].notification_id
    return person


def _by_address(session: Session, address: str, chosen: dict[str, Any], most: int) -> "answers.UserAnswer":
    """Return the person who has an address. If there are none or several, print that and exit."""
    found = session.ask("find", answers.FindAnswer, address=address)
    if len(found.people) == 1:
        return _by_id(session, found.people[0], chosen, most)
    stopped = "" if found.status == "ok" else f" No email is sent to it: it is known as {found.status}."
    several = [
        f"{len(found.people)}{' or more' if found.more else ''} people have this address.{stopped}",
        *(f"  {user_id}" for user_id in found.people),
        "See `carillon user USER` for one of them.",
    ]
    session.show(found, *(several if found.people else [f"No person has this address now.{stopped}"]))
    raise typer.Exit(0 if found.people else FOUND)


def _lines(person: "answers.UserAnswer", *, chose: bool) -> list[str]:
    choices = person.preferences
    address = f"{person.email} ({person.email_status})" if person.email else "none known: no email is sent"
    if person.email and person.email_status != "ok":
        address += ": no email is sent. See `carillon unsuppress`"
    switches = [name.removesuffix("_enabled") for name, value in choices if name.endswith("_enabled") and value]
    quiet = choices.quiet_hours
    which = "The notifications of this choice" if chose else "The last notifications"
    lines = [
        f"{person.user_id}" if person.known else f"{person.user_id}: nothing is stored about this person.",
        f"  address      {address}",
        f"  devices      {person.devices or 'none enabled: no push is sent'}",
        f"  switched on  {', '.join(switches) or 'nothing'}, unless a rule below says otherwise",
        f"  digests      collect for {choices.digest_minutes} minutes",
        f"  quiet hours  {quiet['from'] + ' to ' + quiet['to'] if quiet else 'none'} ({choices.timezone})",
        *(f"  rule         {name}: {fields(rule.model_dump())}" for name, rule in choices.rules.items()),
        "",
        f"{which}, newest first ({len(person.last)}):",
    ]
    for notification in person.last:
        created_at = format_moment(notification.created_at)
        lines += ["", f"{created_at}  {notification.event_name} ({notification.severity})"]
        lines += [f"  {notification.notification_id}", *explanations(notification.channels)]
    if person.next is not None:
        lines += ["", "There are older ones: see --max, --event, --since and --until."]
    return lines
