"""The rights of the functions' roles, granted by statements/migrations/grant_runtime.sql: enough, and no more."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import psycopg
import pytest
from psycopg.types.json import Jsonb

from carillon.database.connection import STATEMENTS, Database
from carillon.settings import CreateSettings
from carillon.settings.base import DatabaseSettings
from tests.support.environment import Connect, as_role
from tests.support.service import Service

SECOND = datetime(2026, 11, 30, tzinfo=UTC)
NOBODY = UUID("00000000-0000-7000-8000-000000000001")
ROW = {"SELECT", "INSERT", "UPDATE", "DELETE"}
OF_CREATE = {"create", "differing_fields", "dry_run", "record_for_self", "retract"}
OF_READ = sorted(
    f"notifications/{path.stem}"
    for path in (STATEMENTS / "notifications").glob("*.sql")
    if path.stem not in OF_CREATE | {"list_scheduled"}  # of the reaper
)  # fmt: skip
OF_RECIPIENTS = sorted(
    f"{folder}/{path.stem}" for folder in ("people", "devices") for path in (STATEMENTS / folder).glob("*.sql")
)
PARAMETERS: dict[str, Any] = {
    "user_id": "alice", "unread": False, "event": None, "limit": 10, "cursor": None, "before": None,
    "read_at": SECOND, "read": True, "archived": True, "id": NOBODY, "producer": None, "ids": [NOBODY],
    "settings": CreateSettings(database_url="x", queue_url="x").for_all_events, "email": "alice@example.com",
    "claimed_email": "alice@example.com", "locale": "en", "timezone": "UTC", "timezone_known": True,
    "in_app_enabled": None, "channels": Jsonb({}), "digest_minutes": 5, "rules": Jsonb({}), "quiet_from": None,
    "quiet_to": None, "categories": None, "platform": "fcm", "token": "t", "endpoint_arn": "arn",
    "receipt": UUID(int=1), "person": "sha256:0", "requester": "producer:app", "after": None, "log": Jsonb({}),
    "new_endpoint_arn": "arn", "keep": 10, "silence_days": 270, "batch": 10,
}  # fmt: skip


@pytest.fixture
def recorded(service: Service, reachable: Any, connect: Connect) -> str:
    """Return the id of alice's notification, whose email is pending. The tables of pauses and rates have a row."""
    reachable("alice")
    body = {"user_id": "alice", "event_name": "a.b", "title": "T", "severity": "critical"}
    answer = service.call("POST", "/notifications", body, producer="billing")
    assert answer.status == 201
    connect().execute("INSERT INTO pauses (channel, event, until) VALUES ('email', 'x', now() + interval '1 hour')")
    return answer.json["notification"]["id"]


@pytest.mark.parametrize("name", [*OF_READ, "connection/check_health"])
def test_the_role_of_read_may_run_each_statement_of_read(database_url: str, recorded: str, name: str) -> None:
    database = Database(DatabaseSettings(database_url=as_role(database_url, "carillon_read")))
    try:
        rows = database.rows(name, PARAMETERS | {"id": recorded})
        assert len(rows) == 1
        if name == "notifications/list_deliveries":
            assert rows[0]["story"]["deliveries"][0]["held_by"] is None
    finally:
        database.close()


@pytest.mark.parametrize("name", [*OF_RECIPIENTS, "deliveries/undispatch"])
def test_the_role_of_the_api_may_run_each_statement_of_recipients(database_url: str, recorded: str, name: str) -> None:
    database = Database(DatabaseSettings(database_url=as_role(database_url, "carillon_api")))
    try:
        database.rows(name, PARAMETERS)
    finally:
        database.close()


def test_the_role_of_the_api_records_repeats_plans_and_retracts(service: Service, recorded: str) -> None:
    body = {"event_name": "a.b", "title": "T", "idempotency_key": "one"}
    for query, status in (({"dry_run": "1"}, 200), ({}, 201), ({}, 200)):
        assert service.call("POST", "/notifications", body, user="alice", query=query).status == status
    assert service.call("POST", "/notifications", body | {"title": "U"}, user="alice").status == 422
    assert service.call("DELETE", f"/notifications/{recorded}", producer="billing").status == 200


