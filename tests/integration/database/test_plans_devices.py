"""The plans of the statements about devices in a large table: they use indexes."""

from typing import Any

import psycopg
import pytest

from carillon.database.connection import statement
from tests.support.environment import Connect
from tests.support.plans import Plan, carried_out

DEVICES = 20_000  # four for each of 5,000 people
FILL = """
INSERT INTO devices (id, user_id, platform, token, endpoint_arn, created_at, updated_at, seen_at)
SELECT
    gen_random_uuid(), 'user-' || mod(n, 5000), 'fcm', 'token-' || n, 'arn:' || n, now(), now() - interval '1 day',
    now() - n * interval '20 minutes'
FROM generate_series(1, %s) AS n
"""


@pytest.fixture
def cursor(connect: Connect) -> psycopg.ClientCursor[Any]:
    connection = connect()
    connection.execute(FILL, [DEVICES])
    connection.execute("ANALYZE devices")
    return psycopg.ClientCursor(connection)


def plan(cursor: psycopg.ClientCursor[Any], name: str, **parameters: Any) -> Plan:
    text = cursor.mogrify(statement(name), parameters)
    cursor.execute("BEGIN")
    carried = carried_out(cursor, text)
    cursor.execute("ROLLBACK")
    return carried


@pytest.mark.parametrize("silence_days", [270, 2000])
def test_silent_devices_are_found_by_when_they_were_last_seen(
    cursor: psycopg.ClientCursor[Any], silence_days: int
) -> None:
    """Some hundred devices are that old, or none."""
    carried = plan(cursor, "devices/take_silent", silence_days=silence_days, batch=10)
    assert "devices_seen" in carried.indexes
    assert carried.rows_read <= 10
    assert not carried.scans()


def test_devices_of_a_person_over_the_limit_are_found_by_an_index(cursor: psycopg.ClientCursor[Any]) -> None:
    carried = plan(cursor, "devices/take_surplus", user_id="user-77", keep=1)
    assert carried.rows_read <= 10
    assert not carried.scans()


def test_a_device_is_found_by_its_token(cursor: psycopg.ClientCursor[Any]) -> None:
    for name in ("devices/find_phone", "devices/find_endpoint"):
        carried = plan(cursor, name, platform="fcm", token="token-77", endpoint_arn="arn:77")
        assert carried.rows_read <= 1
        assert not carried.scans()
