"""Each profile, deployed to the CloudFormation of the emulator: created, updated from an older template, and deleted.

Functions have placeholder code that answers CloudFormation: the devstack deploys the real code. A resource that the
emulator does not know is a placeholder; tests/unit/template/test_template_translated.py checks those.
"""

import io
import json
import os
import re
import subprocess
import tempfile
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from devstack.aws.emulator import Emulator
from devstack.machine.lock import Registry
from devstack.machine.options import Options
from tests.support.environment import RUN_DIR, free_port
from tests.support.translated_template import PROFILES, ROOT, Worked, translated

pytestmark = pytest.mark.slow

UNKNOWN = {
    "AWS::EC2::EgressOnlyInternetGateway", "AWS::EC2::SecurityGroupEgress", "AWS::EC2::SecurityGroupIngress",
    "AWS::EC2::VPCCidrBlock", "AWS::EC2::NatGateway", "AWS::EC2::EIP",
    "AWS::RDS::DBProxy", "AWS::RDS::DBProxyTargetGroup", "AWS::RDS::DBCluster", "AWS::RDS::DBClusterParameterGroup",
    "AWS::AppSync::Api", "AWS::AppSync::ChannelNamespace",
}  # fmt: skip
# Attributes of resources that the emulator knows or replaces.
ATTRIBUTES = {
    "Instance.MasterUserSecret.SecretArn": "arn:aws:secretsmanager:us-east-1:000000000000:secret:made-by-rds",
    "Instance.DbiResourceId": "db-MADEBYRDS",
    "Cluster.MasterUserSecret.SecretArn": "arn:aws:secretsmanager:us-east-1:000000000000:secret:made-by-rds",
    "Cluster.DBClusterResourceId": "cluster-MADEBYRDS",
    "Proxy.DBProxyArn": "arn:aws:rds:us-east-1:000000000000:db-proxy:prx-0a",
    "NatAddress.AllocationId": "eipalloc-0a",
    "EventApi.ApiId": "event-api",
    "EventApi.ApiArn": "arn:aws:appsync:us-east-1:000000000000:apis/event-api",
    "HintsNamespace.ChannelNamespaceArn": "arn:aws:appsync:us-east-1:000000000000:apis/event-api/channelNamespace/h",
    "EventApi.Dns.Http": "event-api.appsync-api.us-east-1.amazonaws.com",
    "EventApi.Dns.Realtime": "event-api.appsync-realtime-api.us-east-1.amazonaws.com",
}
CODE = """
import json, urllib.request

def handler(event, context):
    if "ResponseURL" in event:
        answer = {name: event[name] for name in ("StackId", "RequestId", "LogicalResourceId")}
        answer |= {"Status": "SUCCESS", "PhysicalResourceId": "carillon-schema"}
        answer["Data"] = {"DefaultEmail": "critical", "ProducerScopes": "separate"}
        body = json.dumps(answer).encode()
        request = urllib.request.Request(event["ResponseURL"], body, {"Content-Type": ""}, method="PUT")
        urllib.request.urlopen(request, timeout=10)
"""
WITHIN_SECONDS = 60


