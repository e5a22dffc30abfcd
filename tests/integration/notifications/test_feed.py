"""The feed: its entries, order and pages, the unread count, and the cost of a poll."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import chain
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from carillon.database.connection import Database
from carillon.identity import Identity
from carillon.ids import uuid7
from carillon.models.new_notification import NewNotification
from carillon.notifications import feed, record
from carillon.settings import CreateSettings
from tests.support.environment import Connect
from tests.support.service import Service


@pytest.fixture
def add(connect: Connect) -> Callable[..., list[str]]:
    """Return a function that inserts rows of a user, oldest first, as a create does, and returns their ids."""

    def insert(user_id: str, count: int, event: str = "a.b", **columns: Any) -> list[str]:
        ids = sorted(uuid7() for _ in range(count))
        flags = {"in_app": True, "read": False, "archived": False, **columns}
        connect().execute(
            """
            INSERT INTO notifications (
                id, user_id, created_by, event_name, title, severity, request_hash, in_app, routing,
                read_at, archived_at, created_at, updated_at
            )
            SELECT
                id, %(user)s, 'producer:p', %(event)s, 'T', 'info', '-', %(in_app)s, '{}',
                CASE WHEN %(read)s THEN now() END, CASE WHEN %(archived)s THEN now() END, now(), now()
            FROM unnest(%(ids)s::uuid[]) AS id
            """,
            {"user": user_id, "event": event, "ids": ids, **flags},
        )
        return [str(each) for each in ids]

    return insert


def walk(
    service: Service, user: str, query: dict[str, str] | None = None, between: Callable[[], object] = lambda: None
) -> list[list[str]]:
    """Return all pages by following their cursors."""
    pages: list[list[str]] = []
    cursor: str | None = None
    while True:
        filters = (query or {}) | ({"cursor": cursor} if cursor else {})
        answer = service.call("GET", "/notifications", user=user, query=filters)
        assert answer.status == 200
        pages.append([each["id"] for each in answer.json["notifications"]])
        cursor = answer.json["next_cursor"]
        if cursor is None:
            return pages
        between()


def test_the_newest_come_first_in_pages_of_thirty(service: Service, add: Callable[..., list[str]]) -> None:
    ids = add("alice", 61)
    add("bob", 3)
    pages = walk(service, "alice")
    assert [len(page) for page in pages] == [30, 30, 1]
    assert list(chain(*pages)) == ids[::-1]


def test_a_full_last_page_has_no_next_cursor(service: Service, add: Callable[..., list[str]]) -> None:
    add("alice", 4)
    assert [len(page) for page in walk(service, "alice", {"limit": "2"})] == [2, 2]
    assert [len(page) for page in walk(service, "alice", {"limit": "100"})] == [4]
    assert walk(service, "nobody") == [[]]


def test_views_filter_the_list_and_the_count_is_of_all_unread(service: Service, add: Callable[..., list[str]]) -> None:
    read = add("alice", 2, read=True)
    unread = add("alice", 3)
    put_away = add("alice", 2, archived=True)
    put_away_read = add("alice", 1, archived=True, read=True)
    add("alice", 1, in_app=False)
    for query, expected in (
        ({}, read + unread),
        ({"unread": "1"}, unread),
        ({"unread": "true"}, unread),
        ({"unread": "0"}, read + unread),
        ({"archived": "1"}, put_away + put_away_read),
        ({"archived": "1", "unread": "1"}, put_away),
    ):
        page = service.call("GET", "/notifications", user="alice", query=query).json
        assert (query, [each["id"] for each in page["notifications"]]) == (query, expected[::-1])
        assert page["unread_count"] == 3
        pages = walk(service, "alice", query | {"limit": "1"})
        assert list(chain(*pages)) == expected[::-1]


def test_an_event_filter_matches_the_event_or_a_prefix_of_whole_words(
    service: Service, add: Callable[..., list[str]]
) -> None:
    made = {
        event: add("alice", 1, event)[0]
        for event in ("job", "job.failed", "job.failed.hard", "jobs.done", "a_b", "axb.c")
    }
    for event, expected in (
        ("job", ["job.failed.hard", "job.failed", "job"]),
        ("job.failed", ["job.failed.hard", "job.failed"]),
        ("jobs", ["jobs.done"]),
        ("a_b", ["a_b"]),  # no pattern: _ is a plain character
        ("jo", []),
    ):
        for query in ({"event": event}, {"event": event, "unread": "1"}):
            page = service.call("GET", "/notifications", user="alice", query=query).json
            assert (event, [each["id"] for each in page["notifications"]]) == (event, [made[name] for name in expected])


def test_the_unread_count_is_capped_at_a_thousand(service: Service, add: Callable[..., list[str]]) -> None:
    add("alice", 999)
    counts: list[int] = []
    for _ in range(3):
        page = service.call("GET", "/notifications", user="alice", query={"limit": "1"}).json
        badge = service.call("GET", "/notifications/unread-count", user="alice").json
        assert badge == {"unread_count": page["unread_count"]}
        counts.append(page["unread_count"])
        add("alice", 1)
    assert counts == [999, 1000, 1000]


def test_pages_neither_skip_nor_repeat_entries_while_rows_arrive(
    service: Service, add: Callable[..., list[str]]
) -> None:
    ids = add("alice", 25)
    pages = walk(service, "alice", {"limit": "5"}, lambda: add("alice", 3))
    assert list(chain(*pages)) == ids[::-1]
    assert service.call("GET", "/notifications", user="alice").json["unread_count"] == 25 + 4 * 3


@pytest.mark.parametrize("path", ["/notifications", "/notifications/unread-count"])
def test_a_poll_without_changes_is_answered_304(service: Service, add: Callable[..., list[str]], path: str) -> None:
    add("alice", 2)
    first = service.call("GET", path, user="alice")
    tag = first.headers["ETag"]
    assert tag.startswith('"')
    assert tag.endswith('"')
    assert first.headers["Cache-Control"] == "no-store"
    for known in (tag, f"W/{tag}", f'"other", {tag}', f'W/"other",W/{tag}', "*"):
        again = service.call("GET", path, user="alice", headers={"If-None-Match": known})
        assert (known, again.status, again.text, again.headers["ETag"]) == (known, 304, "", tag)
    for other in ('"other"', tag.strip('"'), f'"{tag[1:-2]}"', ""):
        assert service.call("GET", path, user="alice", headers={"If-None-Match": other}).status == 200

    service.call("PATCH", "/notifications", {"all": True}, user="alice")
    changed = service.call("GET", path, user="alice", headers={"If-None-Match": tag})
    assert changed.status == 200
    assert changed.headers["ETag"] != tag


def test_count_and_list_agree_while_other_connections_write(database_url: str, add: Callable[..., list[str]]) -> None:
    """Writers create, mark and archive on their own connections. Each page has the unread count of its own rows."""
    settings_ = CreateSettings(database_url=database_url, queue_url="q", self_recorded_per_minute=100_000)
    alice = Identity(subject="alice", producer=None)
    new = NewNotification(event_name="a.b", title="T")
    add("alice", 20)
    stop = threading.Event()

    def write(seed: int) -> int:
        database, done = Database(settings_), 0
        try:
            while not stop.is_set():
                page = feed.list_page(database, "alice", unread=False, archived=False, event=None, limit=5, cursor=None)
                for each in page.notifications:
                    feed.mark(database, "alice", each.id, read=(done + seed) % 3 != 0, archived=(done + seed) % 5 == 0)
                record.create(database, settings_, alice, new, None)
                if done % 7 == seed:
                    feed.mark_all_read(database, "alice", None)
                done += 1
        finally:
            database.close()
        return done

    reader, seen = Database(settings_), set[int]()
    with ThreadPoolExecutor(3) as pool:
        writers = [pool.submit(write, seed) for seed in range(3)]
        try:
            for _ in range(150):
                page = feed.list_page(
                    reader, "alice", unread=False, archived=False, event=None, limit=1000, cursor=None
                )
                assert page.unread_count == sum(each.read_at is None for each in page.notifications)
                unread = feed.list_page(
                    reader, "alice", unread=True, archived=False, event=None, limit=1000, cursor=None
                )
                assert unread.unread_count == len(unread.notifications)
                seen.add(page.unread_count)
        finally:
            stop.set()
        assert all(writer.result() > 1 for writer in writers)
    reader.close()
    assert len(seen) > 2  # the count changed during the run


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["create", "schedule", "read", "unread", "archive", "unarchive", "read all"]), st.integers(0, 5)
    ),
    min_size=1,
    max_size=12,
)  # fmt: skip


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_after_any_steps_list_and_count_agree_with_a_model(service: Service, steps: list[tuple[str, int]]) -> None:
    user = f"user_{uuid7()}"
    rows: list[list[Any]] = []  # id, read, archived; newest last
    for step, which in steps:
        if step == "create":
            made = service.call("POST", "/notifications", {"event_name": "a.b", "title": "T"}, user=user).json
            rows.append([made["notification"]["id"], False, False])
        elif step == "schedule":  # until then no list has it
            send_at = datetime.now(UTC) + timedelta(hours=which, minutes=10)
            ahead = {"event_name": "a.b", "title": "T", "send_at": send_at.isoformat()}
            service.call("POST", "/notifications", ahead, user=user)
        elif step == "read all":
            answer = service.call("PATCH", "/notifications", {"all": True}, user=user).json
            assert answer["updated"] == sum(not read and not archived for _, read, archived in rows)
            for row in rows:
                row[1] = row[1] or not row[2]
        elif rows:
            row = rows[which % len(rows)]
            field, value = ("read", step == "read") if "read" in step else ("archived", step == "archive")
            assert service.call("PATCH", f"/notifications/{row[0]}", {field: value}, user=user).status == 200
            row[1 if field == "read" else 2] = value
    unread = [row[0] for row in reversed(rows) if not row[1] and not row[2]]
    for query, expected in (
        ({}, [row[0] for row in reversed(rows) if not row[2]]),
        ({"unread": "1"}, unread),
        ({"archived": "1"}, [row[0] for row in reversed(rows) if row[2]]),
    ):
        page = service.call("GET", "/notifications", user=user, query=query).json
        assert [each["id"] for each in page["notifications"]] == expected
        assert page["unread_count"] == len(unread)
