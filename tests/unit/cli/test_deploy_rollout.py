"""`carillon deploy` with a gradual rollout, and with a role of CloudFormation's own."""

from pathlib import Path

import pytest

from cli.deploy.release import installed_version
from cli.deploy.rollout import NONE
from tests.support.rollout import CANARY, built
from tests.support.team_stack import Aws, after, calls, carillon


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
    assert "DeploymentPreference" in template.read_text()
    assert carillon("deploy", "staging", "--yes", "--urgent").exit_code == 0
    assert "DeploymentPreference" not in template.read_text()


def test_without_a_rollout_the_built_template_is_deployed(acme: Path, cloud: Aws) -> None:
    template = rolled_out(acme, NONE)
    assert carillon("deploy", "staging", "--yes").exit_code == 0
    assert after(calls(acme)[1], "--template-file") == str(template.with_name("template.yaml"))
    assert "--max-wait-duration" not in calls(acme)[1], "older releases of SAM lack it"
    assert not template.exists()


def test_cloudformation_gets_the_role_of_the_environment(acme: Path, cloud: Aws) -> None:
    assert carillon("deploy", "staging", "--yes").exit_code == 0
    assert "--role-arn" not in calls(acme)[1]
    arn = "arn:aws:iam::123456789012:role/pipeline/stack"
    text = (acme / "carillon.toml").read_text()
    (acme / "carillon.toml").write_text(text.replace("[staging]\n", f'[staging]\nrole = "{arn}"\n'))
    assert carillon("deploy", "staging", "--yes").exit_code == 0
    assert after(calls(acme)[3], "--role-arn") == arn


@pytest.mark.parametrize(
    ("before", "chosen", "says"), [(None, CANARY, True), (CANARY, NONE, True), (CANARY, CANARY, False)]
)
def test_a_switch_of_the_rollout_says_what_it_costs(
    acme: Path, cloud: Aws, before: str | None, chosen: str, says: bool
) -> None:
    rolled_out(acme, chosen)
    cloud.has(**({"Version": "0.0.9"} | ({"Rollout": before} if before else {})))
    result = carillon("deploy", "staging", "--yes")
    assert ("may answer 500 for some seconds" in result.stderr) is says, result.stderr
