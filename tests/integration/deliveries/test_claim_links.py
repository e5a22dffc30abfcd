"""The data for the unsubscribe link in a claim: the newest key, and the events of an email that are not mandatory."""

import io
from typing import Any
from uuid import UUID

import pytest

from carillon.links import tokens
from carillon.links.tokens import Link
from carillon.models.delivery import ClaimedDelivery
from tests.support.flow import Flow
from tests.support.settings import with_values

KEY = "INSERT INTO signing_keys (id, secret, created_at) VALUES (%s, decode(repeat(%s, 48), 'hex'), %s)"
OLDER, NEWER = UUID(int=9), UUID(int=8)


def claimed(flow: Flow, *delivery_ids: UUID) -> dict[UUID, ClaimedDelivery]:
    flow.provider.calls.clear()
    flow.work(*delivery_ids)
    return {call.delivery_id: call for call in flow.provider.calls}


def test_the_newest_key_comes_with_each_email_and_with_no_push(flow: Flow) -> None:
    flow.db.execute(KEY, [NEWER, "ab", "2126-01-02"])
    flow.db.execute(KEY, [OLDER, "cd", "2126-01-01"])
    flow.person("alice", devices=1)
    flow.person("bob")
    calls = claimed(flow, *flow.create("alice", "bob")).values()
    emails = [call for call in calls if call.channel == "email"]
    assert len(emails) == 2
    for email in emails:
        assert email.signing_key is not None
        assert email.signing_key.id == NEWER
        assert email.signing_key.secret.get_secret_value() == b"\xab" * 48
        assert email.switchable_events == ["invoice.payment_failed"]
    [push] = [call for call in calls if call.channel == "push"]
    assert push.signing_key is None


def test_a_secret_is_neither_in_a_repr_nor_in_a_log(flow: Flow, logs: io.StringIO) -> None:
    flow.db.execute(KEY, [NEWER, "ab", "2126-01-02"])
    [call] = claimed(flow, flow.one()).values()
    for text in (repr(call), str(call), call.model_dump_json(), logs.getvalue()):
        assert "abababab" not in text
        assert r"\xab" not in text
    assert "delivery_sent" in logs.getvalue()


def test_a_token_that_the_key_of_a_claim_signs_is_valid(flow: Flow) -> None:
    [call] = claimed(flow, flow.one()).values()
    settings = flow.settings.model_copy(update={"api_url": "https://api.example.com"})
    url = tokens.unsubscribe_url(call, settings)
    assert url is not None
    token = url.removeprefix("https://api.example.com/unsubscribe/")
    row: Any = flow.worker._database.row("people/get_signing_key", {"id": tokens.unverified_key_id(token)})
    assert tokens.verify(token, row["secret"]) == Link("alice", ("invoice",))


def test_the_claim_names_all_events_that_may_be_switched_off_also_those_not_shown(flow: Flow) -> None:
    flow.person("alice")
    for number in range(25):
        flow.create(event_name=f"sales.s{number}", title="T", severity="warning", batch_key="together")
    flow.create(event_name="job.failed", title="T", severity="warning", batch_key="together")
    flow.create(event_name="job.read", title="T", severity="warning", batch_key="together")
    flow.db.execute("UPDATE notifications SET read_at = now() WHERE event_name = 'job.read'")
    flow.db.execute("UPDATE deliveries SET available_at = '2000-01-01'")
    [call] = claimed(flow, *(row["id"] for row in flow.rows())).values()
    assert (call.item_count, len(call.items)) == (26, 20)
    assert call.switchable_events == sorted(["job.failed", *(f"sales.s{number}" for number in range(25))])


def test_the_claim_names_at_most_a_hundred_events(flow: Flow) -> None:
    flow.person("alice")
    for number in range(tokens.MAX_EVENTS + 5):
        flow.create(event_name=f"e{number}.x", title="T", severity="warning", batch_key="together")
    flow.db.execute("UPDATE deliveries SET available_at = '2000-01-01'")
    [call] = claimed(flow, *(row["id"] for row in flow.rows())).values()
    assert len(call.switchable_events) == tokens.MAX_EVENTS


@pytest.mark.parametrize("others", [1, 25])
def test_mandatory_events_are_not_among_those_that_may_be_switched_off(flow: Flow, others: int) -> None:
    flow.person("alice")
    flow.create_settings = with_values(flow.create_settings, email_per_minute=1)
    flow.create()  # the only email of this minute: all others join one digest
    flow.create(event_name="security.key_made", severity="info")
    for _ in range(others):
        flow.create(event_name="sync.failed")
    [_, digest] = flow.rows()
    flow.set(digest["id"], "available_at = '2000-01-01'")
    [call] = claimed(flow, digest["id"]).values()
    assert [item.mandatory for item in call.items][:2] == [True, False]
    assert call.item_count == others + 1
    assert call.switchable_events == ["sync.failed"]
