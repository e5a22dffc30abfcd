"""functions/migrate sets the topic for failed pushes of each push application, which CloudFormation cannot do."""

import boto3
import pytest

import migrate as function
from carillon.aws.endpoints import Endpoints
from carillon.errors import MigrationFailed
from carillon.patience import Patience
from carillon.settings import MigrateSettings
from tests.support.sns import Sns

AT_ONCE = Patience(0)
TOPIC = "arn:aws:sns:eu-central-1:123456789012:carillon-provider-events"


class FixedEndpoints:
    """Makes Endpoints with the SNS of the test."""

    def __init__(self, sns: Sns) -> None:
        self._sns = sns

    def __call__(self, settings: MigrateSettings, _: object) -> Endpoints:
        return Endpoints(settings, self._sns)


def application(aws: boto3.Session, platform: str) -> str:
    return aws.client("sns").create_platform_application(
        Name="app", Platform=platform, Attributes={"PlatformCredential": "none"}
    )["PlatformApplicationArn"]


def settings(**given: str) -> MigrateSettings:
    return MigrateSettings.load({"DATABASE_URL": "postgresql://db/x", **given})


def test_each_application_of_the_stack_gets_the_topic_and_no_other(aws: boto3.Session) -> None:
    apns, fcm, other = (application(aws, platform) for platform in ("APNS", "GCM", "ADM"))

    changed = function.tell_push_failures(
        settings(APNS_APPLICATION_ARN=apns, FCM_APPLICATION_ARN=fcm, TOPIC_ARN=TOPIC), AT_ONCE
    )

    assert changed == ["apns", "fcm"]

    def topic(arn: str) -> str | None:
        attributes = aws.client("sns").get_platform_application_attributes(PlatformApplicationArn=arn)["Attributes"]
        return attributes.get("EventDeliveryFailure")

    assert [topic(arn) for arn in (apns, fcm, other)] == [TOPIC, TOPIC, None]
    assert function.tell_push_failures(settings(FCM_APPLICATION_ARN=fcm, TOPIC_ARN=TOPIC), AT_ONCE) == ["fcm"]


def test_a_stack_without_push_makes_no_request(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("carillon.aws.clients.client", None)
    assert function.tell_push_failures(settings(TOPIC_ARN=TOPIC), AT_ONCE) == []
    assert function.tell_push_failures(settings(), AT_ONCE) == []


@pytest.mark.parametrize(("fault", "reason"), [("forbidden", "AuthorizationError"), ("failing", "ReadTimeoutError")])
def test_a_refusal_by_sns_fails_the_deploy_with_its_reason(
    aws: boto3.Session, monkeypatch: pytest.MonkeyPatch, fault: str, reason: str
) -> None:
    sns = Sns()
    getattr(sns, fault).add("set_platform_application_attributes")
    monkeypatch.setattr(function.endpoints, "Endpoints", FixedEndpoints(sns))
    with pytest.raises(MigrationFailed, match=f"where to report failures: {reason}"):
        function.tell_push_failures(settings(FCM_APPLICATION_ARN=application(aws, "GCM"), TOPIC_ARN=TOPIC), AT_ONCE)


def test_a_permission_that_the_same_deploy_made_is_waited_for(
    aws: boto3.Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    sns = Sns()
    sns.forbidden.add("set_platform_application_attributes")
    waits: list[float] = []

    def sleep(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) == 3:
            sns.forbidden.clear()

    monkeypatch.setattr(function.endpoints, "Endpoints", FixedEndpoints(sns))
    patience = Patience(60, clock=lambda: sum(waits), sleep=sleep)
    given = settings(FCM_APPLICATION_ARN=application(aws, "GCM"), TOPIC_ARN=TOPIC)
    assert function.tell_push_failures(given, patience) == ["fcm"]
    assert waits == [1, 2, 4]
