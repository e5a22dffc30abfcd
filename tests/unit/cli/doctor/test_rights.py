"""The rights that the command needs: those after a deploy are in the operator's policy."""

from fnmatch import fnmatchcase
from typing import Any

import pytest

from cli.doctor import checks
from cli.doctor.check import AnyCheck
from tests.support.paths import ROOT
from tests.support.translated_template import PROFILES, Worked, listed


def rights(checks: tuple[AnyCheck, ...]) -> list[str]:
    """Return the IAM actions that checks need."""
    return sorted({action for check in checks for action in check.actions})


def allowed(profile: str) -> set[str]:
    document: Any = Worked(PROFILES[profile]).properties("OperatorPolicy")["PolicyDocument"]
    return {action for statement in document["Statement"] for action in listed(statement["Action"])}


@pytest.mark.parametrize("profile", PROFILES)
def test_the_operators_policy_allows_each_check_after_a_deploy(profile: str) -> None:
    assert set(rights(checks.AFTER)) <= allowed(profile)


def test_the_policy_allows_nothing_to_read_that_no_check_needs() -> None:
    read = {action for action in allowed("production") if action.split(":")[1].startswith(("Describe", "Get", "List"))}
    by_other_commands = {"sqs:ListMessageMoveTasks"}
    assert read - by_other_commands == {one for one in rights(checks.AFTER) if "Invoke" not in one}


def test_the_policy_names_the_resources_of_the_stack() -> None:
    worked = Worked(PROFILES["production"])
    statements: Any = worked.properties("OperatorPolicy")["PolicyDocument"]["Statement"]
    stack = "arn:aws:cloudformation:eu-central-1:123456789012:stack/carillon/0a1b2c3d-0000"
    about = {
        action: [str(each) for each in listed(statement["Resource"])]
        for statement in statements for action in listed(statement["Action"])
    }  # fmt: skip
    assert any(fnmatchcase(stack, pattern) for pattern in about["cloudformation:ListStackResources"])
    assert len(about["lambda:GetEventSourceMapping"]) == 3
    # IAM defines no resource for these two.
    assert {action for action, arns in about.items() if arns == ["*"]} == {
        "cloudwatch:GetMetricStatistics", "ses:GetAccount"
    }  # fmt: skip


def test_the_page_lists_the_rights_before_a_deploy() -> None:
    page = (ROOT / "docs" / "doctor.md").read_text("utf-8")
    block = page.partition("## Rights")[2]
    for one in (*rights(checks.BEFORE), *checks.DRIFT.actions):
        assert f'"{one}"' in block or f"`{one}`" in block, one
