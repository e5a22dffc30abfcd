"""The command `carillon doctor`. It loads the checks when it runs, because no other command needs them."""

import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.cost.stacks import Database, Network, Size
from cli.doctor.plan import EmailIdentity, Live, Plan, Switch, read_plan
from cli.local import NoLocalStack, local_stack
from cli.session import Session, command
from cli.stack import DEFAULT_STACK, Stack, Target

if TYPE_CHECKING:
    from cli.doctor.check import AnyCheck
    from cli.doctor.report import Report

app = typer.Typer()

MAX_TOKEN = 64_000  # characters


class When(StrEnum):
    """The part of the life of a stack that is checked."""

    BEFORE = "before"
    AFTER = "after"


_When = Annotated[
    When | None, typer.Argument(help="By default after, if a stack is named or the devstack runs; else before.")
]
_Parameters = Annotated[
    Path | None,
    typer.Option(help="A carillon.toml, a samconfig.toml, or JSON with the parameters of the deploy.", dir_okay=False),
]
_ConfigEnv = Annotated[str, typer.Option(help="The environment of carillon.toml, or the part of samconfig.toml.")]
_TokenFile = Annotated[
    Path | None, typer.Option(help="A file with a sample token, or - for the standard input. It is never shown.")
]
_Drift = Annotated[bool, typer.Option("--drift", help="After a deploy: start a drift detection, and wait for it.")]


@command(app, "doctor")
def doctor(
    session: Session,
    when: _When = None,
    parameters: _Parameters = None,
    config_env: _ConfigEnv = "default",
    issuer: Annotated[str | None, typer.Option(help="The parameter JwtIssuer.")] = None,
    audience: Annotated[str | None, typer.Option(help="The parameter JwtAudience.")] = None,
    email_from: Annotated[str | None, typer.Option(help="The parameter EmailFrom.")] = None,
    email_identity: Annotated[EmailIdentity | None, typer.Option(help="The parameter EmailIdentity.")] = None,
    size: Annotated[Size | None, typer.Option(help="The parameter Size.")] = None,
    database: Annotated[Database | None, typer.Option(help="The parameter Database.")] = None,
    database_snapshot: Annotated[str | None, typer.Option(help="The parameter DatabaseSnapshot.")] = None,
    network: Annotated[Network | None, typer.Option(help="The parameter Network.")] = None,
    live: Annotated[Live | None, typer.Option(help="The parameter Live.")] = None,
    reserved_concurrency: Annotated[Switch | None, typer.Option(help="The parameter ReservedConcurrency.")] = None,
    token_file: _TokenFile = None,
    drift: _Drift = False,
) -> None:
    """Will the deploy succeed, and is the stack well? Says what is wrong, why it matters, and which command helps.

    It reads only, with your own credentials; --drift alone starts a detection at CloudFormation. A check without its
    right is "not checked", and names the right that is missing. docs/doctor.md lists all findings and rights.

    Before a deploy it checks the account, the region, the issuer and the sender. Give the parameters that you intend,
    or their file. After a deploy it asks the stack itself.

    Exit codes: 0 all is well, 1 only warnings or checks that could not be made, 2 problems or wrong use.
    Example: carillon doctor before --issuer https://id.example.com --audience api --email-from hello@example.com
    """
    given = {
        "JwtIssuer": issuer, "JwtAudience": audience, "EmailFrom": email_from, "EmailIdentity": email_identity,
        "Size": size, "Database": database, "DatabaseSnapshot": database_snapshot, "Network": network, "Live": live,
        "ReservedConcurrency": reserved_concurrency,
    }  # fmt: skip
    options = {name: str(value) for name, value in given.items() if value is not None}
    token = _read_token(token_file) if token_file is not None else None
    if (when or _usual(session.stack.target)) is When.AFTER:
        if options or parameters:
            raise typer.BadParameter(
                "After a deploy the stack itself has the parameters. Before one, say: doctor before"
            )
        report = _after(session, token, drift=drift)
    else:
        if drift:
            raise typer.BadParameter("--drift needs a stack: carillon doctor after --stack-name NAME --drift")
        report = _before(session, options, parameters, config_env, token)
    _show(session, report)


def _usual(target: Target) -> When:
    """Return `after` if a stack is named, or if a devstack runs here and nothing else is named."""
    if target.stack_name:
        return When.AFTER
    try:
        return When.AFTER if target.is_local and local_stack() else When.BEFORE
    except NoLocalStack:
        return When.BEFORE


def _before(
    session: Session, options: Mapping[str, str], file: Path | None, environment: str, token: str | None
) -> "Report":
    """Run the checks before a deploy. An option on the command line replaces that of the file."""
    from cli.doctor import checks
    from cli.doctor.plan_files import Chosen, read_file

    chosen = read_file(file, environment) if file is not None else Chosen()
    try:
        plan = read_plan({**chosen.parameters, **options})
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
    target = session.stack.target
    session.stack = Stack(
        Target(
            target.stack_name or chosen.stack_name or DEFAULT_STACK,
            target.region or chosen.region,
            target.profile or chosen.profile,
        )
    )
    return _run(session, When.BEFORE, checks.BEFORE, plan, token)


def _after(session: Session, token: str | None, *, drift: bool) -> "Report":
    """Run the checks of a deployed stack.

    Raises:
        CannotReach: there is no such stack. Without its description, no check has a question to ask.
    """
    from cli.doctor import checks
    from cli.doctor.after.stack import plan_of
    from cli.stack import CannotReach

    stack = session.stack
    described = stack.call(stack.client("cloudformation").describe_stacks, StackName=stack.name)["Stacks"][0]
    try:
        plan = plan_of(described)
    except ValueError as error:
        raise CannotReach(f"{stack.name} is no stack that this release knows: {error}") from None
    return _run(session, When.AFTER, (*checks.AFTER, *((checks.DRIFT,) if drift else ())), plan, token)


def _run(session: Session, when: When, checks: "tuple[AnyCheck, ...]", plan: Plan, token: str | None) -> "Report":
    from cli.doctor.checks import TOKEN
    from cli.doctor.network import fetch, resolve
    from cli.doctor.report import make_report
    from cli.doctor.run import run_checks
    from cli.doctor.sources import NotChecked, Sources

    sources = Sources(session, fetch=fetch, resolve=resolve, token=token)
    chosen = [check for check in (*checks, *((TOKEN,) if token is not None else ())) if check.applies(plan)]
    with session.progress() as progress:
        bar = progress.add_task("Checking", total=len(chosen))
        outcomes = run_checks(chosen, sources, plan, lambda: progress.advance(bar))
    try:
        region = sources.region
    except NotChecked:
        region = None
    return make_report(when.value, session.stack.name, region, datetime.now(UTC), outcomes)


def _show(session: Session, report: "Report") -> None:
    """Print the report, and exit with its code."""
    from cli.doctor.report import lines

    session.show(report, *(() if session.as_json else lines(report)))
    if report.exit_code:
        raise typer.Exit(report.exit_code)


def _read_token(path: Path) -> str:
    """Return the token of a file or of the standard input. No message quotes it."""
    try:
        text = sys.stdin.read(MAX_TOKEN) if str(path) == "-" else path.read_text("utf-8")[:MAX_TOKEN]
    except (OSError, UnicodeError) as error:
        raise typer.BadParameter(f"--token-file: {path} cannot be read ({type(error).__name__}).") from None
    words = text.split()
    # People often paste a header: "Authorization: Bearer …".
    return words[-1] if words else ""
