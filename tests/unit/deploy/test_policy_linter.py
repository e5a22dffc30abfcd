"""parliament finds nothing in the policies of template.yaml and deploy/role.yaml but what is named here."""

import json
import subprocess
from typing import Any

import pytest

from tests.support.paths import ROOT
from tests.support.rollout import worked as with_rollout
from tests.support.template import load
from tests.support.translated_template import PROFILES, Worked, listed

PYTHON = ROOT / ".venv-checks" / "bin" / "python"
# Runs in the environment of the checks: prints the name and the text of each finding in the policies of its input.
LINT = """
import json, sys, warnings
warnings.simplefilter("ignore")  # of pkg_resources
from parliament import analyze_policy_string

found = []
for name, document in json.load(sys.stdin).items():
    for one in analyze_policy_string(json.dumps(document), ignore_private_auditors=True).findings:
        found.append([name, f"{one.issue} {json.dumps(one.detail)}"])
json.dump(found, sys.stdout)
"""

# Part of the text -> why it is right.
ACCEPTED = {
    "GetFunctionScalingConfig": "newer than parliament's list of actions",
    "DescribeVpcEncryptionControls": "newer than parliament's list of actions",
    "apigateway:TagResource": "parliament's list lacks it, and API Gateway refuses a stage with tags without it",
    "apigateway:UntagResource": "the same",
    "logs:DescribeLogGroups": "AWS's reference names the resource, parliament's older list does not",
    "ses:CreateConfigurationSet": "AWS's reference names the resource, parliament's older list does not",
    "rds:DescribeDBInstances": "CloudFormation reads without a name",
    'RESOURCE_STAR ["cloudwatch:DescribeAlarms"]': "as AWS's own policy for CodeDeploy: not all kinds have a resource",
    "ec2:CreateNetworkInterface": "as AWS's own policy for functions in a VPC",
    "Account expected": "the owner of a transform is called aws",
    "sns:CreatePlatformEndpoint": "SNS checks the platform application, which AWS's reference omits",
    "sns:SetPlatformApplicationAttributes": "the same",
    "sns:SetEndpointAttributes": "the same",
    "sns:DeleteEndpoint": "the same",
}

NAMES = {  # what AWS names
    "${Artifacts.Arn}": "arn:aws:s3:::artifacts",
    "${StackRole.Arn}": "arn:aws:iam::123456789012:role/pipeline/stack",
    "${Boundary}": "arn:aws:iam::123456789012:policy/pipeline/boundary",
    "${Instance.MasterUserSecret.SecretArn}": "arn:aws:secretsmanager:eu-central-1:123456789012:secret:rds!db-0a1b",
    "${Instance.DbiResourceId}": "db-EXAMPLE",
    "['${Proxy.DBProxyArn}'][6]": "prx-EXAMPLE",
    "${HintsNamespace.ChannelNamespaceArn}": "arn:aws:appsync:eu-central-1:123456789012:apis/a1/channelNamespace/hints",
    "${ConfigurationSet}": "carillon",
    "${AlarmTopic}": "arn:aws:sns:eu-central-1:123456789012:carillon-alarms",
    "${EventTopic}": "arn:aws:sns:eu-central-1:123456789012:carillon-provider-events",
    "${Create.Arn}": "arn:aws:lambda:eu-central-1:123456789012:function:carillon-Create-1A2B",
    "${Read.Arn}": "arn:aws:lambda:eu-central-1:123456789012:function:carillon-Read-1A2B",
    "${Recipients.Arn}": "arn:aws:lambda:eu-central-1:123456789012:function:carillon-Recipients-1A2B",
    "${Operator.Arn}": "arn:aws:lambda:eu-central-1:123456789012:function:carillon-Operator-1A2B",
}


def policies(worked: Worked) -> dict[str, Any]:
    """Return the documents of policies and of roles, without those that say who may assume a role."""
    found = {name: one["Properties"] for name, one in worked.resources("AWS::IAM::").items()}
    documents = {name: one["PolicyDocument"] for name, one in found.items() if "PolicyDocument" in one}
    for name, one in found.items():
        documents |= {f"{name}.{each['PolicyName']}": each["PolicyDocument"] for each in one.get("Policies", [])}
    for document in documents.values():
        for each in document["Statement"]:
            each["Resource"] = [worked.arn(named(one)) for one in listed(each["Resource"])]
    return json.loads(named(json.dumps(documents)))


def named(text: str) -> str:
    """Return a text with the names that AWS chooses."""
    for name, value in NAMES.items():
        text = text.replace(name, value)
    return text


@pytest.mark.slow
def test_parliament_finds_nothing_but_what_is_accepted() -> None:
    if not PYTHON.exists():
        pytest.fail("parliament is not installed here: bin/setup --checks", pytrace=False)
    role = Worked({"Repository": "acme/notifications"}, load((ROOT / "deploy" / "role.yaml").read_text()))
    documents = policies(role)
    for given in PROFILES.values():
        documents |= policies(with_rollout(given))
    assert len(documents) > 25
    done = subprocess.run([PYTHON, "-c", LINT], input=json.dumps(documents), capture_output=True, text=True, check=True)
    found: list[list[str]] = json.loads(done.stdout)
    assert [one for one in found if not any(part in one[1] for part in ACCEPTED)] == []
    assert [part for part in ACCEPTED if not any(part in one[1] for one in found)] == [], "accepted, but not found"
