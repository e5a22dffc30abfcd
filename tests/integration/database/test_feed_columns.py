"""The columns of the feed: each field of a request is stored, and each field of the model is shown."""

from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from psycopg.types.json import Jsonb

from carillon.database.connection import Database, statement
from carillon.models.new_notification import NewNotification
from carillon.models.notification import Notification
from carillon.notifications import feed, record
from carillon.settings import CreateSettings
from tests.support.environment import Connect
from tests.support.flow import PRODUCER
from tests.support.paths import ROOT

# These fields name the recipients, the key or a template. The feed does not show them as they came.
NOT_SHOWN = {"user_id", "user_ids", "resource_id", "idempotency_key", "idempotency_mode", "template", "variables"}
SOON = datetime.now(UTC) + timedelta(hours=2)
SAMPLES: dict[str, Any] = {
    "event_name": "invoice.paid",
    "title": "Paid",
    "body": "The invoice is paid.",
    "summary": "An invoice",
    "severity": "warning",
    "target_url": "/invoices/9",
    "data": {"number": 9},
    "batch_key": "invoices",
    "send_at": SOON.isoformat(),
    "expires_at": (SOON + timedelta(days=1)).isoformat(),
}


def test_an_entry_has_exactly_the_fields_of_the_model(connect: Connect) -> None:
    row = connect().execute("SELECT feed_entry(NULL::notifications) AS entry").fetchone()
    assert row
    assert set(row["entry"]) == set(Notification.model_fields)


def test_each_field_of_a_request_is_stored_and_shown(database_url: str) -> None:
    fields = set(NewNotification.model_fields) - NOT_SHOWN
    assert set(SAMPLES) == fields, "give each field of a request a sample here"

    settings = CreateSettings(database_url=database_url, queue_url="unused")
    new = NewNotification.model_validate(SAMPLES | {"user_id": "alice"})
    with closing(Database(settings)) as database:
        created = record.create(database, settings, PRODUCER, new, None).answer.model_dump()["notification"]
        shown = feed.mark(database, "alice", created["id"], read=True).notification.model_dump()

    requested = {name: getattr(new, name) for name in fields}
    assert None not in requested.values()
    assert {name: shown[name] for name in fields} == requested
    assert {name: created[name] for name in fields} == requested


def test_the_documentation_lists_each_field_of_a_request() -> None:
    page = (ROOT / "docs" / "api.md").read_text("utf-8")
    assert [name for name in NewNotification.model_fields if f"| `{name}` |" not in page] == []


@pytest.mark.parametrize("form", ["", "_by_event"])
@pytest.mark.parametrize("name", ["notifications/list_feed", "notifications/list_unread", "notifications/list_archive"])
def test_the_planner_inlines_the_functions_of_a_page(connect: Connect, name: str, form: str) -> None:
    """A call that is not inlined would read whole rows, and hide the plan of the count."""
    text = statement(name + form).decode()
    parameters = {"user_id": "alice", "unread": False, "event": "job", "limit": 31, "cursor": None}
    rows = connect().execute(f"EXPLAIN (VERBOSE) {text}".encode(), parameters).fetchall()
    plan = "\n".join(row["QUERY PLAN"] for row in rows)
    assert "jsonb_build_object" in plan
    assert "feed_entry" not in plan
    assert "Function Scan" not in plan


def test_the_planner_inlines_the_answer_about_preferences(connect: Connect) -> None:
    parameters = {"user_id": "alice", "categories": [], "settings": Jsonb({})}
    text = statement("people/get_preferences").decode()
    rows = connect().execute(f"EXPLAIN (VERBOSE) {text}".encode(), parameters).fetchall()
    assert "preferences_answer" not in "\n".join(row["QUERY PLAN"] for row in rows)
