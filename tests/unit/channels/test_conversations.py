"""Gmail shows each delivery as an email of its own, because a header differs: also if the subjects are the same."""

from typing import Any
from uuid import UUID

from carillon.channels.email.payload import send_email_request
from tests.support.delivery_samples import SETTINGS, delivery


def reference(delivery_id: int) -> list[dict[str, Any]]:
    claimed = delivery().model_copy(update={"delivery_id": UUID(int=delivery_id)})
    request = send_email_request(claimed, "alice@example.com", SETTINGS)
    return [each for each in request["Content"]["Simple"]["Headers"] if each["Name"] == "X-Entity-Ref-ID"]


def test_two_alike_emails_have_different_references_and_a_repeated_send_the_same() -> None:
    assert reference(1) == reference(1) == [{"Name": "X-Entity-Ref-ID", "Value": str(UUID(int=1))}]
    assert reference(1) != reference(2)
