"""deploy/role.yaml against the limits of IAM, in every partition and with the longest names."""

import json

import pytest

from tests.support import translated_template
from tests.support.translated_template import Worked
from tests.unit.deploy.test_role import POLICIES, role

# A region of each partition, with the longest name.
REGIONS = {
    "aws": "ap-southeast-1", "aws-cn": "cn-northwest-1", "aws-us-gov": "us-gov-west-1", "aws-eusc": "eusc-de-east-1",
    "aws-iso": "us-iso-west-1", "aws-iso-b": "us-isob-west-1", "aws-iso-e": "eu-isoe-west-1",
    "aws-iso-f": "us-isof-south-1",
}  # fmt: skip


@pytest.mark.parametrize("partition", REGIONS)
@pytest.mark.parametrize("name", [*POLICIES, "Boundary"])
def test_each_policy_fits_into_the_limit_of_iam(name: str, partition: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(translated_template.PSEUDO, "AWS::Partition", partition)
    monkeypatch.setitem(translated_template.PSEUDO, "AWS::Region", REGIONS[partition])
    longest = role().template["Parameters"]["StackName"]["AllowedPattern"]
    assert "{0,29}" in longest
    secret = f"arn:{partition}:secretsmanager:{REGIONS[partition]}:123456789012:secret:{'s' * 64}-AbCdEf"
    given = {"Repository": "acme/notifications", "StackName": "s" * 30, "DatabaseSecretArn": secret}
    given |= {"DatabaseSchema": "s" * 63}
    text = json.dumps(Worked(given, role().template).properties(name)["PolicyDocument"], separators=(",", ":"))
    assert len(text) <= 6144
