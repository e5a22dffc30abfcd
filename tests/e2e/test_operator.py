"""`carillon` without options, on the running devstack: the deployed function, its queues, the real worker."""

import json
import os
import subprocess
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.conftest import ROOT, Stack
from tests.support.story_people import Person

Carillon = Callable[..., Any]


@pytest.fixture
def carillon(stack: Stack, tmp_path: Path) -> Carillon:
    """`carillon("stats")` runs the command with --json in a folder below a checkout, and returns what it printed."""
    (tmp_path / ".local").mkdir()
    (tmp_path / ".local" / "stack.json").write_text(json.dumps(stack.data))
    (tmp_path / "below").mkdir()
    env = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "CARILLON_"))}

    def run(*arguments: str, code: int = 0) -> Any:
        done = subprocess.run(
            [ROOT / ".venv" / "bin" / "carillon", *arguments, "--json"],
            cwd=tmp_path / "below", env=env, capture_output=True, text=True, check=False, timeout=120,
        )  # fmt: skip
        assert done.returncode == code, done.stdout + done.stderr
        return json.loads(done.stdout)

    return run


def test_a_smoke_test_passes_every_hop(stack: Stack, carillon: Carillon) -> None:
    told = carillon("smoke", "--to", "success@simulator.amazonses.com")
    assert told["passed"], told
    assert [hop["hop"] for hop in told["hops"]][-2:] == ["claimed", "sent"]
    assert [email for email in stack.emails("success@simulator.amazonses.com") if "nothing to do" in email["Subject"]]
    assert carillon("user", "carillon-smoke", code=1)["known"] is False


def test_why_bob_got_no_email(stack: Stack, carillon: Carillon) -> None:
    body = {"user_id": "bob", "event_name": "job.failed", "title": uuid.uuid4().hex, "severity": "critical"}
    made = stack.request("POST", "/notifications", stack.producer_token(), body).body["notification"]["id"]
    last = carillon("user", "bob")["last"][0]
    assert last["notification_id"] == made
    assert last["channels"]["email"]["reason"] == "disabled"
    assert carillon("trace", made)["time_line"][0]["what"] == "recorded"


def test_a_dead_letter_is_replayed_once(stack: Stack, carillon: Carillon) -> None:
    title = uuid.uuid4().hex
    person = Person(stack).settle()
    body = {"user_id": person.user_id, "event_name": "job.failed", "title": title, "severity": "critical"}
    made = stack.request("POST", "/notifications", stack.producer_token(), body).body["notification"]["id"]

    def emails() -> int:
        return len([email for email in person.emails() if title in email["Subject"]])

    stack.wait_for(emails, 20, "email")
    with stack.database() as database:
        # As if its attempts had been used up instead.
        [row] = database.execute(
            """
            UPDATE notification_deliveries AS d
            SET status = 'failed', attempts = 5, error_code = 'e2e', finished_at = now() - interval '1 second'
            FROM notification_delivery_items AS i
            WHERE i.notification_id = %s AND d.id = i.delivery_id
            RETURNING d.id
            """,
            [made],
        ).fetchall()
    message = json.dumps({"delivery_id": str(row[0])})
    stack.aws("sqs").send_message(QueueUrl=stack.data["dlq_url"], MessageBody=message)
    assert carillon("dlq", "replay", "--error", "e2e", "--dry-run")["sent"] == 1
    assert carillon("dlq", "replay", "--error", "e2e")["sent"] == 1
    stack.wait_for(lambda: emails() == 2, 20, "replay")
    assert carillon("dlq", "replay", "--error", "e2e")["sent"] == 0
    assert carillon("failed", "ls", "--error", "e2e")["failed"] == []
    assert carillon("log")["acts"][0]["action"] == "replay"