class Clouds:
    """The emulator with one stack."""

    def __init__(self, emulator: Emulator) -> None:
        self.emulator = emulator
        self.formation = emulator.client("cloudformation")
        code = io.BytesIO()
        with zipfile.ZipFile(code, "w") as archive:
            for function in Worked({}).resources("AWS::Lambda::Function").values():
                archive.writestr(f"{function['Properties']['Handler'].partition('.')[0]}.py", CODE)
        self.s3 = emulator.client("s3")
        self.s3.create_bucket(Bucket="bucket")  # the location of the code after cfn-lint's transform
        self.s3.put_object(Bucket="bucket", Key="value", Body=code.getvalue())

    def deploy(self, kind: str, given: dict[str, str], template: dict[str, Any]) -> dict[str, str]:
        """`create` or `update` the stack and return the ids of its resources. A failure shows its reasons."""
        body = json.dumps({name: part for name, part in _adapted(template).items() if name != "Transform"})
        self.s3.put_object(Bucket="bucket", Key="template.json", Body=body)
        address = f"{self.s3.meta.endpoint_url}/bucket/template.json"
        parameters = [{"ParameterKey": name, "ParameterValue": value} for name, value in given.items()]
        deploy = getattr(self.formation, f"{kind}_stack")
        deploy(StackName="carillon", TemplateURL=address, Parameters=parameters, Capabilities=["CAPABILITY_IAM"])
        status = self._wait()
        reasons = [
            f"{event['LogicalResourceId']}: {event.get('ResourceStatusReason')}"
            for page in self.formation.get_paginator("describe_stack_events").paginate(StackName="carillon")
            for event in page["StackEvents"]
            if event["ResourceStatus"].endswith("FAILED")
        ]
        assert status == f"{kind.upper()}_COMPLETE", reasons
        return self.resources()

    def parameters(self, profile: str) -> dict[str, str]:
        """Return the parameters of a profile. A zone and a VPC that it names are made: the emulator looks for them."""
        given = {"AppUrl": "https://app.example.com"} | PROFILES[profile]
        if "HostedZoneId" in given:
            zone = self.emulator.client("route53").create_hosted_zone(Name="example.com", CallerReference=profile)
            given["HostedZoneId"] = zone["HostedZone"]["Id"].removeprefix("/hostedzone/")
        if "VpcId" not in given:
            return given
        ec2 = self.emulator.client("ec2")
        vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        subnets = [
            ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{i}.0/24", AvailabilityZone=f"us-east-1{zone}")["Subnet"]
            for i, zone in enumerate("ab")
        ]
        group = ec2.create_security_group(VpcId=vpc, GroupName="endpoints", Description="what endpoints admit")
        return given | {
            "VpcId": vpc,
            "SubnetIds": ",".join(subnet["SubnetId"] for subnet in subnets),
            "SecurityGroupIds": group["GroupId"],
        }

    def resources(self) -> dict[str, str]:
        """Return the logical and physical ids of the stack's resources."""
        found = self.formation.describe_stack_resources(StackName="carillon")["StackResources"]
        return {each["LogicalResourceId"]: each["PhysicalResourceId"] for each in found}

    def delete(self) -> None:
        """Delete the stack, and wait until it is gone."""
        self.formation.delete_stack(StackName="carillon")
        assert self._wait() == "DELETE_COMPLETE"

    def _wait(self) -> str:
        deadline = time.monotonic() + WITHIN_SECONDS
        while time.monotonic() < deadline:
            try:
                [stack] = self.formation.describe_stacks(StackName="carillon")["Stacks"]
            except (ClientError, ValueError):
                return "DELETE_COMPLETE"
            if not stack["StackStatus"].endswith("IN_PROGRESS"):
                return stack["StackStatus"]
            time.sleep(0.1)  # CloudFormation sends no event: ask again
        raise AssertionError("CloudFormation is not done")


def _adapted(template: Any) -> Any:
    """Return the template without the parts that the emulator does not support."""
    match template:
        case {"Fn::GetAtt": [name, attribute]} if f"{name}.{attribute}" in ATTRIBUTES:
            return ATTRIBUTES[f"{name}.{attribute}"]
        case {"Fn::Sub": "{{resolve:secretsmanager:${LiveKey}}}"}:
            return "key"  # the emulator has no dynamic references
        case {"Type": kind, **rest} if kind in UNKNOWN:
            kept = {name: part for name, part in rest.items() if name in ("Condition", "DependsOn")}
            return {"Type": "AWS::CloudFormation::WaitConditionHandle", **kept}
        case dict():
            return {name: _adapted(part) for name, part in template.items() if name != "Ipv6CidrBlock"}
        case list():
            return [_adapted(part) for part in template]
        case str():
            return re.sub(r"\$\{(?:Proxy|Cluster|DomainIdentity|EventApi)\.([\w.]+)\}", r"\1", template)
        case _:
            return template


