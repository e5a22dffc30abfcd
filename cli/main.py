"""`carillon`: what an operator or a developer does by hand."""

from typing import Annotated

import typer

from cli import acts, keys, looks, people, replays
from cli.frame import UNREACHABLE
from cli.local import NoLocalStack, local_stack
from cli.tokens import IssuerSilent, fetch_token

app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False)


@app.callback()
def carillon() -> None:
    """See and repair what Carillon sends.

    On AWS name the stack (--stack-name, or CARILLON_STACK) and its --region; inside a checkout whose `make run` is
    running, name nothing. Every command takes --json, and --help shows an example.

    Somebody got no email? `carillon user USER` says why for each of their last notifications, and
    `carillon trace NOTIFICATION_ID` tells one of them from beginning to end.

    Exit codes: 0 fine, 1 found something to look at, 2 wrong use, 3 cannot reach the stack.
    """


for part in (looks, replays, acts, keys, people):
    app.add_typer(part.app)


@app.command()
def token(
    user: Annotated[str, typer.Option(help="The user that the token is for (its sub).")],
    scope: Annotated[str, typer.Option(help="Scopes, separated by spaces; carillon/send notifies others.")] = "",
    client_id: Annotated[str, typer.Option(help="The name of the application that the token was given to.")] = "",
    expires_in: Annotated[int, typer.Option(help="How many seconds it holds; 0 makes one that has expired.")] = 3600,
) -> None:
    """Print a token of the devstack's issuer, and nothing else.

    Example: carillon token --user billing --scope carillon/send
    """
    try:
        typer.echo(fetch_token(local_stack()["issuer"], user, scope, client_id, expires_in))
    except (NoLocalStack, IssuerSilent) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(UNREACHABLE) from None
