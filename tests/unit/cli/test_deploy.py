"""`carillon deploy` and `carillon teardown`, with a program in the place of SAM and a stub of AWS."""

import json
import os
import re
import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from cli.deploy.init import write_folder
from cli.deploy.release import installed_version
from cli.deploy.rollout import NONE
from cli.main import app
from cli.stack import Stack
from tests.support.rollout import CANARY, built
from tests.support.team_stack import SAM, Aws


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> Aws:
    cloud = Aws()

    def client(*_: object) -> Aws:
        return cloud

    monkeypatch.setattr(Stack, "client", client)
    return cloud


@pytest.fixture
def acme(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a new folder, which is the current one. `sam` is a program that succeeds."""
    write_folder(tmp_path / "acme", "acme", "eu-central-1")
    programs = tmp_path / "programs"
    programs.mkdir()
    for name, text in {"sam": SAM, "make": "", "python3.13": ""}.items():
        (programs / name).write_text(text)
        (programs / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("SAM_LOG", str(tmp_path / "sam.log"))
    monkeypatch.setenv("CARILLON_STACK", "another")  # for the other commands; it must not choose the stack here
    monkeypatch.chdir(tmp_path / "acme")
    return tmp_path / "acme"


def carillon(*words: str, typed: str | None = None) -> Result:
    return CliRunner().invoke(app, words, input=typed)


def calls(acme: Path) -> list[list[str]]:
    """Return the arguments of each call of SAM."""
    log = acme.parent / "sam.log"
    return [shlex.split(line) for line in log.read_text().splitlines()] if log.exists() else []


def after(arguments: list[str], option: str) -> str:
    return arguments[arguments.index(option) + 1]


def refused(result: Result, acme: Path, words: str, code: int = 2) -> None:
    assert result.exit_code == code, result.output
    assert re.search(words, result.stderr), result.stderr
    assert calls(acme) == [], "SAM was called"


def test_a_new_stack_is_built_and_deployed_with_every_parameter(acme: Path, cloud: Aws) -> None:
    result = carillon("deploy", "staging", "--yes")
    assert result.exit_code == 0, result.output
    build, deploy = calls(acme)
    assert build[0] == "build"
    assert Path(after(build, "--template-file")).read_text().startswith("# Written by bin/template")
    assert (after(deploy, "--stack-name"), after(deploy, "--region")) == ("acme-staging", "eu-central-1")
    assert after(deploy, "--tags") == "carillon:environment=staging"
    assert {"--resolve-s3", "--disable-rollback", "--no-confirm-changeset"} <= set(deploy)
    assert "--no-execute-changeset" not in deploy
    overrides = dict(each.split("=", 1) for each in deploy[deploy.index("--parameter-overrides") + 1 :])
    assert overrides["AppUrl"] == '"https://staging.example.com"'
    assert (overrides["Size"], overrides["EmailFrom"]) == ('"small"', '""')
    assert overrides == dict(each.split("=", 1) for each in build[build.index("--parameter-overrides") + 1 :])


def rolled_out(acme: Path, rollout: str) -> Path:
    """Choose a rollout for staging, and write what `sam build` would. Return the template that is to be deployed."""
    text = (acme / "carillon.toml").read_text()
    (acme / "carillon.toml").write_text(text.replace("[staging]\n", f'[staging]\nrollout = "{rollout}"\n'))
    return built(acme / ".carillon" / installed_version() / "built").with_name("rollout.yaml")


def test_a_rollout_is_added_to_the_template_that_is_deployed(acme: Path, cloud: Aws) -> None:
    template = rolled_out(acme, CANARY)
    assert carillon("deploy", "staging", "--yes").exit_code == 0
    assert after(calls(acme)[1], "--template-file") == str(template)
    assert int(after(calls(acme)[1], "--max-wait-duration")) > 90, "the longest rollout takes 90 minutes"
    first = template.read_text()
    assert carillon("deploy", "staging", "--yes").exit_code == 0
    assert template.read_text() == first, "a deploy without a change is empty"
    settings = (acme / "carillon.toml").read_text()
    (acme / "carillon.toml").write_text(settings.replace("staging.example.com", "new.example.com"))
    assert carillon("deploy", "staging", "--yes").exit_code == 0
    assert template.read_text() != first
    assert carillon("deploy", "staging", "--yes", "--urgent").exit_code == 0
    assert "AllAtOnce" in template.read_text()


def test_without_a_rollout_the_built_template_is_deployed(acme: Path, cloud: Aws) -> None:
    template = rolled_out(acme, NONE)
    assert carillon("deploy", "staging", "--yes").exit_code == 0
    assert after(calls(acme)[1], "--template-file") == str(template.with_name("template.yaml"))
    assert "--max-wait-duration" not in calls(acme)[1], "older releases of SAM lack it"
    assert not template.exists()


@pytest.mark.parametrize(
    ("before", "chosen", "says"), [(None, CANARY, True), (CANARY, NONE, True), (NONE, NONE, False)]
)
def test_a_switch_of_the_rollout_says_what_it_costs(
    acme: Path, cloud: Aws, before: str | None, chosen: str, says: bool
) -> None:
    rolled_out(acme, chosen)
    cloud.has(**({"Version": "0.0.9"} | ({"Rollout": before} if before else {})))
    result = carillon("deploy", "staging", "--yes")
    assert ("may answer 500 for some seconds" in result.stderr) is says, result.stderr


def test_json_is_the_only_output(acme: Path, cloud: Aws) -> None:
    cloud.has(Version="0.0.9", ApiUrl="https://api")
    result = carillon("deploy", "staging", "--yes", "--json")
    answer = json.loads(result.stdout)
    assert answer["outputs"] == {"Version": "0.0.9", "ApiUrl": "https://api"}
    assert f"acme-staging is upgraded from 0.0.9 to {installed_version()}." in result.stderr


def test_an_update_can_be_rolled_back_by_cloudformation(acme: Path, cloud: Aws) -> None:
    cloud.has(status="UPDATE_ROLLBACK_COMPLETE", Version=installed_version())
    assert carillon("deploy", "staging", "--yes").exit_code == 0
    assert "--no-disable-rollback" in calls(acme)[1]


@pytest.mark.parametrize("status", ["CREATE_FAILED", "UPDATE_FAILED"])
def test_a_stack_that_was_never_complete_is_continued(acme: Path, cloud: Aws, status: str) -> None:
    cloud.has(status=status)
    assert carillon("deploy", "staging", "--yes").exit_code == 0
    assert "--disable-rollback" in calls(acme)[1]


def test_a_dry_run_changes_nothing(acme: Path, cloud: Aws) -> None:
    result = carillon("deploy", "staging", "--dry-run")
    assert result.exit_code == 0
    assert "Nothing was changed in acme-staging." in result.stdout
    assert "--no-execute-changeset" in calls(acme)[1]


def test_a_rollback_says_what_is_promised(acme: Path, cloud: Aws) -> None:
    cloud.has(Version="99.0.0")
    result = carillon("deploy", "staging", "--yes")
    assert "acme-staging rolls back from 99.0.0 to" in result.stderr
    assert "works on the schema of the next one" in result.stderr


def test_without_a_terminal_nothing_is_confirmed(acme: Path, cloud: Aws) -> None:
    refused(carillon("deploy", "staging"), acme, "add --yes")


def test_another_release_than_the_pinned_one_is_refused(acme: Path, cloud: Aws) -> None:
    (acme / "requirements.txt").write_text("carillon-service[cli]==99.0.0\n")
    refused(carillon("deploy", "staging", "--yes"), acme, r"asks for 99\.0\.0, .* pip install -r requirements\.txt")
    assert cloud.asked == 0


@pytest.mark.parametrize(
    ("file", "text", "words"),
    [
        ("categories.toml", '[[categories]]\nname = "Payment"\n', "category Payment: name: must be lower-case words"),
        (
            "templates/payment_failed/1.toml",
            'description = "x"\n[texts.en]\ntitle = "{{ a"\n',
            r"failed/1\.toml: texts\.en",
        ),
        ("carillon.toml", 'name = "acme"\n[staging]\nregion = "eu-west-1"\n', r"\[staging\] AppUrl: is required"),
        (
            "carillon.toml",
            'name = "acme"\nAppUrl = "https://x"\nDefaultTimezone = "Europe/Berln"\n[staging]\nregion = "eu-west-1"\n',
            "Europe/Berln is not the name of a time zone",
        ),
        (
            "carillon.toml",
            'name = "acme"\nAppUrl = "ftp://x"\n[staging]\nregion = "eu-west-1"\n',
            "AppUrl: must be a URL",
        ),
    ],
)
def test_a_fault_of_a_file_is_named_before_aws_is_asked(
    acme: Path, cloud: Aws, file: str, text: str, words: str
) -> None:
    (acme / file).write_text(text)
    refused(carillon("deploy", "staging", "--yes"), acme, words)
    assert cloud.asked == 0


def test_a_missing_program_is_named(acme: Path, cloud: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(acme))
    refused(carillon("deploy", "staging", "--yes"), acme, "sam is not on the PATH. Install AWS SAM")


def test_a_trial_never_becomes_production(acme: Path, cloud: Aws) -> None:
    cloud.has(environment="trial")
    for more in ((), ("--adopt",)):
        refused(carillon("deploy", "staging", "--yes", *more), acme, "environment trial, and never becomes\\s+staging")


def test_a_stack_without_a_tag_is_taken_over_only_by_a_word(acme: Path, cloud: Aws) -> None:
    cloud.has(environment=None)
    refused(carillon("deploy", "staging", "--yes"), acme, "add --adopt")
    assert carillon("deploy", "staging", "--yes", "--adopt").exit_code == 0


def test_another_account_is_refused(acme: Path, cloud: Aws) -> None:
    text = (acme / "carillon.toml").read_text()
    (acme / "carillon.toml").write_text(text.replace('#account = "123456789012"', 'account = "210987654321"'))
    refused(carillon("deploy", "staging", "--yes"), acme, "account 123456789012, and acme-staging is in 210987654321")


def test_a_failure_of_sam_is_1(acme: Path, cloud: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SAM_EXIT", "7")
    result = carillon("deploy", "staging", "--yes", "--json")
    assert (result.exit_code, json.loads(result.stdout)["error"]["code"]) == (1, "sam_failed")


def test_outside_of_a_folder_the_command_names_init(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    result = carillon("deploy", "staging")
    assert result.exit_code == 2
    assert "carillon init NAME" in result.stderr


def test_a_teardown_needs_the_name_and_unprotects_the_database(acme: Path, cloud: Aws) -> None:
    refused(carillon("teardown", "staging", "--confirm", "acme-staging"), acme, "There is no stack acme-staging")
    cloud.has(DatabaseInstance="acme-instance")
    cloud.holds("InstanceSubnets", "DBSubnetGroup", "acme-subnets")
    cloud.holds("Instance", "DBInstance", "acme-instance")
    refused(carillon("teardown", "staging", "--confirm", "acme-production"), acme, "Nothing was deleted")
    refused(carillon("teardown", "staging", typed="yes\n"), acme, "Nothing was deleted")
    assert cloud.unprotected == []
    result = carillon("teardown", "staging", typed="acme-staging\n")
    assert result.exit_code == 0, result.output
    assert cloud.unprotected == ["acme-instance"]
    assert cloud.deleted == ["acme-staging"]
    cloud.has(environment="production")
    assert carillon("teardown", "staging", "--confirm", "acme-staging").exit_code == 2
    assert cloud.deleted == ["acme-staging"]


def test_a_teardown_unprotects_a_cluster_and_not_its_members(acme: Path, cloud: Aws) -> None:
    cloud.has()
    cloud.holds("Writer", "DBInstance", "w")
    cloud.holds("Cluster", "DBCluster", "c")
    cloud.holds("Reader", "DBInstance", "r")
    assert carillon("teardown", "staging", "--confirm", "acme-staging").exit_code == 0
    assert (cloud.unprotected, cloud.deleted) == (["c"], ["acme-staging"])


def test_a_teardown_of_a_stack_that_was_never_complete_unprotects_what_there_is(acme: Path, cloud: Aws) -> None:
    cloud.has(status="CREATE_FAILED")
    cloud.holds("Cluster", "DBCluster", "", status="CREATE_FAILED")
    cloud.holds("Instance", "DBInstance", "acme-instance")
    assert carillon("teardown", "staging", "--confirm", "acme-staging").exit_code == 0
    assert cloud.unprotected == ["acme-instance"]


def test_a_teardown_that_fails_says_why(acme: Path, cloud: Aws) -> None:
    cloud.has()
    cloud.fails_to_delete = True
    result = carillon("teardown", "staging", "--confirm", "acme-staging")
    assert result.exit_code == 1
    assert "acme-staging was not deleted: a bucket is not empty." in result.stderr
