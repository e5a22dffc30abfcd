"""Notifications that people record for themselves: the limit, the switch, the categories of producers."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from carillon.database.connection import Database
from carillon.errors import TooMany
from carillon.identity import Identity
from carillon.models.new_notification import NewNotification
from carillon.notifications import record
from carillon.settings import CreateSettings
from tests.support.environment import Connect, as_superuser
from tests.support.service import Service

OWN: dict[str, Any] = {"event_name": "note.added", "title": "T"}
CATEGORIES = """
[[categories]]
name = "law"
description = { en = "Law", fr = "Loi" }
mandatory = ["email"]

[[categories]]
name = "law.news"
description = { en = "News", fr = "Actualités" }
mandatory = []

[[categories]]
name = "trail"
description = { en = "Trail", fr = "Piste" }
audit = true

[[categories]]
name = "bill"
description = { en = "Bills", fr = "Factures" }
producers_only = true

[[categories]]
name = "bill.note"
description = { en = "Notes", fr = "Notes" }
producers_only = false
"""


def set_clock(connect: Connect, moment: datetime) -> None:
    """Set the clock of all new sessions of this test's database."""
    connect().execute(
        "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET carillon.now = '"
        f" || quote_literal('{moment.isoformat()}'), current_database()); END $$".encode()
    )


def test_a_person_may_record_ten_notifications_in_a_minute(
    service: Service, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SELF_RECORDED_PER_MINUTE")
    set_clock(connect, datetime(2026, 11, 24, 10, 0, 20, tzinfo=UTC))
    for _ in range(10):
        assert service.call("POST", "/notifications", OWN, user="alice").status == 201

    refused = service.call("POST", "/notifications", OWN, user="alice")

    assert (refused.status, refused.json["error"]["code"], refused.headers["Retry-After"]) == (429, "too_many", "40")
    assert service.call("GET", "/notifications/unread-count", user="alice").json == {"unread_count": 10}
    assert service.call("POST", "/notifications", OWN, user="bob").status == 201, "the limit is each person's own"
    to_alice = OWN | {"user_id": "alice"}
    assert service.call("POST", "/notifications", to_alice, producer="app").status == 201, "producers have none"


def test_the_next_minute_begins_anew_and_a_repeat_does_not_count(
    database_url: str, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = CreateSettings(database_url=database_url, queue_url="unused", self_recorded_per_minute=2)
    alice, new = Identity("alice", None), NewNotification.model_validate(OWN)

    def record_at(second: int, key: str | None = None) -> bool:
        set_clock(connect, datetime(2026, 11, 24, 10, tzinfo=UTC) + timedelta(seconds=second))
        with closing(Database(settings)) as database:
            return record.create(database, settings, alice, new, key).replayed

    assert [record_at(0, "first"), record_at(1, "first"), record_at(58)] == [False, True, False]
    with pytest.raises(TooMany) as refused:
        record_at(59)
    assert refused.value.retry_after_seconds == 1
    assert record_at(59, "first"), "a repeat is answered beyond the limit too"
    assert [record_at(60), record_at(61)] == [False, False]
    with pytest.raises(TooMany):
        record_at(119)


def test_the_limit_holds_however_many_requests_come_at_once(database_url: str, connect: Connect) -> None:
    set_clock(connect, datetime(2026, 11, 24, 10, tzinfo=UTC))
    settings = CreateSettings(database_url=database_url, queue_url="unused", self_recorded_per_minute=5)
    new = NewNotification.model_validate(OWN)

    def record_one(_: int) -> int:
        with closing(Database(settings)) as database:
            try:
                return record.create(database, settings, Identity("alice", None), new, None).created
            except TooMany:
                return 0

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(record_one, range(24))) == 5
    assert connect(as_superuser(database_url)).execute("SELECT count(*) FROM notifications").fetchone() == {"count": 5}


def test_a_lost_answer_counts_once(database_url: str, connect: Connect) -> None:
    settings = CreateSettings(database_url=database_url, queue_url="unused", self_recorded_per_minute=1)
    parameters = record._parameters(
        settings, Identity("alice", None), NewNotification.model_validate(OWN), ["alice"], None
    )
    set_clock(connect, datetime(2026, 11, 24, 10, tzinfo=UTC))
    with closing(Database(settings)) as database:
        for _ in range(2):  # the answer to the first run was lost, and the statement runs again
            [recipient], _ = record._record(database, "record_for_self", parameters)
            assert not recipient.replayed


def test_with_zero_only_producers_record(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SELF_RECORDED_PER_MINUTE", "0")
    for query in ({}, {"dry_run": "1"}):
        refused = service.call("POST", "/notifications", OWN, user="alice", query=query)
        assert (refused.status, refused.json["error"]["code"]) == (403, "forbidden")
        assert "only producers record notifications" in refused.json["error"]["message"]
    assert service.call("POST", "/notifications", OWN | {"user_id": "alice"}, producer="app").status == 201


@pytest.mark.parametrize(
    ("event", "category"),
    [("law.changed", "law"), ("law.news.today", None), ("trail", "trail"), ("trail.step", "trail"),
     ("bill.due", "bill"), ("bill.note.added", None), ("billing.due", None), ("note.added", None)],
)  # fmt: skip
def test_categories_of_the_producers(
    service: Service, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, event: str, category: str | None
) -> None:
    """Mandatory and audit notifications must be true: a person cannot record it about themselves."""
    file = tmp_path / "categories.toml"
    file.write_text(CATEGORIES)
    monkeypatch.setenv("CATEGORIES_FILE", str(file))
    for query in ({}, {"dry_run": "1"}):
        answer = service.call("POST", "/notifications", OWN | {"event_name": event}, user="alice", query=query)
        if category is None:
            assert answer.status in (200, 201)
        else:
            error = answer.json["error"]
            assert (answer.status, error["code"], error["details"][0]["field"]) == (403, "forbidden", "event_name")
            assert f"only producers record {category}" in error["message"]
    by_producer = service.call("POST", "/notifications", OWN | {"event_name": event, "user_id": "a"}, producer="app")
    assert by_producer.status == 201


def test_the_shipped_security_category_is_the_producers(service: Service) -> None:
    forged = OWN | {"event_name": "security.password_changed"}
    assert service.call("POST", "/notifications", forged, user="alice").status == 403


def test_the_feed_says_who_made_a_notification(service: Service, connect: Connect) -> None:
    own = service.call("POST", "/notifications", OWN, user="alice").json["notification"]
    theirs = service.call("POST", "/notifications", OWN | {"user_id": "alice"}, producer="billing:eu")
    other = service.call("POST", "/notifications", OWN | {"user_id": "alice"}, producer="x").json["notification"]
    connect().execute("UPDATE notifications SET created_by = 'user:bob' WHERE id = %s", [other["id"]])

    feed = service.call("GET", "/notifications", user="alice").json["notifications"]

    you, producer = {"kind": "you", "name": None}, {"kind": "producer", "name": "billing:eu"}
    assert [each["created_by"] for each in feed] == [{"kind": "user", "name": None}, producer, you]
    assert (own["created_by"], theirs.json["notification"]["created_by"]) == (you, producer)
    marked = service.call("PATCH", f"/notifications/{own['id']}", {"read": True}, user="alice").json
    assert marked["notification"]["created_by"] == you
