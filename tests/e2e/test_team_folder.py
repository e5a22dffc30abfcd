"""A team's life with Carillon, from the wheel alone, by the commands of docs/deploy.md.

It makes a folder, deploys, upgrades, rolls back and tears down. The stack is a second one on the devstack's emulator,
with a database of its own. The packages that the command needs are those of the tests. Those of the layer come from
pip's cache or index, as in the devstack's own build.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from cli.deploy.rollout import revision
from devstack.aws.build import architecture
from devstack.aws.deploy import close_gaps
from devstack.aws.gateway import open_gateway
from devstack.machine.options import AUDIENCE, EMAIL_FROM
from tests.e2e.conftest import Stack
from tests.support.deploy_page import line
from tests.support.paths import ROOT

DATABASE = "acme"
NEXT = "0.2.0"  # a release that only the test knows
NOW: str = re.findall(r'^version = "(.*)"', (ROOT / "pyproject.toml").read_text(), re.MULTILINE)[0]
SOURCES = ("pyproject.toml", "LICENSE", "template.yaml", "cli", "functions", "layers")


# The emulator has no CodeDeploy. This `sam` takes it out of the template of a deploy, and calls the other one.
SAM = """#!{python}
import os, sys
from pathlib import Path

import yaml

if "rollout.yaml" in (name := sys.argv[max(sys.argv.index("--template-file"), 0) + 1]):
    template = yaml.safe_load(Path(name).read_text())
    for each in template["Resources"].values():
        each.get("Properties", {{}}).pop("DeploymentPreference", None)
    Path(name).write_text(yaml.safe_dump(template))
os.execv("{sam}", ["sam", *sys.argv[1:]])
"""


class Team:
    """A person of a team at a shell, with the emulator in the place of AWS."""

    def __init__(self, stack: Stack, folder: Path) -> None:
        self.stack = stack
        self.home = folder
        self.acme = folder / "acme"
        self.python = folder / "venv" / "bin" / "python"
        foreign = ("AWS_", "SAM_", "CARILLON_", "POWERTOOLS_", "PYTHON", "PIP_")
        self.env = {name: value for name, value in os.environ.items() if not name.startswith(foreign)} | {
            "PATH": os.pathsep.join([str(self.python.parent), os.environ["PATH"], str(ROOT / ".venv-tools" / "bin")]),
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_DEFAULT_REGION": stack.data["region"],
            "AWS_ENDPOINT_URL": stack.data["endpoint_url"],
            "SAM_CLI_TELEMETRY": "0",
            "SAM_CLI_POLL_DELAY": "0.5",
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
            "CARILLON_STACK": "acme-staging",
        }

    def run(self, command: str, cwd: Path | None = None, fails: int = 0) -> str:
        """Run a command in the folder, and return its output. Fail the test if it exits with another code."""
        done = subprocess.run(
            ["bash", "-c", command], cwd=cwd or self.acme, env=self.env, stdin=subprocess.DEVNULL,
            capture_output=True, text=True, timeout=180, check=False,
        )  # fmt: skip
        assert done.returncode == fails, f"{command}\n{done.stdout}{done.stderr}"
        return done.stdout + done.stderr

    def ask_for(self, version: str) -> None:
        """Change the number of the release."""
        file = self.acme / "requirements.txt"
        file.write_text(re.sub(r"service-[\d.]+-py3", f"service-{version}-py3", file.read_text()))

    def deployed(self, command: str) -> str:
        """Deploy by a command of the page, without its question. Return the version that the stack names."""
        self.run(f"{command} yes=1")
        emulator: Any = SimpleNamespace(client=self.stack.aws)
        close_gaps(emulator)
        self.api = f"{self.stack.data['endpoint_url']}/_aws/execute-api/{open_gateway(emulator, 'acme-staging')}"
        [stack] = self.stack.aws("cloudformation").describe_stacks(StackName="acme-staging")["Stacks"]
        return {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}["Version"]

    def put(self, path: str, body: object) -> Any:
        """Send a producer's request."""
        method = "POST" if path == "/notifications" else "PUT"
        token = self.stack.producer_token()
        headers = f"-H 'Authorization: Bearer {token}' -H 'Content-Type: application/json'"
        return json.loads(
            self.run(f"curl --silent --fail-with-body -X {method} {self.api}{path} {headers} -d '{json.dumps(body)}'")
        )

    def serving(self, function: str) -> tuple[str, str]:
        """Return the version of a function that answers requests, and the name of the application that it has."""
        formation, functions = self.stack.aws("cloudformation"), self.stack.aws("lambda")
        found = formation.describe_stack_resource(StackName="acme-staging", LogicalResourceId=function)
        name = found["StackResourceDetail"]["PhysicalResourceId"]
        answer = functions.get_function_configuration(FunctionName=name, Qualifier="current")
        return answer["Version"], answer["Environment"]["Variables"]["APP_NAME"]


def build(wheels: Path, source: Path) -> None:
    """Build the wheel of a tree."""
    command = [ROOT / ".venv" / "bin" / "hatchling", "build", "--target", "wheel", "--directory", wheels]
    subprocess.run(command, cwd=source, check=True, capture_output=True)


def next_release(tree: Path) -> Path:
    """Write a tree of the release after this one: it has a migration more, and says its version."""
    for name in SOURCES:
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, tree / name)
    for name, before, after in (
        ("pyproject.toml", f'version = "{NOW}"', f'version = "{NEXT}"'),
        ("template.yaml", f'Value: "{NOW}"', f'Value: "{NEXT}"'),
    ):
        text = (tree / name).read_text()
        assert text.count(before) == 1
        (tree / name).write_text(text.replace(before, after))
    schema = tree / "layers" / "carillon" / "carillon" / "database" / "schema"
    (schema / "9999_later.sql").write_text("ALTER TABLE recipients ADD COLUMN later text;\n")
    return tree


