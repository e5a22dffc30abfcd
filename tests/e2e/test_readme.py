"""The README's commands do what it says."""

import json
import os
import re
import subprocess
from pathlib import Path

import pytest

from tests.e2e.conftest import ROOT, Stack

COMMANDS = re.findall(r"^```sh\n(.*?)\n```$", (ROOT / "README.md").read_text(), re.DOTALL | re.MULTILINE)


@pytest.fixture
def checkout(stack: Stack, tmp_path: Path) -> Path:
    """A folder in which the test's own devstack looks like the one of `make run`."""
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


def test_the_first_curl_line_makes_an_email_arrive_once(stack: Stack, checkout: Path) -> None:
    [curl] = [command for command in COMMANDS if command.startswith("curl -X POST")]

    def emails() -> list[object]:
        return [email for email in stack.emails("alice@example.com") if "Your payment failed" in email["Subject"]]

    with stack.database() as database:  # what other tests sent her within this minute would count for her limit
        database.execute(
            "UPDATE notification_deliveries SET first_available_at = first_available_at - interval '1 hour'"
            " WHERE user_id = 'alice'"
        )
    first = json.loads(run(curl, stack, checkout))["notification"]
    stack.wait_for(emails, 10, "email")
    again = json.loads(run(curl, stack, checkout))["notification"]

    assert again["id"] == first["id"]
    assert len(emails()) == 1


def test_a_recorded_event_runs_by_hand(stack: Stack, checkout: Path) -> None:
    [invoke] = [command for command in COMMANDS if "devstack invoke" in command]

    answer = json.loads(run(invoke, stack, checkout))

    assert answer["statusCode"] in (200, 201)
    assert json.loads(answer["body"])["notification"]["id"]


def test_the_devstack_page_makes_tokens_and_opens_the_database(stack: Stack, checkout: Path) -> None:
    [block] = re.findall(r"```sh\n(.*?)```", (ROOT / "docs" / "devstack.md").read_text(), re.DOTALL)
    *tokens, psql = block.splitlines()

    for line in tokens:
        assert run(line, stack, checkout).count(".") == 2
    assert run(f"{psql} -c 'SELECT 41 + 1'", stack, checkout).split()[2] == "42"


def test_only_two_commands_are_needed() -> None:
    assert {"make run", "make test"} <= set(COMMANDS)
