"""The command `carillon cost`. It needs no stack, no credentials and no network."""

from dataclasses import asdict
from typing import Annotated, Any

import typer

from cli.cost import prices
from cli.cost.bill import Bill, Line, bill_of
from cli.cost.stacks import Database, Network, Size, Stack
from cli.cost.usage import Usage, parse_count
from cli.formats import paragraphs, table
from cli.session import Session
from cli.stack import Target

_Notifications = Annotated[str, typer.Option(help="Notifications that are recorded, one for each recipient.")]
_Emails = Annotated[str, typer.Option(help="Emails that are sent; a digest is one email.")]
_Pushes = Annotated[str, typer.Option(help="Pushes that are sent to a device.")]
_People = Annotated[str, typer.Option(help="People who have an address, each stored once a month.")]
_Bells = Annotated[str, typer.Option(help="People with an open bell at the same time.")]
_Reads = Annotated[str | None, typer.Option(help="Clicks that mark as read; by default one for each notification.")]
_PerRequest = Annotated[int, typer.Option(min=1, max=1000, help="The recipients of one request.")]
_Hours = Annotated[float, typer.Option("--hours-a-day", min=0, max=24, help="The hours of a day that bells are open.")]
_PollSeconds = Annotated[int, typer.Option(min=5, max=3600, help="The seconds between two polls of a bell.")]
_Size = Annotated[Size, typer.Option(help="The stack's parameter Size.")]
_Database = Annotated[Database, typer.Option(help="The stack's parameter Database.")]
_Network = Annotated[Network, typer.Option(help="The stack's parameter Network.")]
_Cognito = Annotated[bool, typer.Option("--cognito", help="The stack's own Cognito pool issues the tokens.")]
_Live = Annotated[bool, typer.Option("--live", help="Open bells hear live hints: the stack's parameter Live=appsync.")]
_Json = Annotated[bool, typer.Option("--json", help="Print one JSON document, and nothing else.")]


def cost(
    notifications: _Notifications = "0",
    emails: _Emails = "0",
    pushes: _Pushes = "0",
    people: _People = "0",
    bells: _Bells = "0",
    reads: _Reads = None,
    per_request: _PerRequest = 1,
    hours: _Hours = 8,
    poll_seconds: _PollSeconds = 30,
    size: _Size = Size.SMALL,
    database: _Database = Database.SINGLE,
    network: _Network = Network.IPV6,
    cognito: _Cognito = False,
    live: _Live = False,
    as_json: _Json = False,
) -> None:
    """What does a month on AWS cost? Prints the bill of a usage, line by line. It needs no stack and no account.

    Numbers are for a month and may end in k or M. Without any, it is the bill of an idle stack. The prices are list
    prices of us-east-1, without a free tier; docs/cost.md says what the bill does not contain.
    Example: carillon cost --notifications 1M --emails 200k --people 50k --bells 2k
    """
    session = Session(Target(), as_json=as_json)

    def show() -> None:
        usage = Usage(
            notifications=parse_count("--notifications", notifications),
            emails=parse_count("--emails", emails),
            pushes=parse_count("--pushes", pushes),
            people=parse_count("--people", people),
            bells=parse_count("--bells", bells),
            reads=parse_count("--reads", notifications if reads is None else reads),
            per_request=per_request,
            hours=hours,
            poll_seconds=poll_seconds,
        )
        bill = bill_of(usage, Stack(size=size, database=database, network=network, cognito=cognito, live=live))
        session.show(_document(bill), *_lines(bill))

    session.guarded(show)


def register(app: typer.Typer) -> None:
    """Add the command to an application."""
    app.command("cost", help=paragraphs(cost.__doc__))(cost)


def _lines(bill: Bill) -> list[object]:
    """Return what a person reads: the table, the sum, the largest parts, and the notes."""
    rows = [(line.price.service, line.item, quantity(line), line.price.text, f"{line.dollars:,.2f}")
            for line in bill.lines]  # fmt: skip
    shown = table(("service", "item", "a month", "price", "$"), rows)
    for column in (shown.columns[2], shown.columns[4]):
        column.justify = "right"
    largest = ", ".join(f"{service} {_share(dollars, bill)}" for service, dollars in list(bill.services.items())[:3])
    return [
        shown,
        f"${bill.total:,.2f} a month, by list prices of {prices.REGION} of {prices.READ}, without any free tier.",
        f"Largest services: {largest}. Largest line: {bill.largest.item}, {_share(bill.largest.dollars, bill)}.",
        *bill.notes,
    ]


def _share(dollars: float, bill: Bill) -> str:
    return f"{100 * dollars / bill.total:.0f} %"


def quantity(line: Line) -> str:
    """Return the quantity of a line as a table shows it: whole numbers, or two digits if it is small."""
    return f"{line.quantity:,.2f}" if line.quantity < 10 and line.quantity % 1 else f"{line.quantity:,.0f}"


def _document(bill: Bill) -> dict[str, Any]:
    """Return what a script reads."""
    lines = [
        {
            "service": line.price.service,
            "item": line.item,
            "quantity": line.quantity,
            "price": {"dollars": line.price.dollars, "per": line.price.per, "unit": line.price.unit},
            "dollars": round(line.dollars, 4),
            "page": line.price.page,
        }
        for line in bill.lines
    ]
    return {
        "region": prices.REGION,
        "prices_of": prices.READ,
        "usage": asdict(bill.usage),
        "stack": asdict(bill.stack),
        "calls": asdict(bill.calls),
        "lines": lines,
        "services": {service: round(dollars, 4) for service, dollars in bill.services.items()},
        "largest": bill.largest.item,
        "total": round(bill.total, 4),
        "notes": bill.notes,
    }
