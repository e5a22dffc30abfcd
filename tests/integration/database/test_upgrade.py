"""An upgrade of a filled database: the schema of release 0.1 with people, preferences, devices and deliveries.

After it everything works, nothing that was stored has changed, and the stack's defaults are those that it had.
"""

import json
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest

from carillon.database.choices import AUTO, resolve
from carillon.database.connection import Database
from carillon.database.migrations import MIGRATIONS, migrate
from carillon.identity import Identity
from carillon.models.new_notification import NewNotification
from carillon.notifications import feed, record
from carillon.people import preferences
from carillon.settings import CreateSettings, RecipientsSettings
from tests.support.environment import Connect
from tests.support.flow import PRODUCER, Flow
from tests.support.verified_database import run_verify

FROZEN = ("0001_types.sql", "0002_tables.sql", "0003_operations.sql")  # the numbered files of release 0.1
EMAIL_ID, PUSH_ID, OLD_ID = (UUID(int=number) for number in (1, 2, 3))
NOTE_IDS = [UUID(int=number) for number in (11, 12, 13)]
NOW = "now(), now()"
EMAILED = '{"email": {"action": "now"}, "push": {"action": "off", "reason": "disabled"}}'
PUSHED = '{"email": {"action": "off", "reason": "no_address"}, "push": {"action": "now"}}'
FILL = f"""
    INSERT INTO recipients (user_id, email, updated_at) VALUES
        ('on', 'on@example.com', now()), ('off', 'off@example.com', now()), ('never', 'never@example.com', now());
    INSERT INTO preferences (user_id, channels, rules, updated_at) VALUES
        ('on', '{{"email": true, "push": true}}', '{{}}', now()), ('off', '{{"email": false}}', '{{}}', now()),
        ('phone', '{{"push": true}}', '{{"invoice": {{"push": {{"minimum_severity": "info"}}}}}}', now());
    INSERT INTO rate_limits (user_id, used_at) VALUES ('on', date_trunc('hour', now()));
    INSERT INTO notifications (
        id, user_id, created_by, event_name, title, severity, idempotency_key, request_hash, in_app, routing,
        created_at, updated_at
    ) VALUES
        ('{NOTE_IDS[0]}', 'on', 'producer:billing', 'invoice.due', 'T', 'critical', 'k', 'h', true, '{EMAILED}', {NOW}),
        ('{NOTE_IDS[1]}', 'phone', 'user:phone', 'invoice.due', 'T', 'critical', NULL, 'h', true, '{PUSHED}', {NOW}),
        ('{NOTE_IDS[2]}', 'on', 'producer:billing', 'invoice.paid', 'T', 'info', NULL, 'h', true, '{EMAILED}', {NOW});
    INSERT INTO deliveries (id, user_id, channel, available_at, created_at, status, finished_at, attempts, claim_no,
        provider_message_ids) VALUES
        ('{EMAIL_ID}', 'on', 'email', now(), now(), 'pending', NULL, 0, 0, '{{}}'),
        ('{PUSH_ID}', 'phone', 'push', now(), now(), 'pending', NULL, 0, 0, '{{}}'),
        ('{OLD_ID}', 'on', 'email', now(), now(), 'sent', now(), 1, 1, '{{message}}');
    INSERT INTO delivery_items (notification_id, channel, delivery_id) VALUES
        ('{NOTE_IDS[0]}', 'email', '{EMAIL_ID}'), ('{NOTE_IDS[1]}', 'push', '{PUSH_ID}'),
        ('{NOTE_IDS[2]}', 'email', '{OLD_ID}');
"""
# platform, token and owner. Rows for a test of a migration that changes devices belong here, and the test below, under
# "Devices".
DEVICES = [("fcm", "token-of-a-phone", "phone"), ("apns", "ab" * 32, "phone")]
TABLES = ("recipients", "preferences", "notifications", "deliveries", "delivery_items", "rate_limits", "signing_keys")


@pytest.fixture
def before(empty_database_url: str, connect: Connect, tmp_path: Path) -> psycopg.Connection[Any]:
    """Return a connection to a filled database of release 0.1."""
    for name in FROZEN:
        shutil.copy(MIGRATIONS / name, tmp_path)
    connection = connect(empty_database_url)
    assert migrate(connection, tmp_path) == list(FROZEN)
    connection.execute(FILL.encode())
    for number, (platform, token, owner) in enumerate(DEVICES):
        connection.execute(
            """
            INSERT INTO devices (id, user_id, platform, token, endpoint_arn, created_at, updated_at)
            VALUES (gen_random_uuid(), %s, %s, %s, %s, now(), now())
            """,
            [owner, platform, token, f"arn:aws:sns:eu-central-1:123456789012:endpoint/GCM/app/{number}"],
        )
    return connection


@pytest.fixture
def upgraded(before: psycopg.Connection[Any], empty_database_url: str) -> Iterator[Flow]:
    """Yield the worker and the reaper on the upgraded database, with the defaults that the upgrade chose."""
    migrate(before)
    with ExitStack() as stack:
        yield Flow(empty_database_url.replace("//postgres@", "//carillon@"), stack)


def contents(connection: psycopg.Connection[Any], columns: dict[str, list[str]]) -> dict[str, list[Any]]:
    """Return the values of these columns of each table."""
    stored: dict[str, list[Any]] = {}
    for table, names in columns.items():
        rows = connection.execute(f"SELECT {', '.join(names)} FROM {table} ORDER BY 1, 2".encode()).fetchall()
        stored[table] = [tuple(row.values()) for row in rows]
    return stored


