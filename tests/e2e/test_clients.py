"""The Python client on the devstack: its gateway decodes paths, and its issuer gives the token."""

import pytest

from carillon_client import Client, ClientCredentials, Content, KeyReused
from tests.e2e.conftest import ALL_SCOPES, Stack


def test_a_producer_records_replays_explains_and_retracts(stack: Stack) -> None:
    credentials = ClientCredentials(
        token_url=f"{stack.data['issuer']}/token", client_id="billing", client_secret="any", scope=ALL_SCOPES,
        parameters={"user": "billing"}, auth="post",
    )  # fmt: skip
    with Client(stack.data["api_url"], token=credentials) as client:
        person = "team/alice 1%"
        client.recipients.set(person, email="client@example.com", locale="en", timezone="Europe/Paris")
        content: Content = {
            "event_name": "invoice.payment_failed", "title": "Your payment failed", "severity": "critical",
            "idempotency_key": "client-e2e",
        }  # fmt: skip
        other: Content = {**content, "title": "Other"}
        first = client.notifications.create(person, **content)
        again = client.notifications.create(person, **content)
        assert (first.replayed, again.replayed, again.id) == (False, True, first.id)
        with pytest.raises(KeyReused) as raised:
            client.notifications.create(person, **other)
        assert raised.value.notification_id == first.id
        [email] = stack.wait_for(lambda: stack.emails("client@example.com"), 60, "email")
        assert "Your payment failed" in str(email)
        explained = client.notifications.deliveries(first.id)["channels"]["email"]
        assert explained["delivery"]["status"] in ("sending", "sent")
        assert client.notifications.retract(first.id)["user_id"] == person
        client.recipients.erase(person)