@pytest.fixture(scope="module")
def team(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Team]:
    """A person with the command of this release, and a folder that it wrote. The wheels of two releases are there."""
    home = tmp_path_factory.mktemp("team")
    team = Team(stack, home)
    subprocess.run([sys.executable, "-m", "venv", home / "venv"], check=True)
    packages = home / "packages"  # all packages of the tests, except this project
    packages.mkdir()
    for path in Path(sysconfig.get_path("purelib")).iterdir():
        if "carillon" not in path.name and path.name not in ("cli", "pip"):
            (packages / path.name).symlink_to(path)
    [site] = (home / "venv" / "lib").glob("python*/site-packages")
    (site / "packages.pth").write_text(f"{packages}\n")
    wheels = home / "wheels"
    build(wheels, ROOT)
    (home / "next").mkdir()
    build(wheels, next_release(home / "next"))

    [wheel] = wheels.glob(f"*-{NOW}-*")
    shutil.move(wheel, home)
    team.run(line("python3.13 -m pip install") + " --quiet --no-index", cwd=home)
    team.run(line("carillon init").replace("eu-central-1", stack.data["region"]), cwd=home)
    [later] = wheels.glob(f"*-{NEXT}-*")
    shutil.copy(later, team.acme / "wheels")
    settings = team.acme / "carillon.toml"
    tools = ROOT / ".venv-tools" / "bin"
    sam = home / "venv" / "bin" / "sam"
    sam.write_text(SAM.format(python=tools / "python", sam=tools / "sam"))
    sam.chmod(0o755)
    with stack.database() as database:
        database.execute(f"CREATE DATABASE {DATABASE}".encode())
    secrets = stack.aws("secretsmanager").list_secrets()["SecretList"]
    [administrator] = [secret["ARN"] for secret in secrets if "LiveKey" not in secret["Name"]]
    address = stack.data["database_url"].rpartition("@")[2].rpartition("/")[0]
    own = {
        "Architecture": architecture(),
        "Database": "existing",
        "DatabaseAddress": f"{address}/{DATABASE}",
        "DatabaseResourceId": "db-ACME",
        "DatabaseSchema": "acme",  # roles belong to the server, and the devstack has those of carillon
        "DatabaseSecretArn": administrator,
        "EmailFrom": EMAIL_FROM,
        "EmailIdentity": "existing",
        "JwtIssuer": stack.data["issuer"],
        "JwtAudience": AUDIENCE,
    }
    lines = "".join(f'{name} = "{value}"\n' for name, value in own.items())
    settings.write_text(settings.read_text().replace("[staging]\n", f"[staging]\n{lines}"))
    yield team
    with stack.database() as database:
        database.execute(f"DROP DATABASE {DATABASE} WITH (FORCE)".encode())


def test_a_team_deploys_upgrades_rolls_back_and_tears_down(team: Team) -> None:
    assert "The payment of invoice 2026-0042 failed" in team.run("carillon preview payment_failed --language en")
    upgrade = line("make install deploy ")
    assert team.deployed(line("make deploy ")) == NOW
    built = team.acme / ".carillon" / NOW / "built" / "template.yaml"
    first = revision(built)
    team.run(f"curl --silent --fail {team.api}/health")
    assert "Sent." in team.run(f"carillon smoke --api {team.api}")
    # The folder's own template and category, and none of the examples of the checkout.
    team.put("/recipients/alice", {"email": "alice@example.com"})
    told = team.put("/notifications", {
        "user_id": "alice", "event_name": "security.key_made", "template": "payment_failed",
        "variables": {"invoice": "7", "total": {"amount": "5", "currency": "EUR"}},
    })  # fmt: skip
    assert told["notification"]["title"] == "The payment of invoice 7 failed"
    assert told["notification"]["routing"]["email"]["rule"] == "category:security"

    # The number alone installs nothing: the command refuses to deploy another release than it says.
    team.ask_for(NEXT)
    assert f"asks for {NEXT}, and {NOW} is installed" in team.run("make deploy yes=1", fails=2)
    assert team.deployed(upgrade) == NEXT
    team.run(f"curl --silent --fail {team.api}/health")

    # The rollback begins a gradual rollout. From then on, a changed value alone publishes a version, which answers.
    team.ask_for(NOW)
    settings = team.acme / "carillon.toml"
    kept = settings.read_text()
    settings.write_text(kept.replace("[staging]\n", '[staging]\nrollout = "canary-10-percent-10-minutes"\n'))
    assert team.deployed(upgrade) == NOW
    assert revision(built) == first, "a deploy without a change would publish a version"
    assert team.serving("Read") == ("1", "acme")
    settings.write_text(settings.read_text().replace('AppName = "acme"', 'AppName = "Acme"'))
    team.deployed(upgrade)
    assert {team.serving(name) for name in ("Create", "Read", "Recipients")} == {("2", "Acme")}
    assert "Sent." in team.run(f"carillon smoke --api {team.api}"), "this release works on the schema of the next one"
    assert "all hold" in team.run("carillon verify")

    settings.write_text(kept.replace("[staging]\n", '[trial]\nstack = "acme-staging"\n'))
    refused = team.run("carillon deploy trial --yes", fails=2)
    assert "is the environment staging, and never becomes trial" in refused
    settings.write_text(kept)

    team.run(line("carillon teardown") + " --confirm acme-staging")
    stacks = team.stack.aws("cloudformation").list_stacks()["StackSummaries"]
    assert [each["StackStatus"] for each in stacks if each["StackName"] == "acme-staging"] == ["DELETE_COMPLETE"]
