"""The command `carillon` on the running devstack, with the deployed function, its queues and the real worker."""

import json
import os
import subprocess
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.conftest import Stack
from tests.support.paths import ROOT
from tests.support.story_people import Person

Carillon = Callable[..., Any]


@pytest.fixture
def carillon(stack: Stack, tmp_path: Path) -> Carillon:
    """Return a function: `carillon("stats")` runs `carillon stats --json` and returns the parsed output.

    The command runs in a folder below a checkout, and finds the devstack by itself.
    """
    (tmp_path / ".local").mkdir()
    (tmp_path / ".local" / "stack.json").write_text(json.dumps(stack.data))
    (tmp_path / "subfolder").mkdir()
    env = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "CARILLON_"))}

    def run(*arguments: str, code: int = 0) -> Any:
        completed = subprocess.run(
            [ROOT / ".venv" / "bin" / "carillon", *arguments, "--json"],
            cwd=tmp_path / "subfolder", env=env, capture_output=True, text=True, check=False, timeout=120,
        )  # fmt: skip
        assert completed.returncode == code, completed.stdout + completed.stderr
        return json.loads(completed.stdout)

    return run


def test_a_smoke_test_passes_every_hop(stack: Stack, carillon: Carillon) -> None:
    answer = carillon("smoke", "--to", "success@simulator.amazonses.com")
    assert answer["passed"], answer
    assert [hop["hop"] for hop in answer["hops"]][-2:] == ["claimed", "sent"]
    assert [email for email in stack.emails("success@simulator.amazonses.com") if "nothing to do" in email["Subject"]]
    assert carillon("user", "carillon-smoke", code=1)["known"] is False


def test_the_command_says_why_bob_got_no_email(stack: Stack, carillon: Carillon) -> None:
    body = {"user_id": "bob", "event_name": "job.failed", "title": uuid.uuid4().hex, "severity": "critical"}
    recorded = stack.request("POST", "/notifications", stack.producer_token(), body).body["notification"]["id"]
    last = carillon("user", "bob")["last"][0]
    assert last["notification_id"] == recorded
    assert last["channels"]["email"]["reason"] == "disabled"
    assert carillon("trace", recorded)["time_line"][0]["what"] == "recorded"


def test_a_dead_letter_is_replayed_once(stack: Stack, carillon: Carillon) -> None:
    title = uuid.uuid4().hex
    person = Person(stack).settle()
    body = {"user_id": person.user_id, "event_name": "job.failed", "title": title, "severity": "critical"}
    recorded = stack.request("POST", "/notifications", stack.producer_token(), body).body["notification"]["id"]

    def emails() -> int:
        return len([email for email in person.emails() if title in email["Subject"]])

    stack.wait_for(emails, 20, "email")
    with stack.database() as database:
        # Pretend that it used up its attempts.
        [row] = database.execute(
            """
            UPDATE deliveries AS d
            SET status = 'failed', attempts = 5, error_code = 'e2e', finished_at = now() - interval '1 second'
            FROM delivery_items AS i
            WHERE i.notification_id = %s AND d.id = i.delivery_id
            RETURNING d.id
            """,
            [recorded],
        ).fetchall()
    message = json.dumps({"delivery_id": str(row[0])})
    stack.aws("sqs").send_message(QueueUrl=stack.data["dlq_url"], MessageBody=message)
    assert carillon("dlq", "replay", "--error", "e2e", "--dry-run")["sent"] == 1
    assert carillon("dlq", "replay", "--error", "e2e")["sent"] == 1
    stack.wait_for(lambda: emails() == 2, 20, "replay")
    assert carillon("dlq", "replay", "--error", "e2e")["sent"] == 0
    assert carillon("failed", "ls", "--error", "e2e")["failed"] == []
    assert carillon("log")["acts"][0]["action"] == "replay"


def test_the_doctor_checks_the_devstack_and_says_what_it_could_not_check(carillon: Carillon) -> None:
    report = carillon("doctor", code=1)  # no one hears the alarms of a devstack
    checks = {check["check"]: check for check in report["checks"]}
    # Other tests deploy stacks that share the server, and leave dead letters.
    left = {"connections_oversold", "dead_letters", "dead_events"}
    for name in ("stack_status", "api", "database", "endpoints", "issuer", "event_sources", "alarms"):
        found = {finding["code"] for finding in checks[name]["findings"]} - left
        assert checks[name]["level"] == "ok" or (checks[name]["findings"] and not found), checks[name]
    codes = {finding["code"] for check in report["checks"] for finding in check["findings"]}
    assert codes <= {"not_on_devstack", "listener_missing", *left}
