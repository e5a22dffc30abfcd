"""The arguments and options that several commands share: people, and choices of deliveries."""

from typing import Annotated

import typer

from carillon.models.channel import CHANNELS

UserId = Annotated[str, typer.Argument(metavar="USER", help="The person's id, as the application names them.")]

Channel = Annotated[str | None, typer.Option(help=f"{' or '.join(CHANNELS)}; without it, every channel.")]
EventName = Annotated[str | None, typer.Option(help="An event's name, or the words it begins with: invoice.")]
Error = Annotated[str | None, typer.Option("--error", metavar="CODE", help="Only deliveries that failed with this.")]
User = Annotated[str | None, typer.Option("--user", metavar="USER", help="Only deliveries to this person.")]
Producer = Annotated[str | None, typer.Option(help="Only what this producer recorded.")]
FailedSince = Annotated[str | None, typer.Option("--since", help="Only those that failed since: 2h, or a date.")]
FailedUntil = Annotated[str | None, typer.Option("--until", help="Failed until: 2h (before now), or a date.")]


def no_id(user: str | None) -> list[str]:
    """Return advice if `--user` found nothing and looks like an address."""
    return (
        [f"--user takes a person's id: `carillon user {user}` finds it by the address."] if "@" in (user or "") else []
    )


def chosen(
    error: str | None, user: str | None, producer: str | None, event: str | None, channel: str | None
) -> dict[str, str | None]:
    """Return the options that choose failed deliveries as the arguments of the operator's actions."""
    return {"code": error, "user_id": user, "creator": creator(producer), "event": event, "channel": channel}


def creator(producer: str | None) -> str | None:
    """Return the name of a producer as the database stores it."""
    return f"producer:{producer}" if producer else None
