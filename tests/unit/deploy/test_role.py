"""deploy/role.yaml: what the pipeline's roles may do, compared with the template that they deploy."""

import json
import re
from functools import cache
from typing import Any

import pytest
import yaml
from moto.iam.aws_managed_policies import aws_managed_policies_data

from tests.support.iam import Statement, actions, allowing, matches
from tests.support.paths import ROOT
from tests.support.rollout import gradual
from tests.support.rollout import worked as with_rollout
from tests.support.template import load
from tests.support.translated_template import ACCOUNT, PROFILES, Worked, listed, statements, translated

DEPLOY = ROOT / "deploy"
RIGHTS: dict[str, list[str]] = yaml.safe_load((DEPLOY / "rights.yaml").read_text())
WITHHELD = [one for many in yaml.safe_load((DEPLOY / "withheld.yaml").read_text()).values() for one in many]
TYPES = {resource["Type"] for resource in gradual()["Resources"].values()}
POLICIES = ("MayCode", "MayFunctions", "MayData", "MayMessages", "MayNetwork")
# No handler asks for these.
BESIDE_HANDLERS = {
    "lambda:InvokeFunction",  # Custom::Migration
    # AWS::Route53::RecordSet, whose schema names no handlers
    "route53:GetChange", "route53:GetHostedZone", "route53:ListResourceRecordSets",
    # Dependent actions of ec2:CreateVpcEndpoint with private DNS: the Service Authorization Reference.
    "route53:AssociateVPCWithHostedZone", "route53:DisassociateVPCFromHostedZone",
    # For the access log of an API: "Configure logging for HTTP APIs in API Gateway", its developer guide.
    "logs:DeleteLogDelivery", "logs:GetLogDelivery", "logs:ListLogDeliveries", "logs:UpdateLogDelivery",
}  # fmt: skip
PROVIDER = "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com"
SECRET = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:administrator"


@cache
def role(provider: str = "", jobs: str = "two") -> Worked:
    given = {"Repository": "acme/notifications", "DatabaseSecretArn": SECRET, "ProviderArn": provider, "Jobs": jobs}
    return Worked(given, load((DEPLOY / "role.yaml").read_text()))


def policy(name: str) -> list[Statement]:
    return role().properties(name)["PolicyDocument"]["Statement"]


def of_job(name: str, jobs: str = "two") -> list[Statement]:
    """Return what the role of a job may do."""
    return statements(role(jobs=jobs), name)


def stack_role() -> list[Statement]:
    return [each for name in POLICIES for each in policy(name)]


def is_withheld(action: str) -> bool:
    return any(matches(one, action) for one in WITHHELD)


def needed() -> set[str]:
    return {action for many in RIGHTS.values() for action in many}


@pytest.mark.parametrize("kind", sorted(TYPES))
def test_the_stack_role_may_make_each_type_of_resource(kind: str) -> None:
    if kind.startswith("Custom::"):
        return
    assert kind in RIGHTS, f"deploy/rights.yaml lacks {kind}: bin/rights SCHEMAS {kind}"
    granted = {action.lower() for action in actions(stack_role())}
    missing = [one for one in RIGHTS[kind] if one.lower() not in granted and not is_withheld(one)]
    assert missing == [], f"{kind} needs rights that neither deploy/role.yaml nor deploy/withheld.yaml names"


def test_no_right_is_listed_for_a_type_that_the_template_lacks() -> None:
    assert set(RIGHTS) <= TYPES


def test_the_stack_role_may_do_nothing_that_no_resource_needs() -> None:
    wanted = {one.lower() for one in needed() if not is_withheld(one)}
    assert {one for one in actions(stack_role()) if one.lower() not in wanted} == BESIDE_HANDLERS


def test_each_withheld_right_is_one_that_a_handler_asks_for() -> None:
    assert [one for one in WITHHELD if not any(matches(one, action) for action in needed())] == []