def columns_of(connection: psycopg.Connection[Any]) -> dict[str, list[str]]:
    rows = connection.execute(
        """
        SELECT table_name, array_agg(column_name::text ORDER BY ordinal_position) AS names
        FROM information_schema.columns WHERE table_schema = 'carillon' AND table_name = ANY (%s) GROUP BY table_name
        """,
        [list(TABLES)],
    ).fetchall()
    return {row["table_name"]: row["names"] for row in rows}


def choices(connection: psycopg.Connection[Any], **asked: str) -> dict[str, str]:
    return resolve(connection, asked)


def test_an_upgrade_applies_the_new_files_and_changes_no_row(before: psycopg.Connection[Any]) -> None:
    columns = columns_of(before)
    stored = contents(before, columns)

    applied = migrate(before)

    assert set(FROZEN).isdisjoint(applied)
    assert "0005_trust.sql" in applied
    assert contents(before, columns) == stored
    assert migrate(before) == []


def test_an_upgraded_stack_keeps_its_defaults_and_a_new_one_has_the_safer_ones(
    before: psycopg.Connection[Any], connect: Connect
) -> None:
    migrate(before)
    had = {"DefaultEmail": "off", "ProducerScopes": "combined"}
    assert choices(before) == had
    assert choices(before, DefaultEmail=AUTO, ProducerScopes=AUTO, Size="small") == had
    assert choices(before, DefaultEmail="critical", ProducerScopes="separate") == {
        "DefaultEmail": "critical", "ProducerScopes": "separate",
    }  # fmt: skip
    assert choices(connect()) == {"DefaultEmail": "critical", "ProducerScopes": "separate"}
    assert choices(connect(), DefaultEmail="all") == {"DefaultEmail": "all", "ProducerScopes": "separate"}


@pytest.mark.parametrize(
    ("person", "email"),
    [
        ("never", ("off", "disabled", "stack:default_email")),
        ("off", ("off", "disabled", "user")),
        ("on", ("now", "severity_critical", "user")),
        ("phone", ("off", "no_address", None)),
    ],
)
def test_everyone_gets_what_they_got_before(upgraded: Flow, person: str, email: tuple[str, str, str | None]) -> None:
    resolved = choices(upgraded.db)
    settings = upgraded.create_settings.model_copy(update={"default_email": resolved["DefaultEmail"]})
    new = NewNotification.model_validate(
        {"user_id": person, "event_name": "sync.failed", "title": "T", "severity": "critical"}
    )
    with closing(Database(settings)) as database:
        made: Any = record.create(database, settings, PRODUCER, new, None).answer
        mandatory = new.model_copy(update={"event_name": "security.role_changed"})
        security: Any = record.create(database, settings, PRODUCER, mandatory, None).answer
    route = made.notification.routing["email"]
    assert (route.action, route.reason, route.rule) == email
    reached = email[1] != "no_address"
    assert security.notification.routing["email"].reason == ("mandatory" if reached else "no_address")


def test_what_was_pending_is_sent_and_what_was_shown_is_shown(upgraded: Flow) -> None:
    upgraded.work(EMAIL_ID, PUSH_ID)
    assert [upgraded.row(each)["status"] for each in (EMAIL_ID, PUSH_ID, OLD_ID)] == ["sent"] * 3
    with closing(Database(upgraded.settings)) as database:
        listed = {
            person: feed.list_page(
                database, person, unread=False, archived=False, event=None, limit=10, cursor=None
            ).notifications
            for person in ("on", "phone")
        }
    assert [each.created_by.kind for each in (*listed["on"], *listed["phone"])] == ["producer", "producer", "you"]


def test_an_upgraded_database_breaks_no_rule(upgraded: Flow) -> None:
    assert run_verify(upgraded).breaches == []
    upgraded.work(EMAIL_ID, PUSH_ID)
    assert run_verify(upgraded).breaches == []


def test_preferences_read_as_before(upgraded: Flow) -> None:
    settings = RecipientsSettings(database_url=upgraded.database_url, default_email="off", email_from="a@example.com")
    with closing(Database(settings)) as database:
        read = {person: preferences.get(database, settings, person) for person in ("never", "on", "off")}
    switches = {person: each.model_dump()["email_enabled"] for person, each in read.items()}
    assert {person: (switches[person], "email_enabled" in each.by_default) for person, each in read.items()} == {
        "never": (False, True), "on": (True, False), "off": (False, False),
    }  # fmt: skip


def test_a_person_may_record_for_themselves_after_an_upgrade(upgraded: Flow) -> None:
    settings: CreateSettings = upgraded.create_settings
    own = NewNotification.model_validate({"event_name": "note.added", "title": "T"})
    with closing(Database(settings)) as database:
        assert record.create(database, settings, Identity("on", None), own, None).created == 1


def test_the_release_before_works_on_the_new_schema(upgraded: Flow) -> None:
    """Its functions run for some seconds after the migration, and its rules lack the fields that are new."""
    settings = upgraded.create_settings.model_copy(update={"default_email": "all"})
    new = NewNotification.model_validate({"user_id": "on", "event_name": "a.b", "title": "T", "severity": "warning"})
    parameters = record._parameters(settings, PRODUCER, new, ["on"], None)
    sent = json.loads(parameters["settings"])
    for rule in sent["rules"]:
        del rule["chosen_severity"], rule["chosen_severity_by"]
    with closing(Database(settings)) as database:
        row = database.row("notifications/create", parameters | {"settings": json.dumps(sent)})
    assert row
    assert (
        json.loads(row["answer"])["recipients"][0]["notification"]["routing"]["email"]["reason"] == "severity_warning"
    )


# Devices


def test_devices_stay(upgraded: Flow) -> None:
    rows = upgraded.db.execute("SELECT platform, token, user_id FROM devices").fetchall()
    assert sorted((row["platform"], row["token"], row["user_id"]) for row in rows) == sorted(DEVICES)
