"""Tokens of APNs in the database: one row for each phone, also after an upgrade and for the release before."""

import shutil
from pathlib import Path
from typing import Any

import psycopg
import pytest

from carillon.database.migrations import MIGRATIONS, migrate
from carillon.ids import uuid7
from tests.support.environment import Connect

TOKEN = "740f4707bebcf74f9b7c25d48e3358945f6aa01da5ddb387462c7eaf61bb78ad"
PRINTED = "<740F4707 bebcf74f 9b7c25d4 8e335894 5f6aa01d a5ddb387 462c7eaf 61bb78ad>"
FCM = "fcm:APA91bTOKEN"
# owner, platform, token, enabled, days since the last registration
BEFORE = [
    ("alice", "apns", TOKEN, True, 9),
    ("bob", "apns", TOKEN.upper(), True, 5),
    ("bob", "apns", PRINTED, False, 3),
    ("carol", "apns", "AB12", True, 300),
    ("dave", "fcm", FCM, True, 9),
    ("erin", "fcm", FCM.lower(), True, 5),
    ("erin", "apns", "ab13", False, 5),
    ("erin", "apns", "AB13", False, 4),
]


@pytest.fixture
def upgraded(connect: Connect, empty_database_url: str, tmp_path: Path) -> psycopg.Connection[dict[str, Any]]:
    """Return a connection to a database with the tables of the release before, filled with BEFORE and then migrated."""
    for path in MIGRATIONS.glob("000[123]_*.sql"):
        shutil.copy(path, tmp_path)
    connection = connect(empty_database_url)
    migrate(connection, tmp_path)
    for number, (owner, platform, token, enabled, days) in enumerate(BEFORE):
        connection.execute(
            """
            INSERT INTO devices (id, user_id, platform, token, endpoint_arn, enabled, created_at, updated_at, seen_at)
            VALUES (%s, %s, %s, %s, %s, %s, now(), now(), current_date - %s::integer)
            """,
            [uuid7(), owner, platform, token, f"arn:{number}", enabled, days],
        )
    assert [name for name in migrate(connection) if name.startswith("0004")]
    return connection


def devices(connection: psycopg.Connection[dict[str, Any]]) -> list[tuple[Any, ...]]:
    rows = connection.execute(
        """
        SELECT user_id, token, enabled, current_date - seen_at::date AS days, endpoint_arn FROM devices
        ORDER BY user_id, token
        """
    )
    return [tuple(row.values()) for row in rows.fetchall()]


def test_an_upgrade_keeps_the_later_persons_device_and_their_pushes(
    upgraded: psycopg.Connection[dict[str, Any]],
) -> None:
    assert devices(upgraded) == [
        ("bob", TOKEN, True, 3, "arn:1"),
        ("carol", "ab12", True, 300, "arn:3"),
        ("dave", FCM, True, 9, "arn:4"),
        ("erin", "ab13", False, 4, "arn:7"),
        ("erin", FCM.lower(), True, 5, "arn:5"),
    ]


def test_the_schema_refuses_a_second_spelling(upgraded: psycopg.Connection[dict[str, Any]]) -> None:
    with pytest.raises(psycopg.errors.CheckViolation):
        upgraded.execute("UPDATE devices SET token = upper(token) WHERE user_id = 'carol'")


def test_a_registration_by_the_release_before_takes_the_phone_over(
    upgraded: psycopg.Connection[dict[str, Any]],
) -> None:
    """It does not fold the token itself."""
    for spelling in (TOKEN.upper(), PRINTED):
        [row] = upgraded.execute(
            "SELECT id FROM put_device(%s, 'alice', 'apns', %s, 'arn:new')", [uuid7(), spelling]
        ).fetchall()
        assert row["id"]
    assert devices(upgraded)[0][:2] == ("alice", TOKEN)
    assert [owner for owner, *_ in devices(upgraded)] == ["alice", "carol", "dave", "erin", "erin"]
