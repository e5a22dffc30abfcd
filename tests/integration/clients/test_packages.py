"""The packages of the clients: built twice alike, installed alone, and used against the functions over HTTP."""

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from collections.abc import Callable, Iterator
from email.parser import HeaderParser
from pathlib import Path

import pytest

from tests.support.api_server import SECRET, TOKEN_PATH, serving
from tests.support.environment import Connect
from tests.support.paths import ROOT
from tests.support.readme import code_of
from tests.support.service import Service

pytestmark = pytest.mark.slow  # it builds packages
TYPESCRIPT = ROOT / "clients" / "typescript"
# Reads and writes through a client that only its package installed. It prints what a producer sees.
USE = f"""
import json, sys, carillon_client
from carillon_client import Client, ClientCredentials, KeyReused
address = sys.argv[1]
credentials = ClientCredentials(
    token_url=address + "{TOKEN_PATH}", client_id="billing", client_secret="{SECRET}", auth="post"
)
with Client(address, token=credentials) as client:
    first = client.notifications.create("alice", event_name="a.b", title="T", idempotency_key="k")
    again = client.notifications.create("alice", event_name="a.b", title="T", idempotency_key="k")
    try:
        client.notifications.create("alice", event_name="a.b", title="Other", idempotency_key="k")
    except KeyReused as error:
        reused = error.notification_id
    retracted = client.notifications.retract(first.id)["user_id"]
print(json.dumps([carillon_client.__file__, first.replayed, again.replayed, reused == first.id, retracted]))
"""


@pytest.fixture
def address(service: Service) -> Iterator[str]:
    """The address of the API."""
    with serving(service) as address:
        yield address


def run(*command: str | Path, cwd: Path, **env: str) -> str:
    """Return what a command prints, without the modules of this run."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "AWS_"))}
    done = subprocess.run(command, cwd=cwd, env=inherited | env, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def build(folder: Path, package: str) -> Path:
    """Build a package into a new folder and return its file."""
    run(ROOT / "bin" / "packages", folder, package, cwd=ROOT)
    [made] = folder.iterdir()
    return made


def other_pythons() -> list[str]:
    """Return the programs of this Python and of the oldest one that the client supports, if it is installed."""
    oldest = shutil.which("python3.11")
    works = oldest and subprocess.run([oldest, "-c", ""], capture_output=True).returncode == 0
    return [sys.executable, *([oldest] if oldest and works else [])]


def test_the_wheel_needs_only_httpx_and_anyio_and_works_alone(tmp_path: Path, address: str, connect: Connect) -> None:
    wheel = build(tmp_path / "one", "clients/python")
    assert wheel.read_bytes() == build(tmp_path / "two", "clients/python").read_bytes()
    with zipfile.ZipFile(wheel) as archive:
        [metadata] = [name for name in archive.namelist() if name.endswith("METADATA")]
        fields = HeaderParser().parsestr(archive.read(metadata).decode())
        assert [each.split(">")[0] for each in fields.get_all("Requires-Dist") or []] == ["anyio", "httpx"]
        assert fields["Name"] == "carillon-client"
        assert "carillon_client/py.typed" in archive.namelist()
    for python in other_pythons():
        venv = tmp_path / Path(python).name
        run(ROOT / ".venv" / "bin" / "uv", "venv", "--quiet", "--no-config", "--python", python, venv, cwd=tmp_path)
        run(
            ROOT / ".venv" / "bin" / "uv", "pip", "install", "--quiet", "--no-config", "--offline", "--no-deps",
            "--python", venv / "bin" / "python", wheel, cwd=tmp_path,
        )  # fmt: skip
        # Its dependencies are those of the tests, because no test downloads anything. They are pure Python.
        dependencies = sysconfig.get_path("purelib")
        printed = run(venv / "bin" / "python", "-W", "error", "-c", USE, address, cwd=tmp_path, PYTHONPATH=dependencies)
        file, *seen = json.loads(printed)
        assert Path(file).is_relative_to(venv)
        assert seen == [False, True, True, "alice"]
        connect().execute("DELETE FROM notifications")


FETCH = f"""
const real = globalThis.fetch;
const addresses = new Map([["https://id.example.com/oauth2/token", "ADDRESS{TOKEN_PATH}"]]);
globalThis.fetch = (input, init) => {{
  const url = String(input);
  if (url.startsWith("https://app.example.com/")) return Promise.resolve(Response.json({{ token: "token-0" }}));
  return real(addresses.get(url) ?? url.replace("https://api.example.com", "ADDRESS"), init);
}};
"""


def test_the_package_of_npm_has_types_and_its_readme_runs(
    tmp_path: Path, address: str, install_npm: Callable[[Path], Path]
) -> None:
    """The examples reach the functions: `fetch` finds them under the addresses of the examples."""
    package = build(tmp_path / "one", "clients/typescript")
    assert package.read_bytes() == build(tmp_path / "two", "clients/typescript").read_bytes()
    project = install_npm(package)
    (project / "readme.ts").write_text("\n".join(code_of(TYPESCRIPT / "README.md", "ts")))
    (project / "fetch.mjs").write_text(FETCH.replace("ADDRESS", address))
    tsc = TYPESCRIPT / "node_modules" / "typescript" / "bin" / "tsc"
    options = ("--strict", "--exactOptionalPropertyTypes", "--target", "ES2022", "--module", "NodeNext")
    types = ("--types", "node", "--typeRoots", str(TYPESCRIPT / "node_modules" / "@types"))
    run("node", tsc, *options, *types, "readme.ts", cwd=project)
    printed = run("node", "--import", "./fetch.mjs", "readme.js", cwd=project, CARILLON_CLIENT_SECRET=SECRET)
    [*_, listed, recorded, reused, sent] = lines = printed.splitlines()
    assert " false " in lines[0]
    assert listed.startswith("0 ")
    assert recorded == "1500"
    assert reused.startswith("recorded before as ")
    assert sent == "1"


@pytest.fixture
def install_npm(tmp_path: Path) -> Callable[[Path], Path]:
    """Install a package of npm into a new project, and return the project."""

    def install(package: Path) -> Path:
        project = tmp_path / "project"
        project.mkdir()
        (project / "package.json").write_text('{"type": "module", "private": true}')
        run("npm", "install", "--offline", "--no-audit", "--no-fund", "--silent", package, cwd=project)
        return project

    return install
