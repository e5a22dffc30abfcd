"""`carillon`: what an operator or a developer does by hand."""

from typing import Annotated

import typer

from cli.local import NoLocalStack, local_stack
from cli.tokens import IssuerSilent, fetch_token

app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False)


@app.callback()
def carillon() -> None:
    """Carillon's command line."""


@app.command()
def token(
    user: Annotated[str, typer.Option(help="The user that the token is for (its sub).")],
    scope: Annotated[str, typer.Option(help="Scopes, separated by spaces; carillon/send notifies others.")] = "",
    client_id: Annotated[str, typer.Option(help="The name of the application that the token was given to.")] = "",
    expires_in: Annotated[int, typer.Option(help="How many seconds it holds; 0 makes one that has expired.")] = 3600,
) -> None:
    """Print a token of the local issuer, and nothing else."""
    try:
        typer.echo(fetch_token(local_stack()["issuer"], user, scope, client_id, expires_in))
    except (NoLocalStack, IssuerSilent) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from None
