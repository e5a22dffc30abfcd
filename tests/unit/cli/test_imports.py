"""The modules that a command imports: each in a fresh Python, until it first asks AWS.

Every command is a new process, so an import of each command is time that an operator waits.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.paths import ROOT

# Prints the modules at the first connection, or at the end if the command makes none.
PROGRAM = """
import json, os, sys

def report():
    sys.__stderr__.write("\\n" + json.dumps(sorted(sys.modules)))
    sys.__stderr__.flush()
    os._exit(0)

def watch(event, _):
    if event in ("socket.connect", "socket.getaddrinfo"):
        report()

sys.addaudithook(watch)
from cli.start import main
sys.argv[0] = "carillon"
try:
    main()
finally:
    report()
"""
FOR_AWS = {"botocore", "dateutil", "urllib3", "jmespath"}
FOR_TABLES = {"rich"}
FOR_ANSWERS = {"carillon.operations", "carillon.models.notification"}
# The service's own, and what only the functions need. boto3 adds to botocore only what no command uses.
NEVER = {"aws_lambda_powertools", "boto3", "jinja2", "jwt", "psycopg", "requests", "s3transfer", "werkzeug"}
STACK = ("--stack-name", "carillon", "--region", "eu-central-1")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Return a folder with a devstack that does not answer."""
    addresses = {"stack_name": "carillon", "region": "us-east-1"} | dict.fromkeys(
        ("endpoint_url", "issuer"), "http://127.0.0.1:1"
    )
    (tmp_path / ".local").mkdir()
    (tmp_path / ".local" / "stack.json").write_text(json.dumps(addresses))
    return tmp_path


def modules(folder: Path, *arguments: str) -> set[str]:
    env = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    env |= {"PYTHONPATH": str(ROOT), "AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing"}
    env |= {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull}
    run = subprocess.run(
        [sys.executable, "-c", PROGRAM, *arguments], cwd=folder, env=env, capture_output=True, text=True, check=True
    )
    return set(json.loads(run.stderr.splitlines()[-1]))


@pytest.mark.parametrize(
    ("arguments", "forbidden"),
    [
        (("--version",), {"pydantic", "http", *FOR_AWS, *FOR_TABLES, *FOR_ANSWERS}),
        (("--help",), {"pydantic", "http", *FOR_AWS, *FOR_ANSWERS}),
        (("token", "--user", "alice"), {*FOR_AWS, *FOR_TABLES, *FOR_ANSWERS}),
        (("explain", "expired"), {*FOR_AWS, *FOR_ANSWERS}),
        (("cost",), {*FOR_AWS, *FOR_ANSWERS}),
        (("doctor", "--help"), {"dns", *FOR_AWS, *FOR_ANSWERS}),
        (("doctor", *STACK), FOR_TABLES),
        (("stats", *STACK), FOR_TABLES),
        (("stats",), FOR_TABLES),
        (("user", "alice", *STACK), FOR_TABLES),
        (("dlq", "ls", *STACK), {*FOR_TABLES, *FOR_ANSWERS}),
        (("erase", "alice", "--yes", *STACK), FOR_TABLES),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_a_command_imports_only_what_it_needs_before_it_asks_aws(
    checkout: Path, arguments: tuple[str, ...], forbidden: set[str]
) -> None:
    imported = modules(checkout, *arguments)
    assert "cli.main" in imported
    assert imported & (NEVER | forbidden) == set()
    # Else a command that fails before its request would pass.
    assert ("botocore.session" in imported) == ("botocore" not in forbidden)
