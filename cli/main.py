"""`carillon`: what an operator or a developer does by hand."""

import json
from importlib.metadata import version
from typing import Annotated

import typer

from cli import acts, keys, looks, people, replays
from cli.frame import UNREACHABLE, WRONG_USE
from cli.local import NoLocalStack, local_stack
from cli.tokens import IssuerRefused, IssuerSilent, fetch_token
from cli.words import flowing

app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(version("carillon"))
        raise typer.Exit


def carillon(
    _: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print which one this is.")
    ] = False,
) -> None:
    """See and repair what Carillon sends.

    On AWS name the stack (--stack-name, or CARILLON_STACK) and its --region; inside a checkout whose `make run` is
    running, name nothing. Every command takes --json, and --help shows an example.

    Somebody got no email? `carillon user USER` says why for each of their last notifications, and
    `carillon trace NOTIFICATION_ID` tells one of them from beginning to end.

    Exit codes: 0 fine, 1 found something to look at, 2 wrong use or not confirmed, 3 cannot reach the stack.
    """


app.callback(help=flowing(carillon.__doc__))(carillon)
for part in (looks, replays, acts, keys, people):
    app.add_typer(part.app)


def token(
    user: Annotated[str, typer.Option(help="The user that the token is for (its sub).")],
    scope: Annotated[str, typer.Option(help="Scopes, separated by spaces; carillon/send notifies others.")] = "",
    client_id: Annotated[str, typer.Option(help="The name of the application that the token was given to.")] = "",
    expires_in: Annotated[int, typer.Option(help="How many seconds it holds; 0 makes one that has expired.")] = 3600,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document, and nothing else.")] = False,
) -> None:
    """Print a token of the devstack's issuer, and nothing else.

    Example: carillon token --user billing --scope carillon/send
    """
    try:
        made = fetch_token(local_stack()["issuer"], user, scope, client_id, expires_in)
    except (NoLocalStack, IssuerSilent) as error:
        refused = isinstance(error, IssuerRefused)
        if as_json:
            code = "invalid" if refused else "cannot_reach"
            typer.echo(json.dumps({"error": {"code": code, "message": str(error)}}, indent=2))
        else:
            typer.echo(str(error), err=True)
        raise typer.Exit(WRONG_USE if refused else UNREACHABLE) from None
    typer.echo(json.dumps({"token": made}, indent=2) if as_json else made)


app.command(help=flowing(token.__doc__))(token)
