"""deploy/github/deploy.yml: its steps, run with stand-ins for sam and aws, and the rights that they need."""

import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from cli.deploy.rollout import NONE
from tests.support.iam import actions
from tests.support.paths import ROOT
from tests.support.rollout import CANARY, built
from tests.support.translated_template import TOOLS
from tests.unit.deploy.test_role import of_job, role

WORKFLOW: dict[str | bool, Any] = yaml.safe_load((ROOT / "deploy" / "github" / "deploy.yml").read_text())
JOBS = WORKFLOW["jobs"]
PAGE = (ROOT / "docs" / "pipelines.md").read_text()
ARN = "arn:aws:cloudformation:eu-central-1:123456789012:changeSet/samcli-deploy1/0a1b"

# A stand-in: it logs its arguments, and answers with the next line of the file answers, or with nothing.
STAND_IN = """#!/bin/bash
echo "$(basename "$0") $*" >>"$RUNNER/calls"
[ "$1 $2" = "cloudformation execute-change-set" ] && exit
answer=$(head -1 "$RUNNER/answers")
sed -i 1d "$RUNNER/answers" # before it answers: a step may go on after the first line
[ -z "$answer" ] || echo "$answer"
[ ! -e "$RUNNER/fails" ]
"""


@pytest.fixture
def runner(tmp_path: Path) -> Path:
    for name in ("sam", "aws"):
        (tmp_path / name).write_text(STAND_IN)
        (tmp_path / name).chmod(0o755)
    for name in ("answers", "calls", "output", "summary"):
        (tmp_path / name).touch()
    return tmp_path


def step(job: str, name: str) -> dict[str, Any]:
    [found] = [one for one in JOBS[job]["steps"] if one.get("name") == name]
    return found


def run(runner: Path, job: str, name: str, *answers: str, **more: str) -> subprocess.CompletedProcess[str]:
    """Run a step as GitHub does, in an empty folder. `more` are variables of the step."""
    assert WORKFLOW["defaults"]["run"]["shell"] == "bash"
    (runner / "answers").write_text("".join(f"{answer}\n" for answer in answers))
    given = {"PATH": f"{runner}:{os.environ['PATH']}", "RUNNER": str(runner), "STACK": "carillon", "PAUSE": "0"}
    given |= {"GITHUB_OUTPUT": str(runner / "output"), "GITHUB_STEP_SUMMARY": str(runner / "summary"), "TIMES": "3"}
    given |= {"GITHUB_ENV": str(runner / "env"), "RUNNER_TEMP": str(runner), "TEMPLATE": "built.yaml"}
    given |= {"PROFILE": "production", "BUCKET": "artifacts", "STACK_ROLE_ARN": "arn:r", "CHANGE_SET": ARN}
    script = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step(job, name)["run"]]
    return subprocess.run(script, env=given | more, cwd=runner, capture_output=True, text=True)


def test_the_jobs_are_those_whom_the_roles_trust() -> None:
    defaults = {name: one.get("Default") for name, one in role().template["Parameters"].items()}
    assert WORKFLOW[True]["push"]["branches"] == [defaults["Branch"]]  # YAML reads "on" as true
    assert "environment" not in JOBS["plan"]
    assert JOBS["apply"]["environment"] == defaults["Environment"]
    assert (WORKFLOW["permissions"], JOBS["apply"]["permissions"]) == ({}, {"id-token": "write"})


@pytest.mark.parametrize(("job", "name"), [("plan", "Plan"), ("apply", "Apply")])
def test_each_job_assumes_its_role_which_may_make_its_calls(job: str, name: str) -> None:
    [credentials] = [one["with"] for one in JOBS[job]["steps"] if "configure-aws-credentials" in one.get("uses", "")]
    assert f"vars.{name.upper()}_ROLE_ARN" in credentials["role-to-assume"]
    scripts = " ".join(one.get("run", "") for one in JOBS[job]["steps"])
    calls = re.findall(r"aws (cloudformation|cloudwatch) ([a-z-]+)", scripts)
    assert calls
    for service, command in calls:
        assert f"{service}:{command.title().replace('-', '')}" in actions(of_job(name))


def test_the_session_of_a_job_lasts_as_long_as_the_job() -> None:
    for job, name in (("plan", "Plan"), ("apply", "Apply")):
        [credentials] = [
            one["with"] for one in JOBS[job]["steps"] if "configure-aws-credentials" in one.get("uses", "")
        ]
        seconds = credentials.get("role-duration-seconds", 3600)  # the default of the action, and of a role's longest
        assert seconds >= JOBS[job]["timeout-minutes"] * 60
        assert seconds <= role().properties(name).get("MaxSessionDuration", 3600)


def test_the_session_of_the_job_of_a_folder_does_too() -> None:
    starter = ROOT / "cli" / "deploy" / "starter" / "github" / "workflows" / "deploy.yml"
    [job] = yaml.safe_load(starter.read_text())["jobs"].values()
    [credentials] = [one["with"] for one in job["steps"] if "configure-aws-credentials" in one.get("uses", "")]
    assert credentials["role-duration-seconds"] == job["timeout-minutes"] * 60
    assert credentials["role-duration-seconds"] <= role(jobs="one").properties("Apply")["MaxSessionDuration"]


