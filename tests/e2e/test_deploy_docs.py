"""docs/deploy.md on the emulator: the page's commands deploy a second stack from a clone, use it, and delete it.

test_team_folder.py follows the commands of a team's folder.

Only AWS itself can answer some of the commands (DNS, the SES sandbox, Cognito). The tests check their names and options
against the models of the AWS command line.
"""

import json
import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import botocore.session
import psycopg
import pytest
from botocore import xform_name

from devstack.aws.build import architecture
from devstack.aws.deploy import close_gaps
from devstack.aws.gateway import open_gateway
from devstack.machine.options import AUDIENCE, EMAIL_FROM
from tests.e2e.conftest import Stack
from tests.support.deploy_page import LINES, line
from tests.support.paths import ROOT
from tests.support.template import template

NAME = "by-the-page"
OF_THE_FOLDER = ("python3.13 -m pip install ", "cd acme", "make deploy ", "make install deploy ")  # test_team_folder.py
DATABASE = "by_the_page"
BUILD = f"sam build --parameter-overrides Architecture={architecture()}"  # the page's command for this processor


class Shell:
    """A shell in a checkout, with the emulator in the place of AWS. It keeps exported variables between commands."""

    def __init__(self, stack: Stack, checkout: Path) -> None:
        self.stack = stack
        self.checkout = checkout
        foreign = ("AWS_", "SAM_", "CARILLON_", "POWERTOOLS_")
        self.env = {name: value for name, value in os.environ.items() if not name.startswith(foreign)} | {
            "PATH": os.pathsep.join(
                [str(ROOT / ".venv-tools" / "bin"), str(ROOT / ".venv" / "bin"), os.environ["PATH"]]
            ),
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_DEFAULT_REGION": stack.data["region"],
            "AWS_ENDPOINT_URL": stack.data["endpoint_url"],
            "SAM_CLI_TELEMETRY": "0",
            "SAM_CLI_POLL_DELAY": "0.5",
        }

    def run(self, command: str, typed: str = "") -> str:
        """Run a line of the page and return its output. Fail if the command fails."""
        exported = re.fullmatch(r"export (\w+)=([\w-]+)", command)
        if exported:
            self.env[exported[1]] = exported[2] if exported[1] != "CARILLON_STACK" else NAME
            return ""
        completed = subprocess.run(
            ["bash", "-c", command], cwd=self.checkout, env=self.env, input=typed, capture_output=True, text=True,
            timeout=180, check=False,
        )  # fmt: skip
        assert completed.returncode == 0, f"{command}\n{completed.stdout}{completed.stderr}"
        return completed.stdout


