"""An iPhone registers with its token in another spelling: it stays one phone, with one owner and one endpoint."""

from typing import Any

import boto3

from carillon.aws.endpoints import Endpoints
from carillon.models.device import NewDevice
from carillon.people import devices
from tests.support.flow import Flow
from tests.support.sns import Sns

TOKEN = "740f4707bebcf74f9b7c25d48e3358945f6aa01da5ddb387462c7eaf61bb78ad"


def test_a_phone_in_another_spelling_has_one_owner_and_one_endpoint(aws: Any, flow: Flow) -> None:
    application = boto3.client("sns").create_platform_application(
        Name="app", Platform="APNS", Attributes={"PlatformCredential": "none", "PlatformPrincipal": "none"}
    )["PlatformApplicationArn"]
    sns = Sns()
    endpoints = Endpoints(flow.reaper_settings.model_copy(update={"apns_application_arn": application}), sns)

    def register(user_id: str, token: str) -> bool:
        return devices.register(flow.database(), endpoints, user_id, NewDevice(platform="apns", token=token))[1]

    assert register("alice", TOKEN)
    assert not register("alice", TOKEN.upper())
    assert register("bob", f"<{TOKEN.upper()}>")

    [row] = flow.db.execute("SELECT user_id, token, endpoint_arn, enabled FROM devices").fetchall()
    assert (row["user_id"], row["token"], row["enabled"]) == ("bob", TOKEN, True)
    assert sns.arns(application) == [row["endpoint_arn"]]
