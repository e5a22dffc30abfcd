"""The command `carillon`, for what an operator or a developer does by hand."""

import sys
from typing import Annotated

import typer

from cli import checks, explain, keys, pauses, people, person, preview, queries, replays, retries
from cli.cost import command as cost
from cli.deploy import commands as deploy
from cli.doctor import command as doctor
from cli.formats import paragraphs, to_json
from cli.local import NoLocalStack, local_stack
from cli.pinpoint import command as pinpoint
from cli.root import UNREACHABLE, WRONG_USE, Root, fail
from cli.tokens import IssuerRefused, NoToken, fetch_token

app = typer.Typer(cls=Root, add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False)


def _print_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        sys.stdout.write(version("carillon-service") + "\n")
        raise typer.Exit


def carillon(
    _: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Inspect and repair what Carillon sends.

    On AWS, name the stack (--stack-name, or CARILLON_STACK) and its --region. In a checkout with a running `make run`,
    name nothing. Every command takes --json, and --help shows an example. `carillon explain CODE` says what an error
    code or a reason means, and what helps.

    A person got no email? `carillon user USER` says why, for each of their last notifications. An address also does.
    `carillon trace NOTIFICATION_ID` shows the timeline of one notification.

    Exit codes: 0 fine, 1 found something to look at, 2 wrong use or not confirmed, 3 cannot reach the stack. Further
    exit codes: 4 the output could not be written, 130 interrupted by Ctrl-C, 70 a defect of this command.
    """


app.callback(help=paragraphs(carillon.__doc__))(carillon)
for module in (queries, person, explain, preview, checks, doctor, replays, retries, pauses, keys, people, pinpoint):
    app.add_typer(module.app)
cost.register(app)
deploy.register(app)


def token(
    user: Annotated[str, typer.Option(help="The user that the token is for (its sub).")],
    scope: Annotated[str, typer.Option(help="Scopes, separated by spaces; carillon/send may notify others.")] = "",
    client_id: Annotated[str, typer.Option(help="The name of the application that gets the token.")] = "",
    expires_in: Annotated[
        int, typer.Option(help="The seconds that the token is valid; 0 makes one that has expired.")
    ] = 3600,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document, and nothing else.")] = False,
) -> None:
    """Print a token of the devstack's issuer, and nothing else.

    Example: carillon token --user billing --scope carillon/send
    """
    try:
        fetched = fetch_token(local_stack()["issuer"], user, scope, client_id, expires_in)
    except (NoLocalStack, NoToken) as error:
        refused = isinstance(error, IssuerRefused)
        code, exit_code = ("invalid", WRONG_USE) if refused else ("cannot_reach", UNREACHABLE)
        raise typer.Exit(fail(code, str(error), exit_code, as_json=as_json)) from None
    sys.stdout.write((to_json({"token": fetched}, indent=2) if as_json else fetched) + "\n")


app.command(help=paragraphs(token.__doc__))(token)