@pytest.fixture(scope="module")
def shell(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Shell:
    checkout = tmp_path_factory.mktemp("checkout")
    for name in ("template.yaml", "samconfig.toml"):
        shutil.copy(ROOT / name, checkout)
    for name in ("functions", "layers"):
        shutil.copytree(ROOT / name, checkout / name, ignore=shutil.ignore_patterns("__pycache__"))
    return Shell(stack, checkout)


@pytest.fixture(scope="module")
def deployed(shell: Shell) -> Iterator[Shell]:
    """Deploy the stack of the section "A database of yours" by the page's commands, and delete it afterwards."""
    stack = shell.stack
    shell.run(BUILD)
    shell.run(line("export CARILLON_STACK="))
    with stack.database() as database:
        database.execute(f"CREATE DATABASE {DATABASE}".encode())
    secrets = stack.aws("secretsmanager").list_secrets()["SecretList"]
    [administrators] = [secret["ARN"] for secret in secrets if "LiveKey" not in secret["Name"]]
    address = stack.data["database_url"].rpartition("@")[2].rpartition("/")[0]
    shell.env |= {
        "APP_URL": "https://app.example.com",
        "EMAIL_FROM": EMAIL_FROM,
        "JWT_ISSUER": stack.data["issuer"],
        "JWT_AUDIENCE": AUDIENCE,
        "DATABASE_ADDRESS": f"{address}/{DATABASE}",
        "DATABASE_RESOURCE_ID": "db-BYTHEPAGE",
        "DATABASE_SECRET_ARN": administrators,
    }
    # The devstack's own stack has the schema carillon on this server.
    added = f' DatabaseSchema={DATABASE} Architecture={architecture()}"'
    command = line("sam deploy --config-env existing").rstrip('"') + added
    shell.run(command, typed="y\n")
    emulator: Any = SimpleNamespace(client=stack.aws)
    close_gaps(emulator)
    shell.env["API_URL"] = f"{stack.data['endpoint_url']}/_aws/execute-api/{open_gateway(emulator, NAME)}"
    yield shell
    shell.run(line("sam delete"))
    with stack.database() as database:
        database.execute(f"DROP DATABASE {DATABASE} WITH (FORCE)".encode())


def test_the_stacks_outputs_say_what_to_do_next(deployed: Shell) -> None:
    table = deployed.run(line("sam list stack-outputs"))
    assert {"NextSteps", "smoke", "production", "AlarmTopicArn"} <= set(table.split())  # words, because cells wrap


def test_the_stack_answers_and_sends_its_first_email(deployed: Shell) -> None:
    deployed.run(line('curl --fail "$API_URL/health"'))
    assert deployed.run(line("curl --silent")) == "401\n"
    # The emulator's own name of the API resolves nowhere.
    assert "sent" in deployed.run(f"{line('carillon smoke')} --api {deployed.env['API_URL']}")
    deployed.env["TOKEN"] = deployed.stack.producer_token()
    answers = [
        deployed.run(each)
        for each in (
            line('curl --fail -X PUT "$API_URL/recipients/alice" '),
            line('curl --fail -X PUT "$API_URL/recipients/alice/preferences"'),
            line("curl --fail -X POST"),
        )
    ]
    assert json.loads(answers[-1])["notification"]["routing"]["email"]["action"] == "now"

    def sent() -> list[Any]:
        to_alice = deployed.stack.emails("success@simulator.amazonses.com")
        return [email for email in to_alice if "A payment failed" in email["Subject"]]

    deployed.stack.wait_for(sent, 60, "email to alice")
    assert "A payment failed" not in deployed.run(line("carillon user alice")), "operators must not see titles"


def test_functions_sign_in_as_roles_that_cannot_change_tables(deployed: Shell) -> None:
    deployed.run(line('curl --fail "$API_URL/health"'))
    address = deployed.env["DATABASE_ADDRESS"]
    with psycopg.connect(f"postgresql://postgres@{address}", autocommit=True) as database:
        users = database.execute(
            "SELECT DISTINCT usename FROM pg_stat_activity WHERE datname = current_database() AND usename ~ %s",
            [DATABASE],
        ).fetchall()
        owners = database.execute("SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = %s", [DATABASE])
        assert owners.fetchall() == [(f"{DATABASE}_owner",)]
    assert {(f"{DATABASE}_read",)} <= {*users} <= {(f"{DATABASE}{ending}",) for ending in ("", "_api", "_read")}


def test_a_guided_deploy_needs_only_the_applications_address(shell: Shell) -> None:
    """The command asks for every parameter once. It deploys nothing before the person confirms the changes."""
    if not (shell.checkout / ".aws-sam").exists():
        shell.run(BUILD)
    # The stack's name and region come first.
    typed = "\n\nhttps://app.example.com\n" + "\n" * len(template()["Parameters"])
    completed = subprocess.run(
        ["bash", "-c", line("sam deploy --guided")], cwd=shell.checkout, env=shell.env, input=typed,
        capture_output=True, text=True, timeout=180, check=False,
    )  # fmt: skip
    parameters = re.findall(r"Parameter (\w+) \[", completed.stdout)
    assert len(parameters) == len(template()["Parameters"]), completed.stdout + completed.stderr
    assert parameters[:4] == ["AppUrl", "EmailFrom", "JwtIssuer", "JwtAudience"]
    assert "Parameter Size [micro]" in completed.stdout
    assert "Initiating deployment" not in completed.stdout


@pytest.mark.parametrize("command", [each for each in LINES if each.startswith("aws ") or "$(aws " in each])
def test_the_aws_command_line_knows_the_operation_and_its_options(command: str) -> None:
    _, service, operation, *options = shlex.split(re.sub(r"^.*\$\((aws .*)\)$", r"\1", command))
    model = botocore.session.get_session().get_service_model(service)
    [name_in_model] = [name for name in model.operation_names if xform_name(name, "-") == operation]
    shape: Any = model.operation_model(name_in_model).input_shape
    known = {xform_name(name, "-") for name in shape.members}
    given = {option.removeprefix("--") for option in options if option.startswith("--")} - {"query", "output"}
    given = {name if name in known else name.removeprefix("no-") for name in given}
    assert given <= known
    assert {xform_name(name, "-") for name in shape.required_members} <= given


def test_the_page_has_only_commands_that_these_tests_know() -> None:
    known = ("sam ", "aws ", "curl ", "carillon ", "export ", *OF_THE_FOLDER)
    assert [each for each in LINES if not each.startswith(known)] == []
