"""deploy/review_change_set.py: what a person reads before a deploy, and what it refuses."""

import json
import subprocess
import sys
from typing import Any

import pytest

from deploy.review_change_set import LASTING
from tests.support.paths import ROOT
from tests.support.translated_template import translated


def change(name: str, kind: str, action: str = "Modify", replacement: str = "False", cause: str = "") -> dict[str, Any]:
    details = [{"Target": {"Attribute": "Properties", "Name": cause, "RequiresRecreation": "Always"}}] if cause else []
    one = {"Action": action, "LogicalResourceId": name, "ResourceType": kind, "Details": details}
    return {"Type": "Resource", "ResourceChange": one | ({"Replacement": replacement} if action == "Modify" else {})}


def review(*changes: dict[str, Any], allow: str = "") -> subprocess.CompletedProcess[str]:
    text = json.dumps({"StackName": "carillon", "ChangeSetId": "arn:x", "Changes": changes})
    script = ROOT / "deploy" / "review_change_set.py"
    return subprocess.run([sys.executable, script, "--allow", allow], input=text, capture_output=True, text=True)


DATABASE = change("Instance", "AWS::RDS::DBInstance", replacement="True", cause="DBName")


def test_harmless_changes_pass_and_are_listed() -> None:
    done = review(
        change("Create", "AWS::Lambda::Function"),
        change("Hints", "AWS::SQS::Queue", "Add"),
        change("Instance", "AWS::RDS::DBInstance"),
    )
    assert done.returncode == 0
    assert "Nothing is removed or replaced." in done.stdout
    assert "Changed in place (2): `Create`, `Instance`." in done.stdout
    assert "New (1): `Hints`." in done.stdout


def test_a_function_may_be_removed_and_the_page_says_so() -> None:
    done = review(change("Old", "AWS::Lambda::Function", "Remove"))
    assert done.returncode == 0
    assert "| `Old` | AWS::Lambda::Function | removed |" in done.stdout


@pytest.mark.parametrize(
    ("one", "said"),
    [
        (DATABASE, "would be replaced: the database is empty"),
        (change("Instance", "AWS::RDS::DBInstance", "Remove"), "would be removed"),
        (change("Instance", "AWS::RDS::DBInstance", replacement="Conditional", cause="Port"), "maybe replaced"),
    ],
    ids=["replaced", "removed", "conditional"],
)
def test_the_database_is_not_lost_without_a_word(one: dict[str, Any], said: str) -> None:
    done = review(one)
    assert done.returncode == 1
    assert said in done.stdout
    assert "Refused to remove or replace: Instance" in done.stderr
    assert review(one, allow="Vpc").returncode == 1


def test_a_person_may_name_it_and_the_page_still_shows_the_loss() -> None:
    done = review(DATABASE, allow="Vpc, Instance")
    assert (done.returncode, done.stderr) == (0, "")
    row = "| `Instance` | AWS::RDS::DBInstance | replaced | `DBName` | the database is empty |"
    assert row in done.stdout


def test_the_page_says_what_cloudformation_keeps() -> None:
    one = change("Instance", "AWS::RDS::DBInstance", "Remove")
    one["ResourceChange"]["PolicyAction"] = "Snapshot"
    assert "| removed (Snapshot) |" in review(one).stdout


def test_what_lasts_comes_first() -> None:
    done = review(change("A", "AWS::Lambda::Function", "Remove"), DATABASE)
    assert done.stdout.index("| `Instance` |") < done.stdout.index("| `A` |")


def test_resources_that_the_template_keeps_are_lasting() -> None:
    resources = translated()["Resources"].values()
    kept = {one["Type"] for one in resources if one.get("DeletionPolicy") in ("Retain", "Snapshot")}
    assert kept - {"AWS::Lambda::LayerVersion"} <= set(LASTING)  # a layer's versions are kept for a rollback
    assert set(LASTING) <= {one["Type"] for one in resources}
