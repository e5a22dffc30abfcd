"""The commands that a person runs beside a devstack: `invoke` with recorded events, the printed lines, `logs`."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.conftest import Stack
from tests.support.paths import ROOT
from tests.support.provider_events import EMAIL_EVENTS, PUSH_FAILURE

EVENTS = {
    "http-create": "create",
    "http-list": "read",
    "http-mark": "read",
    "http-retract": "create",
    "http-put-recipient": "recipients",
    "http-unsubscribe": "recipients",
    "http-unsubscribe-one-click": "recipients",
    "sqs-batch": "deliver",
    **dict.fromkeys((*EMAIL_EVENTS, PUSH_FAILURE), "provider_events"),
    "schedule": "reaper",
    "custom-resource-create": "migrate",
    "custom-resource-update": "migrate",
    "custom-resource-delete": "migrate",
    "operator-stats": "operator",
    "hints": "live_hints",
    "listener-subscribe": "live_authorizer",
}


def devstack(stack: Stack, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "devstack", *arguments, "--state", stack.state]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)


def invoke(stack: Stack, name: str) -> Any:
    result = devstack(stack, "invoke", EVENTS[name], Path("events") / f"{name}.json")
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)


def test_these_tests_use_every_recorded_event() -> None:
    assert {path.stem for path in (ROOT / "events").glob("*.json")} == set(EVENTS)


@pytest.mark.parametrize("name", [name for name in EVENTS if name.startswith("http-")])
def test_a_recorded_request_is_answered(stack: Stack, name: str) -> None:
    invoke(stack, "http-create")  # other events name its notification; its idempotency key makes repeats harmless
    answer = invoke(stack, name)
    # The recorded unsubscribe link has no valid signature, so its answer is a page with status 404.
    assert answer["statusCode"] in ((404,) if "unsubscribe" in name else (200, 201)), answer


def test_a_recorded_hint_is_published_and_a_listener_without_a_token_is_refused(stack: Stack) -> None:
    assert invoke(stack, "hints") == {"batchItemFailures": []}
    assert invoke(stack, "listener-subscribe") == {"isAuthorized": False, "ttlOverride": 0}


def test_a_recorded_batch_reports_its_one_bad_message(stack: Stack) -> None:
    bad = json.loads((ROOT / "events" / "sqs-batch.json").read_text())["Records"][1]["messageId"]
    assert invoke(stack, "sqs-batch") == {"batchItemFailures": [{"itemIdentifier": bad}]}


@pytest.mark.parametrize("name", [EMAIL_EVENTS[3], PUSH_FAILURE])
def test_a_recorded_provider_event_is_parsed(stack: Stack, name: str) -> None:
    reported = invoke(stack, name)["batchItemFailures"]
    # Its delivery does not exist. The delivery of a push may still appear, so that event waits in the queue.
    assert len(reported) == (1 if name == PUSH_FAILURE else 0)


def test_a_recorded_schedule_runs_the_reaper(stack: Stack) -> None:
    result = devstack(stack, "invoke", "reaper", "events/schedule.json")
    assert result.returncode == 0, result.stderr
    assert "reaper" in result.stderr  # its log


def test_a_recorded_action_is_answered(stack: Stack) -> None:
    assert invoke(stack, "operator-stats")["result"]["failed"] >= 0


@pytest.mark.parametrize("request_type", ["create", "update", "delete"])
def test_migrate_answers_cloudformation_as_in_a_deploy(stack: Stack, request_type: str) -> None:
    answer = invoke(stack, f"custom-resource-{request_type}")
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", "carillon-schema"), answer
    assert ("Data" in answer) is (request_type != "delete")


def test_the_first_printed_line_pasted_twice_sends_one_email(stack: Stack) -> None:
    lines = [line for line in stack.printed().splitlines() if line.startswith("curl ")]
    assert len(lines) == 3

    def paste(line: str) -> Any:
        completed = subprocess.run(
            ["bash", "-c", line], capture_output=True, text=True, check=True, stdin=subprocess.DEVNULL, timeout=60
        )
        return json.loads(completed.stdout)

    def emails() -> list[Any]:
        return [email for email in stack.emails("alice@example.com") if "A payment failed" in email["Subject"]]

    before = len(emails())
    first = paste(lines[0])["notification"]
    stack.wait_for(lambda: len(emails()) > before, 10, "email")
    assert paste(lines[0])["notification"]["id"] == first["id"]
    assert first["id"] in [row["id"] for row in paste(lines[1])["notifications"]]
    paste(lines[2])
    assert paste(lines[1])["unread_count"] == 0
    assert len(emails()) == before + 1


def test_the_functions_log_can_be_read(stack: Stack) -> None:
    invoke(stack, "sqs-batch")
    result = devstack(stack, "logs")
    assert result.returncode == 0, result.stderr
    lines = result.stdout.splitlines()
    assert [line for line in lines if line.split()[1] == "deliver"], lines[-20:]
    assert not [line for line in lines if " START RequestId" in line]