@pytest.fixture(scope="module")
def clouds() -> Iterator[Clouds]:
    state = Path(tempfile.mkdtemp(prefix="emulator-", dir=os.environ[RUN_DIR]))
    options, registry = Options(state=state, port=free_port() - 3), Registry(state)
    emulator = Emulator(options, registry)
    emulator.start()
    try:
        yield Clouds(emulator)
    finally:
        emulator.stop()
        registry.clear()


def before() -> dict[str, Any] | None:
    """Return the newest template in the history whose resources differ from today's, or None without such a commit."""
    git = ["git", "-C", str(ROOT)]
    log = subprocess.run([*git, "log", "--format=%H", "--", "template.yaml"], capture_output=True, text=True)
    now = translated()["Resources"]
    for commit in log.stdout.split():  # without a history, git exits with an error and lists no commit
        text = subprocess.run([*git, "show", f"{commit}:template.yaml"], capture_output=True, text=True, check=True)
        with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
            file.write(text.stdout)
            file.flush()
            if (old := translated(Path(file.name)))["Resources"] != now:
                return old
    return None


@pytest.mark.parametrize("profile", PROFILES)
def test_a_profile_is_created_and_deleted_and_keeps_its_users(clouds: Clouds, profile: str) -> None:
    given = clouds.parameters(profile)
    made = clouds.deploy("create", given, translated())
    assert set(made) == set(Worked(given).resources())
    pools = clouds.emulator.client("cognito-idp")

    clouds.delete()

    left = {pool["Id"] for pool in pools.list_user_pools(MaxResults=60)["UserPools"]}
    assert (made.get("UserPool") in left) == Worked(given).conditions["MakesPool"], "the users are kept"
    assert clouds.emulator.client("sqs").list_queues().get("QueueUrls", []) == []


def test_an_update_from_the_previous_template_keeps_the_data(clouds: Clouds) -> None:
    old = before()
    if old is None:
        pytest.skip("no history of the template here")
    # An upgrade leaves the parameters that are new at their defaults.
    given = {"AppUrl": "https://app.example.com"} | PROFILES["production"]
    given = {name: value for name, value in given.items() if name in old["Parameters"]}
    made = clouds.deploy("create", given, old)
    changed = clouds.deploy("update", given, translated())
    assert set(changed) == set(Worked(given).resources())
    # Resources with data stay the same.
    for name in ("Instance", "UserPool", "Deliveries", "DeadLetters", "EventQueue"):
        assert changed[name] == made[name], name
    clouds.delete()


@pytest.mark.parametrize(
    "change",
    [
        {"Size": "medium"},
        {"Network": "nat"},
        {"Database": "multi-az-proxy", "Size": "small"},
        {"AlarmEmail": "a@example.com"},
    ],
)
def test_a_changed_parameter_keeps_the_data(clouds: Clouds, change: dict[str, str]) -> None:
    given = {"AppUrl": "https://app.example.com"} | PROFILES["trial"]
    made = clouds.deploy("create", given, translated())
    changed = clouds.deploy("update", given | change, translated())
    assert set(changed) == set(Worked(given | change).resources())
    assert [changed[name] for name in ("Instance", "UserPool", "Deliveries")] == [
        made[name] for name in ("Instance", "UserPool", "Deliveries")
    ]
    clouds.delete()


def test_a_move_to_aurora_keeps_the_people_and_the_messages(clouds: Clouds) -> None:
    """The snapshot has the data. On AWS the instance is protected, so it stays beside the stack."""
    given = {"AppUrl": "https://app.example.com"} | PROFILES["trial"]
    snapshot = PROFILES["aurora, moved"]["DatabaseSnapshot"]
    move = {"Database": "aurora", "DatabaseSnapshot": snapshot}
    made = clouds.deploy("create", given, translated())
    changed = clouds.deploy("update", given | move, translated())
    assert set(changed) == set(Worked(given | move).resources())
    assert {"Cluster", "Writer", "Reader"} <= set(changed)
    for name in ("UserPool", "Deliveries", "DeadLetters", "EventQueue"):
        assert changed[name] == made[name], name
    clouds.delete()
