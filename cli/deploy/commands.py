"""The commands of a team's folder: `init`, `parameters`, `deploy` and `teardown`."""

import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from cli.deploy.cloud import Cloud, DeleteFailed, Deployed
from cli.deploy.folder import FILE, Environment, Folder, WrongFolder, find_folder, read_folder
from cli.deploy.init import write_folder
from cli.deploy.parameters import check_values, read_parameters
from cli.deploy.release import check_texts, check_time_zone, check_version, installed_version, lay_out, sources
from cli.deploy.rollout import NONE, write_rollout
from cli.deploy.sam import Sam, SamFailed
from cli.formats import paragraphs, table, to_json
from cli.root import FOUND, NOT_WRITTEN, UNREACHABLE, WRONG_USE, fail
from cli.session import Session
from cli.stack import CannotReach, Target
from cli.streams import complain

_Environment = Annotated[str | None, typer.Argument(metavar="ENVIRONMENT", help="A table of carillon.toml.")]
_Profile = Annotated[str | None, typer.Option("--profile", help="The AWS profile to use.")]
_Json = Annotated[bool, typer.Option("--json", help="Print one JSON document, and nothing else.")]


def init(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The name of the folder, and of its stacks.")],
    region: Annotated[str, typer.Option(help="The AWS region of the stacks.")] = "eu-central-1",
    as_json: _Json = False,
) -> None:
    """Write a folder of your own: settings, categories, templates, a Makefile and a workflow. Deploy from it.

    It overwrites nothing. Stacks are named NAME-staging and NAME-production.
    Example: carillon init acme --region eu-central-1
    """

    def work(session: Session) -> None:
        written = write_folder(Path(name), name, region)
        listed = [str(path) for path in written]
        lines = [f"Next: edit {name}/{FILE}, then run `make deploy env=staging` in {name}."]
        if not any(path.suffix == ".whl" for path in written):
            lines.insert(0, f"Put the wheel of this release into {name}/wheels: requirements.txt names it.")
        session.show({"written": listed}, *listed, *lines)

    _guarded(as_json, work)


def parameters(as_json: _Json = False) -> None:
    """List the parameters that carillon.toml may set: their defaults and their meaning.

    Example: carillon parameters
    """

    def work(session: Session) -> None:
        known = read_parameters(sources() / "template.yaml").values()
        rows = [(each.name, "required" if each.default is None else each.default, each.description) for each in known]
        listed = [{"name": each.name, "default": each.default, "description": each.description} for each in known]
        session.show({"parameters": listed}, table(("parameter", "default", "meaning"), rows))

    _guarded(as_json, work)


def deploy(
    environment: _Environment = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the changes, and make none.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Ask no question.")] = False,
    adopt: Annotated[bool, typer.Option("--adopt", help="Take over a stack that no folder deployed.")] = False,
    urgent: Annotated[
        bool, typer.Option("--urgent", help="Skip the gradual rollout this once, and heed no alarm.")
    ] = False,
    profile: _Profile = None,
    as_json: _Json = False,
) -> None:
    """Deploy the installed release with the settings, categories and templates of this folder.

    It checks all files before it asks AWS. It needs AWS SAM on the PATH, whose output is on the standard error. Exits
    with 1 if SAM fails.
    Example: carillon deploy staging --dry-run
    """

    def work(session: Session) -> None:
        folder, chosen = _folder(environment)
        check_version(folder)
        try:
            values = check_values(read_parameters(sources() / "template.yaml"), chosen.parameters)
        except ValueError as error:
            lines = [f"{FILE}: [{chosen.name}] {line}" for line in str(error).splitlines()]
            raise WrongFolder("\n".join(lines)) from None
        check_time_zone(values["DefaultTimezone"])
        check_texts(folder)
        sam = Sam(folder.work, chosen, profile)
        sam.check()
        asks = not (yes or dry_run)
        if asks and not sys.stdin.isatty():
            raise WrongFolder("There is no terminal to confirm the changes: add --yes, or --dry-run to see them.")
        cloud = Cloud(chosen, profile)
        cloud.check_account()
        found = cloud.find()
        if found is not None:
            cloud.check_owner(found, adopt=adopt)
            _announce(chosen, found)
        folder.work.mkdir(parents=True, exist_ok=True)
        built = sam.build(lay_out(folder), values)
        template = write_rollout(built, chosen.rollout, to_json(values).encode(), urgent=urgent)
        unfinished = found is None or found.is_unfinished
        sam.deploy(template, values, execute=not dry_run, confirm=asks, keep_failed=unfinished)
        _report(session, chosen, None if dry_run else cloud.find())

    _guarded(as_json, work)


