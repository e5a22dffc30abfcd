"""Devices that SNS disabled or lost, from the refused push to the next registration, with the refusals of moto."""

import boto3
import pytest

from tests.support.flow import Flow
from tests.support.phones import Phones


@pytest.fixture
def phones(aws: boto3.Session, flow: Flow) -> Phones:
    """Register a phone and a tablet for alice."""
    made = Phones(flow)
    made.wants_push("alice")
    for token in ("phone", "tablet"):
        made.register("alice", token)
    return made


def lose(phones: Phones, how: str, *tokens: str) -> None:
    for row in phones.rows():
        if row["token"] in tokens:
            if how == "disabled":
                phones.sns.disable(row["endpoint_arn"])
            else:
                boto3.client("sns").delete_endpoint(EndpointArn=row["endpoint_arn"])


def enabled(phones: Phones) -> dict[str, bool]:
    return {row["token"]: row["enabled"] for row in phones.rows()}


@pytest.mark.parametrize("how", ["disabled", "deleted"])
def test_a_push_with_one_of_two_devices_gone_reaches_the_other(phones: Phones, how: str) -> None:
    lose(phones, how, "phone")
    delivery_id = phones.notify("alice")
    assert phones.push(delivery_id).counts == {"sent": 1}
    assert (phones.shown_to("phone"), phones.shown_to("tablet")) == ([], ["alice"])
    assert enabled(phones) == {"phone": False, "tablet": True}
    row = phones.flow.row(delivery_id)
    assert (row["status"], len(row["provider_message_ids"])) == ("sent", 1)

    phones.sns.calls.clear()
    assert phones.push(phones.notify("alice")).counts == {"sent": 1}
    assert phones.sns.calls == ["publish"]  # SNS gets no second request for the device that is gone


@pytest.mark.parametrize(("how", "code"), [("disabled", "endpoint_disabled"), ("deleted", "endpoint_not_found")])
def test_without_devices_no_push_is_created_until_one_registers_again(phones: Phones, how: str, code: str) -> None:
    lose(phones, how, "phone", "tablet")
    delivery_id = phones.notify("alice")
    assert phones.push(delivery_id).counts == {"gone": 1}
    row = phones.flow.row(delivery_id)
    assert (row["status"], row["error_code"], row["permanent"]) == ("failed", code, True)
    assert enabled(phones) == {"phone": False, "tablet": False}

    [unsent] = phones.flow.db.execute("SELECT count(*) AS n FROM deliveries").fetchall()
    assert phones.flow.create("alice") == []
    [routing] = phones.flow.db.execute(
        "SELECT routing -> 'push' AS push FROM notifications ORDER BY id DESC LIMIT 1"
    ).fetchall()
    assert (routing["push"]["action"], routing["push"]["reason"]) == ("off", "no_device")
    assert phones.flow.db.execute("SELECT count(*) AS n FROM deliveries").fetchall() == [unsent]

    ids = {row["token"]: row["id"] for row in phones.rows()}
    assert phones.register("alice", "phone") == ids["phone"]
    assert enabled(phones) == {"phone": True, "tablet": False}
    assert phones.push(phones.notify("alice")).counts == {"sent": 1}
    assert (phones.shown_to("phone"), phones.shown_to("tablet")) == (["alice"], [])
