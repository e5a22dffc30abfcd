"""Retention of audit notifications: they stay after their retention and in the archive until their person is erased."""

from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import pytest

from carillon.categories import Categories
from tests.support.aged_notifications import count_rows, create_old
from tests.support.environment import Connect, rows_about
from tests.support.flow import Flow
from tests.support.service import Service

WORDS = {"en": "Security", "fr": "Sécurité"}
AUDIT = Categories.model_validate({"categories": [{"name": "security", "description": WORDS, "audit": True}]})


def reap(flow: Flow, batch: int = 500) -> float:
    """Run the reaper and return the number of notifications that it pruned."""
    published = flow.reap(categories=AUDIT, reaper_batch=batch)
    assert published["failed_steps"] == 0
    return published["pruned"]


def kept(flow: Flow) -> set[UUID]:
    return {row["id"] for row in flow.db.execute("SELECT id FROM notifications WHERE kept").fetchall()}


@pytest.mark.parametrize(
    ("event", "stays"),
    [
        ("security", True),
        ("security.role_changed", True),
        ("security.api_key.made", True),
        ("securities.sold", False),
        ("billing.security", False),
    ],
)
def test_a_category_for_audit_keeps_its_events_and_those_below_it(flow: Flow, event: str, stays: bool) -> None:
    made, _ = create_old(flow, event=event)
    assert reap(flow) == (0 if stays else 1)
    assert kept(flow) == ({made} if stays else set())
    # The delivery stays too: it explains why the notification was sent.
    assert count_rows(flow) == ((1, 1, 1) if stays else (0, 0, 0))


def test_without_a_category_for_audit_nothing_is_kept(flow: Flow) -> None:
    create_old(flow, event="security.role_changed")
    assert flow.reap(categories=Categories())["pruned"] == 1


def test_a_notification_within_its_retention_is_not_marked_as_kept(flow: Flow) -> None:
    create_old(flow, event="security.role_changed", days=364)
    assert reap(flow) == 0
    assert kept(flow) == set()


def test_kept_notifications_do_not_delay_the_pruning_of_later_ones(flow: Flow) -> None:
    for number in range(7):
        create_old(flow, event="security.role_changed", days=400 - number)
    create_old(flow, days=370)
    assert reap(flow, batch=3) == 1  # behind two full batches that deleted nothing
    assert (count_rows(flow), len(kept(flow))) == ((7, 7, 7), 7)


def test_a_kept_notification_is_marked_once(flow: Flow) -> None:
    create_old(flow, event="security.role_changed")
    assert reap(flow) == 0
    version = "SELECT ctid::text, xmin::text, xmax::text FROM notifications"  # a change or a lock gives another version
    marked = flow.db.execute(version).fetchall()
    assert reap(flow) == 0
    assert flow.reap(categories=Categories())["pruned"] == 0  # no longer for audit: the kept notification stays
    assert flow.db.execute(version).fetchall() == marked


def test_a_digest_with_one_kept_item_keeps_the_item_and_the_delivery(flow: Flow) -> None:
    audited, delivery_id = create_old(flow, event="security.role_changed")
    _, other = create_old(flow)
    flow.db.execute("UPDATE delivery_items SET delivery_id = %s WHERE delivery_id = %s", [delivery_id, other])
    flow.db.execute("DELETE FROM deliveries WHERE id = %s", [other])
    assert reap(flow) == 1
    assert (count_rows(flow), kept(flow)) == ((1, 1, 1), {audited})


def test_two_concurrent_reapers_mark_and_delete_each_row_once(flow: Flow) -> None:
    for number in range(40):
        create_old(flow, f"user-{number}", event="security.role_changed" if number % 2 else "invoice.paid")
    with ThreadPoolExecutor(2) as pool:
        runs = [pool.submit(reap, flow, batch=3) for _ in range(2)]
        assert sum(run.result(30) for run in runs) == 20
    assert count_rows(flow) == (20, 20, 20)
    reap(flow)
    assert len(kept(flow)) == 20


def test_a_kept_notification_stays_in_the_archive(service: Service, flow: Flow) -> None:
    """`service` and `flow` share the test's database."""
    made, _ = create_old(flow, event="security.role_changed")
    gone, _ = create_old(flow)
    for each in (made, gone):
        assert service.call("PATCH", f"/notifications/{each}", {"archived": True}, user="alice").status == 200
    assert reap(flow) == 1
    page = service.call("GET", "/notifications", user="alice", query={"archived": "1"}).json
    assert [each["id"] for each in page["notifications"]] == [str(made)]


def test_erasing_a_person_erases_kept_notifications_too(flow: Flow, connect: Connect) -> None:
    create_old(flow, event="security.role_changed")
    reap(flow)
    flow.erase("alice")
    assert set(rows_about(connect, "alice").values()) == {0}
