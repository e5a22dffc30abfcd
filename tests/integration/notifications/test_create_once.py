"""Idempotency: a repeat changes nothing, and producers and users do not share keys."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.support.environment import Connect, counts
from tests.support.service import Service

CRITICAL: dict[str, Any] = {"event_name": "invoice.payment_failed", "title": "Payment failed", "severity": "critical"}
KEY = {"Idempotency-Key": "invoice_9"}


def keys(connect: Connect) -> list[str | None]:
    rows = connect().execute("SELECT idempotency_key FROM notifications ORDER BY id").fetchall()
    return [row["idempotency_key"] for row in rows]


def test_without_an_idempotency_key_no_request_is_a_repeat(service: Service, connect: Connect) -> None:
    for _ in range(2):
        answer = service.call("POST", "/notifications", CRITICAL, user="alice")
        assert answer.status == 201
        assert "Idempotency-Replayed" not in answer.headers
    assert keys(connect) == [None, None]


def test_a_repeat_returns_the_stored_notification_and_sends_nothing(
    service: Service, reachable: Callable[..., None], connect: Connect
) -> None:
    reachable("alice", push=True)
    body = {**CRITICAL, "user_id": "alice"}
    first = service.call("POST", "/notifications", body, producer="billing", headers=KEY).json["notification"]
    assert len(service.messages()) == 2
    path = f"/notifications/{first['id']}"
    service.call("PATCH", path, {"read": True, "archived": True}, user="alice")

    repeat = service.call("POST", "/notifications", body, producer="billing", headers=KEY)

    assert (repeat.status, repeat.headers["Idempotency-Replayed"]) == (200, "true")
    assert repeat.json["notification"]["id"] == first["id"]
    assert repeat.json["notification"]["read_at"] is not None
    assert repeat.json["notification"]["archived_at"] is not None
    assert counts(connect) == (1, 2)
    assert service.messages() == []


@pytest.mark.parametrize(
    "change",
    [
        {"title": "Another"},
        {"severity": "info"},
        {"batch_key": "b", "send_at": "2026-12-24T10:00:00+01:00", "title": "Another"},
        {"resource_id": "r"},
        {"data": {"a": 1}},
        {"target_url": "/x"},
        {"body": ""},
    ],
)
def test_a_chosen_key_with_other_content_is_refused_and_changes_nothing(
    service: Service, reachable: Callable[..., None], connect: Connect, change: dict[str, Any]
) -> None:
    reachable("alice")
    body = {**CRITICAL, "user_id": "alice"}
    first = service.call("POST", "/notifications", body, producer="billing", headers=KEY).json["notification"]
    before = connect().execute("SELECT * FROM notifications").fetchall()

    reused = service.call("POST", "/notifications", body | change, producer="billing", headers=KEY)

    error = reused.json["error"]
    assert (reused.status, error["code"], error["notification_id"]) == (422, "idempotency_key_reused", first["id"])
    assert [detail["field"] for detail in error["details"]] == list(change)
    assert connect().execute("SELECT * FROM notifications").fetchall() == before
    assert counts(connect) == (1, 1)


@pytest.mark.parametrize("where", ["header", "body"])
def test_with_the_mode_first_the_first_notification_is_the_answer(
    service: Service, reachable: Callable[..., None], connect: Connect, where: str
) -> None:
    """A producer whose wording changed in a deploy can still repeat what it may have recorded before."""
    reachable("alice")
    body = {**CRITICAL, "user_id": "alice"}
    mode = {"Idempotency-Mode": "first"} if where == "header" else {}
    again = body | {"title": "Another"} | ({"idempotencyMode": "first"} if where == "body" else {})
    first = service.call("POST", "/notifications", body, producer="billing", headers=KEY | mode)

    repeat = service.call("POST", "/notifications", again, producer="billing", headers=KEY | mode)
    many = service.call(
        "POST", "/notifications", again | {"user_id": None, "user_ids": ["alice", "bob"]}, producer="billing",
        headers=KEY | mode,
    )  # fmt: skip

    assert (first.status, repeat.status, repeat.headers["Idempotency-Replayed"]) == (201, 200, "true")
    assert repeat.json["notification"] == first.json["notification"]
    assert (many.json["created"], many.json["replayed"], many.json["conflicts"]) == (1, 1, 0)
    assert counts(connect) == (2, 1)


def test_the_mode_of_the_header_has_precedence_and_another_is_refused(service: Service, connect: Connect) -> None:
    service.call("POST", "/notifications", CRITICAL, user="alice", headers=KEY)
    other = CRITICAL | {"title": "Other", "idempotency_mode": "first"}
    for mode, status in (("strict", 422), ("first", 200), ("last", 422)):
        headers = KEY | {"Idempotency-Mode": mode}
        assert service.call("POST", "/notifications", other, user="alice", headers=headers).status == status
    assert counts(connect) == (1, 0)


def test_spelling_order_and_the_place_of_the_key_do_not_change_the_content(service: Service, connect: Connect) -> None:
    first = {"eventName": "a.b", "title": "T", "targetUrl": "/x", "data": {"a": 1, "b": {"c": 2, "d": 3}}}
    again = {
        "data": {"b": {"d": 3, "c": 2}, "a": 1},
        "target_url": "/x",
        "title": "T",
        "event_name": "a.b",
        "body": None,
    }
    assert service.call("POST", "/notifications", first, user="alice", headers=KEY).status == 201
    assert service.call("POST", "/notifications", again | {"idempotencyKey": "invoice_9"}, user="alice").status == 200
    assert counts(connect) == (1, 0)


def test_the_field_that_differs_is_named_also_where_only_the_spelling_of_a_number_does(service: Service) -> None:
    first = CRITICAL | {"data": {"amount": 2.0}}
    service.call("POST", "/notifications", first, user="alice", headers=KEY)
    answer = service.call("POST", "/notifications", first | {"data": {"amount": 2}}, user="alice", headers=KEY)
    assert answer.status == 422
    assert [detail["field"] for detail in answer.json["error"]["details"]] == ["data"]


def test_a_derived_key_replays_although_the_content_differs(service: Service, connect: Connect) -> None:
    body = {**CRITICAL, "resource_id": "invoice_9"}
    first = service.call("POST", "/notifications", body, user="alice").json["notification"]
    assert first["idempotency_key"] == "alice:invoice.payment_failed:invoice_9"

    again = service.call("POST", "/notifications", body | {"title": "Other"}, user="alice")

    assert (again.status, again.json["notification"]) == (200, first)
    other_event = service.call("POST", "/notifications", body | {"event_name": "invoice.paid"}, user="alice")
    assert other_event.status == 201


def test_the_header_has_precedence_over_the_body_and_the_body_over_the_resource(
    service: Service, connect: Connect
) -> None:
    both = {**CRITICAL, "idempotency_key": "of the body", "resource_id": "r"}
    service.call("POST", "/notifications", both, user="alice", headers={"Idempotency-Key": "of,the, header"})
    service.call("POST", "/notifications", both, user="alice")
    assert keys(connect) == ["of,the, header", "of the body"]


def test_a_derived_key_too_long_to_store_is_hashed_and_still_replays(service: Service, connect: Connect) -> None:
    longest = {"event_name": "e" * 100, "title": "T", "resource_id": "r" * 128, "user_id": "u" * 128}
    answers = [service.call("POST", "/notifications", longest, producer="billing") for _ in range(2)]
    other = service.call("POST", "/notifications", longest | {"resource_id": "r" * 127 + "s"}, producer="billing")
    assert [answer.status for answer in answers] == [201, 200]
    assert other.status == 201
    assert all(key and key.startswith("sha256:") and len(key) == 71 for key in keys(connect))
    fits = {"event_name": "e" * 100, "title": "T", "resource_id": "r" * 128, "user_id": "u" * 25}  # 255 with two colons
    service.call("POST", "/notifications", fits, producer="billing")
    assert keys(connect)[-1] == f"{'u' * 25}:{'e' * 100}:{'r' * 128}"


def test_producers_and_users_do_not_share_keys(service: Service, connect: Connect) -> None:
    """Keys stay separate even if a user's subject equals a producer's client id, derived keys and chosen keys alike."""
    for headers, resource in ((KEY, None), ({}, "invoice_9")):
        body = {**CRITICAL, "resource_id": resource}
        to_billing = body | {"user_id": "billing"}

        def ask(headers: dict[str, str] = headers, own: Any = body, named: Any = to_billing) -> list[tuple[int, str]]:
            answers = [
                service.call("POST", "/notifications", own, user="billing", headers=headers),
                service.call("POST", "/notifications", named, producer="billing", headers=headers),
                service.call("POST", "/notifications", named, producer="sync", headers=headers),
            ]
            return [(answer.status, answer.json["notification"]["id"]) for answer in answers]

        made, repeated = ask(), ask()
        assert [status for status, _ in made] == [201, 201, 201]
        assert repeated == [(200, each) for _, each in made]
        assert len(set(made)) == 3
    rows = connect().execute("SELECT DISTINCT created_by FROM notifications ORDER BY 1").fetchall()
    assert [row["created_by"] for row in rows] == ["producer:billing", "producer:sync", "user:billing"]


def test_each_of_many_recipients_has_its_own_entry_under_a_chosen_key(
    service: Service, reachable: Callable[..., None], connect: Connect
) -> None:
    reachable("alice", "bob", "carol")
    service.call("POST", "/notifications", {**CRITICAL, "user_id": "alice"}, producer="billing", headers=KEY)
    other = {**CRITICAL, "title": "Other"}
    service.call("POST", "/notifications", {**other, "user_id": "bob"}, producer="billing", headers=KEY)
    assert len(service.messages()) == 2

    many = {**CRITICAL, "user_ids": ["carol", "bob", "alice", "carol"]}
    answer = service.call("POST", "/notifications", many, producer="billing", headers=KEY)

    assert answer.status == 201
    assert "Idempotency-Replayed" not in answer.headers
    told = answer.json
    assert (told["created"], told["replayed"], told["conflicts"]) == (1, 1, 1)
    assert [(each["user_id"], each["replayed"], each["conflict"]) for each in told["notifications"]] == [
        ("carol", False, False), ("bob", False, True), ("alice", True, False)
    ]  # fmt: skip
    assert len(service.messages()) == 1
    assert counts(connect) == (3, 3)

    again = service.call("POST", "/notifications", many, producer="billing", headers=KEY)
    assert (again.status, again.json["created"], again.json["replayed"], again.json["conflicts"]) == (200, 0, 2, 1)
    full = service.call("POST", "/notifications", many | {"user_ids": ["alice"]}, producer="billing", headers=KEY)
    assert (full.status, full.headers["Idempotency-Replayed"]) == (200, "true")


def test_derived_keys_of_many_recipients_replay_each_recipient(service: Service, connect: Connect) -> None:
    body = {**CRITICAL, "resource_id": "r", "user_ids": ["alice", "bob"]}
    service.call("POST", "/notifications", body, producer="billing")
    answer = service.call(
        "POST", "/notifications", body | {"title": "Other", "user_ids": ["bob", "carol", "alice"]}, producer="billing"
    )
    assert (answer.json["created"], answer.json["replayed"], answer.json["conflicts"]) == (1, 2, 0)
    assert counts(connect) == (3, 0)