def test_every_variable_of_the_workflow_is_on_the_page_with_the_output_that_it_holds() -> None:
    text = (ROOT / "deploy" / "github" / "deploy.yml").read_text()
    used = set(re.findall(r"vars\.(\w+)", text))
    rows = dict(re.findall(r"^ *\| `([A-Z_]+)` \| (.+) \|$", PAGE, re.MULTILINE))
    assert set(rows) == used
    outputs = set(re.findall(r"`(\w+)`, (?:an output|the same)", " ".join(rows.values())))
    assert outputs == set(role().template["Outputs"]) - {"BoundaryArn"}


def added(runner: Path, **variables: str) -> str:
    """Run the step that adds the rollout, and return the template that the next step deploys."""
    (runner / "env").unlink(missing_ok=True)
    done = run(runner, "plan", "Add the rollout", **variables)
    assert done.returncode == 0, done.stderr
    name = (runner / "env").read_text().removeprefix("TEMPLATE=").strip()
    return (runner / name).read_text()


def test_the_plan_adds_the_rollout_that_the_repository_chose(runner: Path) -> None:
    python = runner / "sam-python" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text(f'#!/bin/bash\nPYTHONPATH="{ROOT}" exec "{TOOLS}/python" "$@"\n')
    python.chmod(0o755)
    own = {"RUNNER_TEMP": str(runner / "temp"), "URGENT": ""}
    (runner / "temp").mkdir()
    (runner / "temp" / "sam").symlink_to(python.parent.parent)
    template = built(runner / ".aws-sam" / "build")
    (runner / "samconfig.toml").write_text("")
    assert added(runner, ROLLOUT=NONE, **own) == template.read_text()
    first = added(runner, ROLLOUT=CANARY, **own)
    assert "Canary10Percent10Minutes" in first
    assert added(runner, ROLLOUT=CANARY, **own) == first
    assert added(runner, ROLLOUT=CANARY, PROFILE="trial", **own) != first, "another profile has other values"
    assert "DeploymentPreference" in first
    assert "DeploymentPreference" not in added(runner, ROLLOUT=CANARY, **(own | {"URGENT": "yes"}))
    assert '--template-file "$TEMPLATE"' in step("plan", "Create a change set")["run"]


def test_the_plan_finds_the_change_set_that_sam_has_created(runner: Path) -> None:
    done = run(runner, "plan", "Create a change set", f"Changeset created successfully. {ARN}")
    assert done.returncode == 0, done.stderr
    assert (runner / "output").read_text() == f"arn={ARN}\n"
    [call] = (runner / "calls").read_text().splitlines()
    assert "--no-execute-changeset --no-confirm-changeset --no-fail-on-empty-changeset" in call


def test_the_plan_says_that_there_is_nothing_to_do(runner: Path) -> None:
    done = run(runner, "plan", "Create a change set", "No changes to deploy. Stack carillon is up to date")
    assert done.returncode == 0, done.stderr
    assert (runner / "output").read_text() == "arn=\n"
    assert JOBS["apply"]["if"] == "needs.plan.outputs.change_set != ''"


def test_a_deploy_that_sam_refuses_fails(runner: Path) -> None:
    (runner / "fails").touch()
    assert run(runner, "plan", "Create a change set", "Error").returncode != 0


@pytest.mark.parametrize(
    ("before", "after", "option"),
    [
        ("UPDATE_COMPLETE 9", "UPDATE_COMPLETE", ""),
        ("UPDATE_FAILED 9", "UPDATE_COMPLETE", ""),
        ("UPDATE_FAILED 0", "UPDATE_COMPLETE", " --disable-rollback"),
        ("CREATE_FAILED 0", "UPDATE_COMPLETE", " --disable-rollback"),
        ("REVIEW_IN_PROGRESS 0", "CREATE_COMPLETE", " --disable-rollback"),
    ],
)
def test_the_change_set_is_executed_and_awaited(runner: Path, before: str, after: str, option: str) -> None:
    done = run(runner, "apply", "Execute the change set", before, "UPDATE_IN_PROGRESS", after)
    assert done.returncode == 0, done.stderr
    calls = (runner / "calls").read_text().splitlines()
    assert calls[1] == f"aws cloudformation execute-change-set --change-set-name {ARN}{option}"
    assert len(calls) == 4
    assert (runner / "summary").read_text() == f"The stack is {after}.\n"


def test_a_rollback_fails_the_job_and_says_why(runner: Path) -> None:
    answers = ("UPDATE_COMPLETE 9", "UPDATE_ROLLBACK_IN_PROGRESS", "UPDATE_ROLLBACK_COMPLETE", "Migration: refused")
    done = run(runner, "apply", "Execute the change set", *answers)
    assert done.returncode == 1
    assert (runner / "summary").read_text() == "The stack is UPDATE_ROLLBACK_COMPLETE.\nMigration: refused\n"


def test_an_alarm_after_the_deploy_fails_the_job(runner: Path) -> None:
    assert run(runner, "apply", "Watch the alarms", "", "", "").returncode == 0
    done = run(runner, "apply", "Watch the alarms", "", "carillon-ApiErrorsAlarm-1A2B")
    assert done.returncode == 1
    assert "Alarms after the deploy: carillon-ApiErrorsAlarm-1A2B." in (runner / "summary").read_text()
