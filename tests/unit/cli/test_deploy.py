"""`carillon deploy`, with a program in the place of SAM and a stub of AWS."""

import json
from pathlib import Path

import pytest

from cli.deploy.release import installed_version
from tests.support.team_stack import Aws, after, calls, carillon, refused


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