def test_each_role_has_these_rights_and_no_other(connect: Connect) -> None:
    """A new table gives nothing to the roles of the API. Add to grant_runtime.sql what a statement needs."""
    tables = {row["name"] for row in connect().execute(
        "SELECT relname AS name FROM pg_class WHERE relkind = 'r' AND relnamespace = 'carillon'::regnamespace"
    )}  # fmt: skip
    rows = connect().execute(
        """
        SELECT grantee::text AS role, table_name::text AS name, privilege_type::text AS kind
        FROM information_schema.role_table_grants
        WHERE table_schema = 'carillon' AND grantee <> 'carillon_owner'
        """
    )
    rights: dict[str, dict[str, set[str]]] = {"carillon": {}, "carillon_api": {}, "carillon_read": {}}
    for row in rows:
        rights[row["role"]].setdefault(row["name"], set()).add(row["kind"])
    api = ("notifications", "deliveries", "delivery_items", "preferences", "recipients", "devices", "rate_limits")
    seen = ("notifications", "deliveries", "delivery_items", "pauses", "send_rates", "migrations")
    assert rights == {
        "carillon": dict.fromkeys(tables - {"migrations"}, ROW) | {"migrations": {"SELECT"}},
        "carillon_api": dict.fromkeys(api, ROW)
        | {"suppressions": {"SELECT"}, "signing_keys": {"SELECT"}}
        | {"erasures": {"SELECT", "INSERT"}, "operator_log": {"INSERT"}},
        "carillon_read": {name: {"SELECT"} for name in seen},
    }
    columns = connect().execute(
        """
        SELECT column_name::text AS name FROM information_schema.role_column_grants
        WHERE grantee = 'carillon_read' AND privilege_type <> 'SELECT'
        """
    )
    assert {row["name"] for row in columns} == {"read_at", "archived_at", "updated_at"}


@pytest.mark.parametrize("role", ["carillon_api", "carillon_read"])
@pytest.mark.parametrize(
    "attempt",
    [
        "SELECT FROM operator_log",
        "UPDATE operator_log SET operator = 'x'",
        "DELETE FROM erasures",
        "UPDATE erasures SET deleted = '{}'",
        "SELECT FROM reputations",
        "SELECT FROM soft_bounces",
        "DELETE FROM pauses",
        "UPDATE signing_keys SET secret = secret",
        "DELETE FROM suppressions",
        "TRUNCATE notifications CASCADE",
    ],
)
def test_no_function_of_the_api_touches_what_is_the_operators(
    database_url: str, connect: Connect, role: str, attempt: str
) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        connect(as_role(database_url, role)).execute(attempt.encode())


@pytest.mark.parametrize(
    "attempt",
    [
        "SELECT secret FROM signing_keys",
        "SELECT address_hash FROM suppressions",
        "SELECT token FROM devices",
        "SELECT email FROM recipients",
        "SELECT rules FROM preferences",
        f"SELECT destination FROM destinations(ARRAY['{NOBODY}']::uuid[])",
        "UPDATE notifications SET title = 'forged'",
        "UPDATE notifications SET user_id = 'mallory'",
        "UPDATE notifications SET read_at = now(), body = 'forged'",
        "UPDATE deliveries SET status = 'sent', finished_at = now()",
        "INSERT INTO notifications DEFAULT VALUES",
        "DELETE FROM notifications",
        "DELETE FROM deliveries",
        "SELECT erase_person('alice')",
    ],
)
def test_the_role_of_read_reads_no_secret_and_writes_no_other_column(
    database_url: str, connect: Connect, attempt: str
) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        connect(as_role(database_url, "carillon_read")).execute(attempt.encode())


def test_no_sql_function_has_more_rights_than_its_caller(connect: Connect) -> None:
    rows = connect().execute(
        "SELECT proname FROM pg_proc WHERE pronamespace = 'carillon'::regnamespace AND prosecdef"
    ).fetchall()  # fmt: skip
    assert rows == []
