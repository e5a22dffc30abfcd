"""A phone that registers again: it keeps its endpoint and its id, is seen, and what was lost is made again."""

import boto3
import pytest

from carillon.aws.endpoints import Endpoints
from tests.support.flow import Flow
from tests.support.phones import TOKEN, Phones


@pytest.fixture
def phones(aws: boto3.Session, flow: Flow) -> Phones:
    """Alice has the phone."""
    made = Phones(flow)
    made.wants_push("alice")
    made.register("alice")
    return made


def test_it_keeps_the_endpoint_at_the_cost_of_two_calls_and_is_seen(phones: Phones) -> None:
    phones.flow.db.execute("UPDATE devices SET seen_at = now() - interval '100 days'")
    [before] = phones.rows()
    phones.sns.calls.clear()
    assert phones.register("alice") == before["id"]
    [after] = phones.rows()
    assert after["endpoint_arn"] == before["endpoint_arn"]
    assert (after["seen_at"] - before["seen_at"]).days == 100
    assert after["created_at"] == before["created_at"]
    assert (
        phones.sns.calls == ["set_endpoint_attributes"] * 2
    )  # again after the row is stored: an erasure may come between


def test_a_push_does_not_count_as_being_seen(phones: Phones) -> None:
    """That SNS took it says nothing of the phone."""
    phones.flow.db.execute("UPDATE devices SET seen_at = now() - interval '100 days'")
    [before] = phones.rows()
    assert phones.push(phones.notify("alice")).counts == {"sent": 1}
    assert phones.rows() == [before]


@pytest.mark.parametrize("lost", ["it was deleted", "another has the token"])
def test_an_endpoint_that_was_lost_is_made_again(phones: Phones, lost: str) -> None:
    [before] = phones.rows()
    if lost == "it was deleted":
        boto3.client("sns").delete_endpoint(EndpointArn=before["endpoint_arn"])
    else:
        phones.sns.refusing_once["set_endpoint_attributes"] = "InvalidParameter"
    assert phones.register("alice") == before["id"]
    [after] = phones.rows()
    assert phones.sns.attributes(after["endpoint_arn"]) == {"Token": TOKEN, "Enabled": "true"}
    assert phones.push(phones.notify("alice")).counts == {"sent": 1}


def test_an_endpoint_of_an_application_that_was_replaced_is_left_for_one_of_the_new(phones: Phones) -> None:
    [before] = phones.rows()
    made = boto3.client("sns").create_platform_application(Name="new", Platform="GCM", Attributes={})
    boto3.client("sns").delete_endpoint(EndpointArn=before["endpoint_arn"])  # moto knows a token once, SNS twice
    chosen = phones.flow.reaper_settings.model_copy(update={"fcm_application_arn": made["PlatformApplicationArn"]})
    phones.endpoints = Endpoints(chosen, phones.sns)
    phones.sns.calls.clear()
    assert phones.register("alice") == before["id"]
    [after] = phones.rows()
    assert ":endpoint/GCM/new/" in after["endpoint_arn"]
    # What is of the old one, IAM would not let it touch.
    assert phones.sns.calls == ["create_platform_endpoint", "set_endpoint_attributes", "set_endpoint_attributes"]
