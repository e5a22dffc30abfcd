"""Each permission of the template against the form of resource that IAM compares for its action.

A resource of another form is accepted by CloudFormation, and refuses every call. The forms are those of the Service
Authorization Reference. It lists no resource for platform applications and endpoints of SNS. But the messages of
refused calls name these ARNs.
"""

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any

import pytest

from tests.support.translated_template import ACCOUNT, PROFILES, PSEUDO, Worked, listed

QUEUE = rf"arn:aws:sqs:{ACCOUNT}:[\w-]+"
APPLICATION = rf"arn:aws:sns:{ACCOUNT}:app/(APNS|GCM)/\w+"
ENDPOINT = rf"arn:aws:sns:{ACCOUNT}:endpoint/(APNS|GCM)/\w+/\*"
ATTRIBUTE = r"\$\{\w+(\.[\w.]+)?\}"  # a value that only AWS knows
FORMS = {
    "appsync:EventPublish": rf"arn:aws:appsync:{ACCOUNT}:apis/{ATTRIBUTE}/channelNamespace/hints",
    "cloudformation:DescribeStacks": rf"arn:aws:cloudformation:{ACCOUNT}:stack/carillon/\*",
    "cloudformation:ListStackResources": rf"arn:aws:cloudformation:{ACCOUNT}:stack/carillon/\*",
    "cloudwatch:DescribeAlarms": rf"arn:aws:cloudwatch:{ACCOUNT}:alarm:\*",
    "cloudwatch:GetMetricStatistics": r"\*",  # it takes no resource
    "lambda:GetEventSourceMapping": rf"arn:aws:lambda:{ACCOUNT}:event-source-mapping:{ATTRIBUTE}",
    "lambda:InvokeFunction": r"\$\{\w+\.Arn\}",
    "logs:DescribeLogGroups": rf"arn:aws:logs:{ACCOUNT}:log-group:\*",
    "rds-db:connect": rf"arn:aws:rds-db:{ACCOUNT}:dbuser:(db-EXAMPLE|{ATTRIBUTE}|\S*Proxy\.DBProxyArn\S*)/carillon\w*",
    "secretsmanager:GetSecretValue": rf"arn:aws:secretsmanager:{ACCOUNT}:secret:\w+|{ATTRIBUTE}",
    "ses:DeleteSuppressedDestination": r"\*",  # it takes no resource
    "ses:GetAccount": r"\*",  # it takes no resource
    "ses:GetEmailIdentity": rf"arn:aws:ses:{ACCOUNT}:identity/\*",
    "ses:SendEmail": rf"arn:aws:ses:{ACCOUNT}:(identity/\*|configuration-set/carillon)",
    "sns:CreatePlatformEndpoint": APPLICATION,
    "sns:DeleteEndpoint": ENDPOINT,
    "sns:ListSubscriptionsByTopic": ATTRIBUTE,
    "sns:Publish": ENDPOINT,
    "sns:SetEndpointAttributes": ENDPOINT,
    "sns:SetPlatformApplicationAttributes": APPLICATION,
    **{
        f"sqs:{name}": QUEUE
        for name in (
            "CancelMessageMoveTask", "ChangeMessageVisibility", "DeleteMessage", "GetQueueAttributes",
            "ListMessageMoveTasks", "ReceiveMessage", "SendMessage", "StartMessageMoveTask",
        )
    },
}  # fmt: skip
# The keys that a condition may use, besides aws:… (the same reference).
KEYS = {"ses:SendEmail": {"ses:FromAddress", "ses:FromDisplayName", "ses:Recipients", "ses:FeedbackAddress"}}


def documents(worked: Worked) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each policy document of an identity, with its resource."""
    for name, policy in worked.resources("AWS::IAM::ManagedPolicy").items():
        yield name, policy["Properties"]["PolicyDocument"]
    for name, role in worked.resources("AWS::IAM::Role").items():
        for policy in role["Properties"].get("Policies", []):
            yield name, policy["PolicyDocument"]


@pytest.mark.parametrize("profile", PROFILES)
def test_each_permission_has_a_resource_of_the_form_that_iam_compares(profile: str) -> None:
    worked = Worked(PROFILES[profile])
    seen = 0
    for name, document in documents(worked):
        for statement in document["Statement"]:
            if statement == "${AWS::NoValue}":
                continue
            for action in listed(statement["Action"]):
                assert action in FORMS, f"{name}: add {action} with the form that the reference has for it"
                for resource in listed(statement["Resource"]):
                    arn = (
                        resource
                        if resource.endswith(".Arn}") and action.startswith("lambda:")
                        else worked.arn(resource)
                    )
                    assert re.fullmatch(FORMS[action], arn), f"{name}: {action} on {arn}"
                    seen += 1
                used = {key for operator in statement.get("Condition", {}).values() for key in operator}
                assert {key for key in used if not key.lower().startswith("aws:")} <= KEYS.get(action, set()), name
    assert seen > 30


@pytest.mark.parametrize("profile", PROFILES)
def test_each_policy_has_the_current_version_of_the_language(profile: str) -> None:
    """Without it, IAM reads a policy by the rules of 2008, which know no variables."""
    for name, document in documents(Worked(PROFILES[profile])):
        assert document["Version"] == "2012-10-17", name


@pytest.mark.parametrize("resource", [PSEUDO["AWS::StackId"], PSEUDO["AWS::StackId"].rpartition("/")[0] + "/*"])
def test_an_operator_may_describe_the_stack_by_its_name(resource: str) -> None:
    """The command asks by name. IAM then compares the id of the stack, or the name with a literal asterisk."""
    [describe] = [
        statement
        for statement in Worked({}).properties("OperatorPolicy")["PolicyDocument"]["Statement"]
        if "cloudformation:DescribeStacks" in str(statement)
    ]
    assert fnmatchcase(resource, describe["Resource"])
    assert not fnmatchcase(resource.replace("/carillon/", "/carillon-other/"), describe["Resource"])
