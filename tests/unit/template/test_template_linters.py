"""Linters find nothing in template.yaml, also with a gradual rollout, and deploy/ but what is skipped with a reason."""

import os
import subprocess
from pathlib import Path

import pytest
import yaml

from cli.deploy.rollout import write_rollout
from tests.support.rollout import CANARY, built
from tests.support.translated_template import ROOT

pytestmark = pytest.mark.slow

TEMPLATES = ("template.yaml", "deploy/role.yaml", "deploy/edge.yaml")

QUIET = os.environ | {"SAM_CLI_TELEMETRY": "0", "AWS_DEFAULT_REGION": "eu-central-1"}


def run(*words: str | Path) -> str:
    program = ROOT / words[0]
    if not program.exists():
        pytest.fail(f"{words[0]} is not installed here: bin/setup --checks", pytrace=False)
    completed = subprocess.run([program, *words[1:]], capture_output=True, text=True, cwd=ROOT, env=QUIET)
    assert completed.returncode == 0, completed.stdout + completed.stderr
    return completed.stdout


def test_sam_accepts_the_template() -> None:
    assert "is a valid SAM Template" in run(".venv-tools/bin/sam", "validate", "--lint")


@pytest.fixture
def rollout(tmp_path: Path) -> Path:
    """A template of a gradual rollout."""
    return write_rollout(built(tmp_path / "built"), CANARY)


def test_cfn_lint_finds_nothing_by_any_rule(rollout: Path) -> None:
    everything = ["--include-checks", "I", "E", "W", "--include-experimental"]
    regions = ["--regions", "eu-central-1", "us-east-1"]
    assert run(".venv-tools/bin/cfn-lint", *TEMPLATES, rollout, *regions, *everything) == ""


def test_checkov_finds_nothing_beyond_the_skipped_checks(rollout: Path) -> None:
    output = run(".venv-checks/bin/checkov", "--file", *TEMPLATES, rollout)
    assert "Failed checks: 0" in output
    passed = int(output.partition("Passed checks: ")[2].partition(",")[0])
    assert passed > 140, "checkov has checked too little"


def test_every_skipped_check_has_a_reason_beside_it_and_is_needed(tmp_path: Path) -> None:
    text = (ROOT / ".checkov.yaml").read_text()
    lines = text.splitlines()
    skipped = yaml.safe_load(text)["skip-check"]
    assert len(skipped) <= 9
    for number, line in enumerate(lines):
        if line.strip().startswith("- "):
            assert lines[number - 1].strip().startswith("#"), line
    # In a folder without the project's configuration, checkov reports each of them.
    completed = subprocess.run(
        [ROOT / ".venv-checks/bin/checkov", "--file", ROOT / "template.yaml", ROOT / "deploy/role.yaml",
         "--framework", "cloudformation", "--compact", "--quiet", "--skip-download"],
        capture_output=True, text=True, cwd=tmp_path, env=QUIET,
    )  # fmt: skip
    assert [check for check in skipped if check not in completed.stdout] == []
