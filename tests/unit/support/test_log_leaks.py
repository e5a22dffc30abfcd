"""The check of all log lines finds leaks, and fails a run that has one."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import log_leaks
from tests.support.paths import ROOT

JWT = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIn0."
LEAKS = {
    '{"message": "sent", "to": "alice.smith+x@example.co.uk"}': "an address",
    "GET /recipients?email=alice%40example.com": "an address",
    f"authorization: {JWT}": "a token",
    "Authorization: Bearer abcdefgh12": "a token",
    "cannot connect to postgresql://carillon:a-password@db.internal:5432/carillon": "a password",
    "host=db.internal password=a-password": "a password",
    '{"PASSWORD": "a-password"}': "a password",
    "https://bucket.s3.amazonaws.com/key?X-Amz-Signature=0f": "a signature",
    "GET /unsubscribe/bGV0IG1lIGdv.c2lnbmVk": "a signature",
    "arn:aws:sns:eu-central-1:123456789012:endpoint/GCM/app/0001": "a device",
    "token-of-alice was refused": "a device",
    "0123456789abcdef" * 4: "a device",
    '{"title": "MARKEDTITLE"}': "content",
    "Payment failed": "content",
    'duplicate key (title)=("d41d8cd98f00b204e9800998ecf8427e")': "content",
}
CLEAN = """
{"level":"INFO","location":"_log:211","message":"delivery_sent","timestamp":"2026-11-24 10:00:00,000+0000","items":3}
{"delivery_id":"019a9f3c-0000-7000-8000-000000000001","channel":"email","claim_no":1,"sent_after_ms":120}
{"function_arn":"arn:aws:lambda:eu-central-1:123456789012:function:x","trace":"1-5f0e0d0c-0123456789abcdef01234567"}
{"message": "claim_failed", "error": "unavailable", "location": "work:107"}
START RequestId: 5f0e0d0c-0000-4000-8000-000000000001 Version: $LATEST
""".strip().splitlines()
LEAKING = """
import logging

from aws_lambda_powertools import Logger

logger = Logger(child=True)


def test_that_logs_too_much(capsys) -> None:
    logger.info("sent", extra={"to": "somebody" + "@" + "example.com"})


def test_that_prints_too_much() -> None:
    print("Bearer " + "abcdefgh12")


def test_that_logs_as_it_should() -> None:
    logger.info("sent", extra={"delivery_id": 1})
"""


@pytest.mark.parametrize("line", LEAKS)
def test_a_leak_is_found(line: str) -> None:
    assert LEAKS[line] in log_leaks.forbidden_kinds(line)


def test_the_usual_log_lines_are_no_leaks() -> None:
    assert [log_leaks.forbidden_kinds(line) for line in CLEAN] == [[]] * len(CLEAN)


def test_a_leak_is_reported_with_its_test(tmp_path: Path) -> None:
    (tmp_path / "1.log").write_text("--- test_a (call)\nfine\n--- test_b (call)\nto a@example.com\nfine\n")
    (tmp_path / "2.log").write_text("password=x\n")
    lines, found = log_leaks.find_leaks(tmp_path)
    assert (lines, [(leak.kind, leak.test) for leak in found]) == (
        4, [("an address", "test_b (call)"), ("a password", "no test")],
    )  # fmt: skip


@pytest.mark.parametrize("workers", [[], ["-n", "1"]], ids=["alone", "xdist"])
def test_a_leak_fails_a_run_whose_tests_all_pass(tmp_path: Path, workers: list[str]) -> None:
    (tmp_path / "test_leaking.py").write_text(LEAKING)
    env = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "CARILLON_TEST"))}
    command = [sys.executable, "-m", "pytest", "-p", "tests.conftest", "-p", "no:cacheprovider", *workers, tmp_path]
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "3 passed" in done.stdout
    assert "an address, in " in done.stdout
    assert "test_that_logs_too_much (call):" in done.stdout
    assert "a token, in " in done.stdout
    assert "test_that_prints_too_much:" in done.stdout
    assert "test_that_logs_as_it_should" not in done.stdout