def teardown(
    environment: _Environment = None,
    confirm: Annotated[str | None, typer.Option(metavar="STACK", help="The stack's name; without it, asks.")] = None,
    role: Annotated[str | None, typer.Option(metavar="ARN", help="The role with which CloudFormation deletes.")] = None,
    profile: _Profile = None,
    as_json: _Json = False,
) -> None:
    """Delete the stack of an environment, with its database. AWS keeps a last snapshot of the database.

    Before it asks, it says what may stop the deletion.
    Example: carillon teardown staging
    """

    def work(session: Session) -> None:
        _, chosen = _folder(environment)
        cloud = Cloud(chosen, profile)
        cloud.check_account()
        found = cloud.find()
        if found is None:
            raise WrongFolder(f"There is no stack {chosen.stack} in {chosen.region}.")
        cloud.check_owner(found)
        for line in cloud.obstacles(found, role):
            complain(line)
        typed = confirm or typer.prompt(f"This deletes {chosen.stack} and its database. Type its name", err=True)
        if typed != chosen.stack:
            raise WrongFolder(f"Nothing was deleted, because {typed!r} is not {chosen.stack}.")
        cloud.unprotect_database()
        cloud.delete(role)
        session.show({"deleted": chosen.stack}, f"Deleted: {chosen.stack}.")

    _guarded(as_json, work)


def register(app: typer.Typer) -> None:
    """Add the commands to the command `carillon`."""
    for function in (init, parameters, deploy, teardown):
        app.command(help=paragraphs(function.__doc__))(function)


def _folder(environment: str | None) -> tuple[Folder, Environment]:
    path = find_folder()
    if path is None:
        raise WrongFolder(f"There is no {FILE} here. `carillon init NAME` writes a folder with one.")
    folder = read_folder(path)
    return folder, folder.environment(environment)


def _announce(chosen: Environment, found: Deployed) -> None:
    """Say on the standard error which release replaces which, and how."""
    before = found.outputs.get("Rollout", NONE)
    if (before == NONE) != (chosen.rollout == NONE) and not found.is_unfinished:
        complain(f"{chosen.stack} goes from {before} to {chosen.rollout}. Its API may answer 500 for some seconds.")
    new, old = installed_version(), found.version
    if old is None or old == new:
        return
    back = _order(new) < _order(old)
    complain(f"{chosen.stack} {'rolls back' if back else 'is upgraded'} from {old} to {new}.")
    if back:
        complain("The schema stays the newer one. Each release works on the schema of the next one, not of later ones.")


def _order(version: str) -> list[int]:
    return [int(part) for part in re.findall(r"\d+", version)]


def _report(session: Session, chosen: Environment, found: Deployed | None) -> None:
    if found is None:
        session.show({"stack": chosen.stack, "deployed": False}, f"Nothing was changed in {chosen.stack}.")
        return
    outputs = dict(found.outputs)
    answer: dict[str, Any] = {"stack": chosen.stack, "deployed": True, "version": found.version, "outputs": outputs}
    lines = [f"{name:<10} {outputs[name]}" for name in ("Version", "ApiUrl", "NextSteps") if name in outputs]
    session.show(answer, f"Deployed: {chosen.stack} in {chosen.region}.", *lines)


def _guarded(as_json: bool, work: Callable[[Session], None]) -> None:
    """Call `work`, and turn its errors into a message and an exit code."""
    try:
        work(Session(Target(), as_json=as_json))
    except WrongFolder as error:
        code, message, exit_code = "invalid", str(error), WRONG_USE
    except CannotReach as error:
        code, message, exit_code = "cannot_reach", str(error), UNREACHABLE
    except SamFailed as error:
        code, message, exit_code = "sam_failed", str(error), FOUND
    except DeleteFailed as error:
        code, message, exit_code = "delete_failed", str(error), FOUND
    except OSError as error:
        code, message, exit_code = "cannot_write", str(error), NOT_WRITTEN
    else:
        return
    raise typer.Exit(fail(code, message, exit_code, as_json=as_json))
