"""The commands of README.md and docs/devstack.md do what these pages say."""

import json
import os
import re
import subprocess
from pathlib import Path

import pytest

from tests.e2e.conftest import Stack
from tests.support.paths import ROOT

COMMANDS = re.findall(r"^```sh\n(.*?)\n```$", (ROOT / "README.md").read_text(), re.DOTALL | re.MULTILINE)


@pytest.fixture
def checkout(stack: Stack, tmp_path: Path) -> Path:
    """Return a folder like a checkout, with the devstack of these tests."""
    state = tmp_path / ".local"
    state.mkdir()
    (state / "stack.json").write_text(json.dumps(stack.data))
    for name in (".venv", "events", "devstack"):
        (tmp_path / name).symlink_to(ROOT / name)
    return tmp_path


def run(command: str, stack: Stack, checkout: Path) -> str:
    return subprocess.run(
        ["bash", "-c", command.replace("http://127.0.0.1:8760", stack.data["api_url"])],
        cwd=checkout,
        env=os.environ | {"CARILLON_STATE": str(checkout / ".local")},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        check=True,
        text=True,
        timeout=60,
    ).stdout


def test_the_first_curl_line_sends_one_email_even_if_it_is_repeated(stack: Stack, checkout: Path) -> None:
    [curl] = [command for command in COMMANDS if command.startswith("curl -X POST")]

    def emails() -> list[object]:
        return [email for email in stack.emails("alice@example.com") if "Your payment failed" in email["Subject"]]

    with stack.database() as database:  # emails to alice by other tests in this minute would count for her rate limit
        database.execute(
            "UPDATE deliveries SET first_available_at = first_available_at - interval '1 hour' WHERE user_id = 'alice'"
        )
    first = json.loads(run(curl, stack, checkout))["notification"]
    stack.wait_for(emails, 10, "email")
    again = json.loads(run(curl, stack, checkout))["notification"]

    assert again["id"] == first["id"]
    assert len(emails()) == 1


def test_the_invoke_command_runs_a_recorded_event(stack: Stack, checkout: Path) -> None:
    [invoke] = [command for command in COMMANDS if "devstack invoke" in command]

    answer = json.loads(run(invoke, stack, checkout))

    assert answer["statusCode"] in (200, 201)
    assert json.loads(answer["body"])["notification"]["id"]


def test_the_commands_of_the_devstack_page_make_tokens_and_open_the_database(stack: Stack, checkout: Path) -> None:
    [block, *_] = re.findall(r"```sh\n(.*?)```", (ROOT / "docs" / "devstack.md").read_text(), re.DOTALL)
    *tokens, psql = block.splitlines()

    for line in tokens:
        assert run(line, stack, checkout).count(".") == 2
    assert run(f"{psql} -c 'SELECT 41 + 1'", stack, checkout).split()[2] == "42"


def test_the_readme_names_make_run_and_make_test() -> None:
    assert {"make run", "make test"} <= set(COMMANDS)
