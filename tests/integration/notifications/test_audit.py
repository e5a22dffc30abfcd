"""What belongs to a category for audit outlives its retention and the archive, and goes with its person alone."""

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
    """Run the reaper; how many notifications it pruned."""
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
def test_the_category_and_all_below_it(flow: Flow, event: str, stays: bool) -> None:
    made, _ = create_old(flow, event=event)
    assert reap(flow) == (0 if stays else 1)
    assert kept(flow) == ({made} if stays else set())
    # With its delivery: why it was sent can be told as long as it is there.
    assert count_rows(flow) == ((1, 1, 1) if stays else (0, 0, 0))


def test_no_category_for_audit_keeps_nothing(flow: Flow) -> None:
    create_old(flow, event="security.role_changed")
    assert flow.reap(categories=Categories())["pruned"] == 1


def test_what_is_young_is_not_marked(flow: Flow) -> None:
    create_old(flow, event="security.role_changed", days=364)
    assert reap(flow) == 0
    assert kept(flow) == set()


def test_what_is_kept_neither_stops_nor_holds_up_what_is_behind_it(flow: Flow) -> None:
    for number in range(7):
        create_old(flow, event="security.role_changed", days=400 - number)
    create_old(flow, days=370)
    assert reap(flow, batch=3) == 1  # behind two full batches of which nothing went
    assert (count_rows(flow), len(kept(flow))) == ((7, 7, 7), 7)


def test_it_is_looked_at_once(flow: Flow) -> None:
    create_old(flow, event="security.role_changed")
    assert reap(flow) == 0
    version = "SELECT ctid::text, xmin::text, xmax::text FROM notifications"  # changed or locked, it is another
    marked = flow.db.execute(version).fetchall()
    assert reap(flow) == 0
    assert flow.reap(categories=Categories())["pruned"] == 0  # for audit no more: what was kept stays
    assert flow.db.execute(version).fetchall() == marked


def test_a_digest_of_both_leaves_the_one_and_its_delivery(flow: Flow) -> None:
    audited, delivery_id = create_old(flow, event="security.role_changed")
    _, other = create_old(flow)
    flow.db.execute("UPDATE delivery_items SET delivery_id = %s WHERE delivery_id = %s", [delivery_id, other])
    flow.db.execute("DELETE FROM deliveries WHERE id = %s", [other])
    assert reap(flow) == 1
    assert (count_rows(flow), kept(flow)) == ((1, 1, 1), {audited})


def test_two_reapers_at_once_mark_and_delete_each_row_once(flow: Flow) -> None:
    for number in range(40):
        create_old(flow, f"user-{number}", event="security.role_changed" if number % 2 else "invoice.paid")
    with ThreadPoolExecutor(2) as pool:
        runs = [pool.submit(reap, flow, batch=3) for _ in range(2)]
        assert sum(run.result(30) for run in runs) == 20
    assert count_rows(flow) == (20, 20, 20)
    reap(flow)
    assert len(kept(flow)) == 20


def test_archived_long_ago_it_is_still_in_the_archive(service: Service, flow: Flow) -> None:
    """`service` and `flow` share the test's database."""
    made, _ = create_old(flow, event="security.role_changed")
    gone, _ = create_old(flow)
    for each in (made, gone):
        assert service.call("PATCH", f"/notifications/{each}", {"archived": True}, user="alice").status == 200
    assert reap(flow) == 1
    page = service.call("GET", "/notifications", user="alice", query={"archived": "1"}).json
    assert [each["id"] for each in page["notifications"]] == [str(made)]


def test_erasing_a_person_erases_it_too(flow: Flow, connect: Connect) -> None:
    create_old(flow, event="security.role_changed")
    reap(flow)
    flow.erase("alice")
    assert set(rows_about(connect, "alice").values()) == {0}