@pytest.mark.parametrize(
    ("action", "resource"),
    [
        ("iam:CreateRole", "arn:aws:iam::123456789012:role/carillon-CreateRole-1A2B"),
        ("iam:CreatePolicy", "arn:aws:iam::123456789012:policy/carillon-DatabaseApi-1A2B"),
        ("lambda:CreateFunction", f"arn:aws:lambda:{ACCOUNT}:function:carillon-Create-1A2B"),
        ("lambda:PublishLayerVersion", f"arn:aws:lambda:{ACCOUNT}:layer:Layer"),
        ("rds:CreateDBInstance", f"arn:aws:rds:{ACCOUNT}:db:carillon-instance-1a2b"),
        ("rds:CreateDBInstance", f"arn:aws:rds:{ACCOUNT}:subgrp:carillon-instancesubnets-1a2b"),
        ("events:PutRule", f"arn:aws:events:{ACCOUNT}:rule/carillon-ReaperEveryMinute-1A2B"),
        ("cloudwatch:PutMetricAlarm", f"arn:aws:cloudwatch:{ACCOUNT}:alarm:carillon-ApiErrorsAlarm-1A2B"),
        ("cloudwatch:PutMetricAlarm", f"arn:aws:cloudwatch:{ACCOUNT}:alarm:carillon-rollout-read"),
        ("codedeploy:CreateApplication", f"arn:aws:codedeploy:{ACCOUNT}:application:carillon-Serverless-1A2B"),
        ("codedeploy:CreateDeployment", f"arn:aws:codedeploy:{ACCOUNT}:deploymentgroup:carillon-S-1A/carillon-R-1B"),
    ],
)
def test_it_may_name_resources_as_cloudformation_does_and_no_others(action: str, resource: str) -> None:
    assert allowing(stack_role(), action, resource)
    assert not allowing(stack_role(), action, resource.replace("carillon", "other").replace("Layer", "Other"))


@pytest.mark.parametrize(
    ("kind", "name", "action", "arn"),
    [
        ("AWS::SQS::Queue", "QueueName", "sqs:CreateQueue", f"arn:aws:sqs:{ACCOUNT}:"),
        ("AWS::SNS::Topic", "TopicName", "sns:CreateTopic", f"arn:aws:sns:{ACCOUNT}:"),
        ("AWS::Logs::LogGroup", "LogGroupName", "logs:CreateLogGroup", f"arn:aws:logs:{ACCOUNT}:log-group:"),
        ("AWS::SES::ConfigurationSet", "Name", "ses:CreateConfigurationSet",
         f"arn:aws:ses:{ACCOUNT}:configuration-set/"),
        ("AWS::CloudWatch::Dashboard", "DashboardName", "cloudwatch:PutDashboard",
         "arn:aws:cloudwatch::123456789012:dashboard/"),
    ],
)  # fmt: skip
def test_it_may_make_what_the_template_gives_a_name(kind: str, name: str, action: str, arn: str) -> None:
    made = Worked(PROFILES["production"]).resources(kind)
    assert made
    for each in made.values():
        assert allowing(stack_role(), action, arn + each["Properties"][name])


def test_the_stack_role_changes_roles_only_with_the_boundary() -> None:
    writes = {"iam:CreateRole", "iam:PutRolePolicy", "iam:AttachRolePolicy", "iam:PutRolePermissionsBoundary"}
    for action in writes:
        for each in allowing(stack_role(), action, "arn:aws:iam::123456789012:role/carillon-CreateRole-1A2B"):
            assert each["Condition"] == {"ArnEquals": {"iam:PermissionsBoundary": "${Boundary}"}}
    for each in allowing(stack_role(), "iam:PassRole", "arn:aws:iam::123456789012:role/carillon-CreateRole-1A2B"):
        assert set(each["Condition"]["StringEquals"]) == {"iam:PassedToService"}


def test_the_pipeline_cannot_change_its_own_roles_and_policies() -> None:
    template = role().template["Resources"]
    kinds = ("AWS::IAM::Role", "AWS::IAM::ManagedPolicy")
    for name, each in ((name, each) for name, each in template.items() if each["Type"] in kinds):
        assert each["Properties"]["Path"] == "/pipeline/", name
        kind = "role" if each["Type"].endswith("Role") else "policy"
        # A stack may have the name of this template's own stack, or a longer one.
        arn = f"arn:aws:iam::123456789012:{kind}/pipeline/carillon-pipeline-{name}-1A2B"
        reach = [one for one in stack_role() if any(r != "*" and matches(r, arn) for r in listed(one["Resource"]))]
        assert reach == [], arn
    assert not {one for one in actions(stack_role()) if one.startswith("iam:")} & {"iam:*", "iam:CreateUser"}
    everywhere = [each for each in stack_role() if "*" in listed(each["Resource"])]
    assert not any(one.startswith("iam:") for one in actions(everywhere))


