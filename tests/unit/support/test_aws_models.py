"""tests/support/aws_models.py finds what AWS would refuse and botocore accepts."""

from typing import Any

import botocore.session
import pytest

from tests.support.aws_models import faults_of

SQS, SES, SNS, SECRETS = "sqs", "sesv2", "sns", "secretsmanager"


@pytest.mark.parametrize(
    ("service", "operation", "parameters", "words"),
    [
        (SES, "SendEmail", {"Content": {"Simple": {"Subject": {"Data": "a"}, "Body": {}}}}, None),
        (SES, "SendEmail", {"EmailTags": [{"Name": "a", "Value": "b"}], "Content": {}}, None),
        (SES, "PutAccountDetails", {"MailType": "transactional"}, "MailType must be one of MARKETING, TRANSACTIONAL"),
        (SES, "PutAccountDetails", {"WebsiteURL": "w" * 1001}, "WebsiteURL has 1001 characters, at most 1000"),
        (SECRETS, "GetSecretValue", {"SecretId": "a" * 2049}, "SecretId has 2049 characters, at most 2048"),
        (SECRETS, "BatchGetSecretValue", {"SecretIdList": ["a"] * 21}, "SecretIdList has 21 entries, at most 20"),
        (SECRETS, "BatchGetSecretValue", {"MaxResults": 21}, "MaxResults is more than 20"),
        (SQS, "SendMessage", {"QueueUrl": "u", "MessageBody": "b", "DelaySeconds": 900}, None),
        (SNS, "Publish", {"TargetArn": "a", "Message": "m", "MessageStructure": "json"}, None),
    ],
)
def test_what_aws_would_refuse_is_found(
    service: str, operation: str, parameters: dict[str, Any], words: str | None
) -> None:
    model = botocore.session.get_session().get_service_model(service).operation_model(operation)
    found = faults_of(model, parameters)
    assert [words in fault for fault in found] == [True] if words else found == []
