"""A phone that registers again keeps its id and its endpoint, updates `seen_at`, and gets a lost endpoint back."""

import boto3
import pytest

from carillon.aws.endpoints import Endpoints
from tests.support.flow import Flow
from tests.support.phones import TOKEN, Phones


@pytest.fixture
def phones(aws: boto3.Session, flow: Flow) -> Phones:
    """Register the phone for alice."""
    made = Phones(flow)
    made.wants_push("alice")
    made.register("alice")
    return made


def test_a_new_registration_keeps_the_endpoint_with_two_calls_and_updates_seen_at(phones: Phones) -> None:
    phones.flow.db.execute("UPDATE devices SET seen_at = now() - interval '100 days'")
    [before] = phones.rows()
    phones.sns.calls.clear()
    assert phones.register("alice") == before["id"]
    [after] = phones.rows()
    assert after["endpoint_arn"] == before["endpoint_arn"]
    assert (after["seen_at"] - before["seen_at"]).days == 100
    assert after["created_at"] == before["created_at"]
    # The second call is after the row is stored: an erasure may come between.
    assert phones.sns.calls == ["set_endpoint_attributes"] * 2


def test_a_push_does_not_update_seen_at(phones: Phones) -> None:
    """SNS accepts a push whether or not the phone still exists."""
    phones.flow.db.execute("UPDATE devices SET seen_at = now() - interval '100 days'")
    [before] = phones.rows()
    assert phones.push(phones.notify("alice")).counts == {"sent": 1}
    assert phones.rows() == [before]


@pytest.mark.parametrize("lost", ["it was deleted", "another has the token"])
def test_a_lost_endpoint_is_created_again(phones: Phones, lost: str) -> None:
    [before] = phones.rows()
    if lost == "it was deleted":
        boto3.client("sns").delete_endpoint(EndpointArn=before["endpoint_arn"])
    else:
        phones.sns.refusing_once["set_endpoint_attributes"] = "InvalidParameter"
    assert phones.register("alice") == before["id"]
    [after] = phones.rows()
    assert phones.sns.attributes(after["endpoint_arn"]) == {"Token": TOKEN, "Enabled": "true"}
    assert phones.push(phones.notify("alice")).counts == {"sent": 1}


def test_an_endpoint_of_a_replaced_application_is_replaced_by_one_of_the_new_application(phones: Phones) -> None:
    [before] = phones.rows()
    made = boto3.client("sns").create_platform_application(Name="new", Platform="GCM", Attributes={})
    boto3.client("sns").delete_endpoint(EndpointArn=before["endpoint_arn"])  # SNS allows one per application, moto one
    chosen = phones.flow.reaper_settings.model_copy(update={"fcm_application_arn": made["PlatformApplicationArn"]})
    phones.endpoints = Endpoints(chosen, phones.sns)
    phones.sns.calls.clear()
    assert phones.register("alice") == before["id"]
    [after] = phones.rows()
    assert ":endpoint/GCM/new/" in after["endpoint_arn"]
    # IAM allows no call on the endpoint of the old application.
    assert phones.sns.calls == ["create_platform_endpoint", "set_endpoint_attributes", "set_endpoint_attributes"]