@pytest.mark.parametrize("provider", ["", PROVIDER])
def test_each_role_trusts_one_subject_of_one_repository(provider: str) -> None:
    subjects = {
        "Plan": "repo:acme/notifications:ref:refs/heads/main",
        "Apply": "repo:acme/notifications:environment:production",
    }
    for name, subject in subjects.items():
        [trust] = role(provider).properties(name)["AssumeRolePolicyDocument"]["Statement"]
        assert trust["Principal"] == {"Federated": provider or "${Provider}"}
        assert trust["Condition"] == {
            "StringEquals": {
                "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
                "token.actions.githubusercontent.com:sub": subject,
            }
        }
    assert ("Provider" in role(provider).resources()) == (not provider)


def test_one_job_creates_change_sets_and_the_other_executes_them() -> None:
    stack = f"arn:aws:cloudformation:{ACCOUNT}:stack/carillon/0a1b"
    [create] = allowing(of_job("Plan"), "cloudformation:CreateChangeSet", stack)
    assert create["Condition"] == {"ArnEquals": {"cloudformation:RoleArn": "${StackRole.Arn}"}}
    assert not allowing(of_job("Plan"), "cloudformation:ExecuteChangeSet", stack)
    assert allowing(of_job("Apply"), "cloudformation:ExecuteChangeSet", stack)
    for job in ("Plan", "Apply"):
        changes = {"cloudformation:UpdateStack", "cloudformation:CreateStack", "cloudformation:DeleteStack"}
        assert not changes & actions(of_job(job))
    assert not any(one.startswith(("iam:", "s3:")) for one in actions(of_job("Apply")))


def test_a_workflow_with_one_job_has_one_role_with_the_rights_of_both() -> None:
    assert actions(of_job("Apply", "one")) == actions(of_job("Plan")) | actions(of_job("Apply"))
    [create] = allowing(
        of_job("Apply", "one"),
        "cloudformation:CreateChangeSet",
        f"arn:aws:cloudformation:{ACCOUNT}:stack/carillon/0a1b",
    )
    assert create["Condition"] == {"ArnEquals": {"cloudformation:RoleArn": "${StackRole.Arn}"}}


@pytest.mark.parametrize("profile", PROFILES)
def test_the_boundary_allows_what_every_role_of_the_stack_may_do(profile: str) -> None:
    worked = with_rollout(PROFILES[profile])
    for name in worked.resources("AWS::IAM::Role"):
        for each in statements(worked, name):
            for action in listed(each["Action"]):
                for resource in listed(each["Resource"]):
                    assert allowing(policy("Boundary"), action, known(worked.arn(known(resource)))), (name, action)


def known(resource: str) -> str:
    """Return the ARN of a resource whose name AWS chooses."""
    resource = re.sub(
        r"\$\{(Create|Read|Recipients)\.Arn\}", rf"arn:aws:lambda:{ACCOUNT}:function:carillon-\1", resource
    )
    secret = f"arn:aws:secretsmanager:{ACCOUNT}:secret:rds!db-0a1b"
    return re.sub(r"\$\{\w+\.MasterUserSecret\.SecretArn\}", secret, resource).replace(
        "${ConfigurationSet}", "carillon"
    )


def managed() -> set[str]:
    """Return the actions of AWS's policies that roles of the stack have."""
    data: dict[str, dict[str, Any]] = json.loads(aws_managed_policies_data)
    roles = [each["Properties"] for each in translated()["Resources"].values() if each["Type"] == "AWS::IAM::Role"]
    arns = {arn for each in roles for arn in each.get("ManagedPolicyArns", []) if isinstance(arn, str)}
    assert arns
    return {one for arn in arns for one in actions(data[arn.rpartition("/")[2]]["Document"]["Statement"])}


def test_the_boundary_allows_the_policies_of_aws_and_nothing_that_no_role_has() -> None:
    of_stack: set[str] = set()
    for given in PROFILES.values():
        worked = with_rollout(given)
        for name in worked.resources("AWS::IAM::Role"):
            of_stack |= actions(statements(worked, name))
    assert actions(policy("Boundary")) == of_stack | managed()
