"""`verify` finds nothing after the normal steps of Carillon, and names each row that breaks a rule."""

import time

import pytest
from psycopg.rows import DictRow

from carillon.database.connection import statement
from carillon.operations.verification import RULES, WARNINGS, verify
from tests.support.broken_rules import BROKEN
from tests.support.flow import Flow
from tests.support.verified_database import SETTINGS, record_everything, run_verify


def test_the_normal_steps_break_no_rule(flow: Flow) -> None:
    record_everything(flow)
    seen = {
        (row["status"], row["digest_key"] is not None, row["permanent"], row["error_code"]) for row in flow.rows()
    }  # fmt: skip
    assert {status for status, *_ in seen} == {"pending", "sending", "sent", "skipped", "failed"}
    assert {("skipped", False, False, "already_read"), ("skipped", False, False, "retracted")} <= seen

    found = run_verify(flow)

    assert found.breaches == []
    assert found.warnings == []
    assert found.clean
    assert found.broken == dict.fromkeys((*RULES, *WARNINGS), 0)


@pytest.mark.parametrize(("rule", "by_hand", "detail"), BROKEN, ids=[f"{rule}: {how}" for rule, _, how in BROKEN])
def test_one_row_changed_by_hand_is_named(flow: Flow, rule: str, by_hand: str, detail: str) -> None:
    record_everything(flow)
    changed: list[DictRow] = flow.db.execute(by_hand.encode()).fetchall()
    assert len(changed) == 1, "the test must break one row"

    found = run_verify(flow)

    [breach] = [*found.breaches, *found.warnings]
    assert (breach.rule, breach.detail) == (rule, detail)
    named = {"notification_id": breach.notification_id, "delivery_id": breach.delivery_id}
    assert changed[0].items() <= named.items()
    assert {name for name, count in found.broken.items() if count} == {rule}
    assert found.clean == (rule in WARNINGS)


def test_each_rule_is_broken_by_a_test() -> None:
    assert {rule for rule, *_ in BROKEN} | {"limits_hold"} == {*RULES, *WARNINGS}
    for rule in (*RULES, *WARNINGS):
        assert statement(f"verify/{rule}").strip()


def test_an_item_without_its_delivery(flow: Flow) -> None:
    """Foreign keys forbid it, but a partial restore of a backup may switch them off."""
    record_everything(flow)
    flow.db.execute("SET session_replication_role = replica")
    [row] = flow.db.execute("DELETE FROM deliveries WHERE channel = 'push' RETURNING id").fetchall()

    [breach] = run_verify(flow).breaches
    assert (breach.rule, breach.delivery_id, breach.detail) == ("items_belong", row["id"], "push: no such delivery")


def test_more_deliveries_than_the_limit_in_one_minute_are_a_breach(flow: Flow) -> None:
    flow.person()
    strict = SETTINGS.model_copy(update={"email_per_minute": 3})
    deliveries = [each for _ in range(4) for each in flow.create()]
    flow.db.execute("UPDATE deliveries SET first_available_at = date_trunc('minute', now())")

    found = verify(flow.worker._database, strict)
    [breach] = found.breaches
    assert (breach.rule, breach.detail) == ("limits_hold", "email: 4 opened for one minute, the limit is 3")

    # One overflow digest may be added, and there is one.
    skipped = "digest_key = 'limit:now', status = 'skipped', finished_at = now(), error_code = 'x'"
    flow.set(deliveries[0], f"{skipped}, claim_no = 1")
    flow.db.execute("UPDATE delivery_items SET left_out = 'read' WHERE delivery_id = %s", deliveries[:1])
    assert verify(flow.worker._database, strict).breaches == []
    flow.set(deliveries[1], "digest_key = 'limit:now', open_digest_key = 'limit:now'")
    [breach] = verify(flow.worker._database, strict).breaches
    assert (breach.rule, breach.detail) == ("limits_hold", "email: 2 digests of the rest for one minute")

    flow.set(deliveries[0], "claim_no = 0")  # cancelled before it was sent: it does not count
    assert verify(flow.worker._database, strict).breaches == []
    flow.set(deliveries[0], "claim_no = 1")
    flow.db.execute("UPDATE deliveries SET created_at = now() - interval '61 minutes'")
    assert verify(flow.worker._database, strict).breaches == []


def test_an_item_that_was_pruned_from_a_digest_is_no_breach(flow: Flow) -> None:
    """The sent item was pruned with its year. The skipped item is newer and keeps the delivery."""
    record_everything(flow)
    flow.db.execute("UPDATE delivery_items SET left_out = 'read' WHERE channel = 'push'")
    assert [each.rule for each in run_verify(flow).breaches] == ["sent_is_proven"]

    flow.db.execute("UPDATE deliveries SET created_at = now() - interval '366 days' WHERE channel = 'push'")

    assert run_verify(flow).clean


def test_many_breaches_are_counted_and_the_first_are_named(flow: Flow) -> None:
    flow.person()
    for _ in range(7):
        flow.work(*flow.create())
    flow.db.execute("UPDATE deliveries SET provider_message_ids = '{}'")

    found = run_verify(flow, rows=3, rules=["sent_is_proven"])

    assert found.broken == {"sent_is_proven": 7}
    assert [each.delivery_id for each in found.breaches] == sorted(row["id"] for row in flow.rows())[:3]


def test_details_contain_no_names_or_content(flow: Flow) -> None:
    record_everything(flow)
    flow.db.execute("UPDATE deliveries SET provider_message_ids = '{}', attempts = 1, claim_no = 0")
    flow.db.execute("UPDATE notifications SET user_id = 'zoe'")
    started = time.monotonic()

    report = run_verify(flow).model_dump_json()

    assert time.monotonic() - started < 10
    assert "items_belong" in report
    for word in ("alice", "bob", "zoe", "@example.com", "Payment", "invoice"):
        assert word not in report
