"""All SQL of the benchmarks that names tables of the product.

The rest of the benchmarks reaches the product through its Python functions. If a table or a column changes its name,
only this module changes.
"""

from collections.abc import Sequence
from typing import Any, LiteralString
from uuid import UUID

import psycopg
from psycopg import sql
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

SCHEMA: LiteralString = "carillon"
NOTIFICATIONS: LiteralString = "notifications"
DELIVERIES: LiteralString = "deliveries"
RECIPIENTS: LiteralString = "recipients"
PREFERENCES: LiteralString = "preferences"
DEVICES: LiteralString = "devices"
ITEMS: LiteralString = "delivery_items"
LIMITS: LiteralString = "rate_limits"
PAUSES: LiteralString = "pauses"
# The columns of a notification that differ from row to row.
OWN_COLUMNS = ("id", "user_id", "idempotency_key")

Connection = psycopg.Connection[Any]


def store_addresses(connection: Connection, people: Sequence[str]) -> None:
    """Store an email address for each person, with one statement."""
    statement = sql.SQL(
        "INSERT INTO {} (user_id, email, updated_at) SELECT id, id || '@example.com', now() FROM unnest(%s::text[]) id"
    )
    connection.execute(statement.format(sql.Identifier(SCHEMA, RECIPIENTS)), [list(people)])


def copy_people(connection: Connection, user_id: str, people: Sequence[str]) -> None:
    """Give people the contact data, the preferences and the devices of a person, with their own id in each text."""
    for table in (RECIPIENTS, PREFERENCES, DEVICES):
        statement = sql.SQL(
            """
            INSERT INTO {table}
            SELECT (jsonb_populate_record(one, changed::jsonb || jsonb_build_object('id', gen_random_uuid()))).*
            FROM {table} AS one, unnest(%(people)s::text[]) AS other,
                replace(to_jsonb(one)::text, one.user_id, other) AS changed
            WHERE one.user_id = %(user_id)s
            """
        )
        copied = statement.format(table=sql.Identifier(SCHEMA, table))
        connection.execute(copied, {"user_id": user_id, "people": list(people)})


def add_pauses(connection: Connection, events: Sequence[str]) -> None:
    """Pause events on all channels for a day."""
    statement = sql.SQL(
        "INSERT INTO {} (event, until) SELECT event, now() + interval '1 day' FROM unnest(%s::text[]) event"
    )
    connection.execute(statement.format(sql.Identifier(SCHEMA, PAUSES)), [list(events)])


def sample_row(connection: Connection, user_id: str) -> dict[str, Any]:
    """Return a person's newest notification as the columns of its row."""
    statement = sql.SQL("SELECT * FROM {} WHERE user_id = %s ORDER BY id DESC LIMIT 1")
    with connection.cursor(row_factory=dict_row) as cursor:
        row = cursor.execute(statement.format(sql.Identifier(SCHEMA, NOTIFICATIONS)), [user_id]).fetchone()
        assert row
        return row


def _adapted(value: Any) -> Any:
    return Jsonb(value) if isinstance(value, (dict, list)) else value


class BareInsert:
    """The prepared INSERT of notifications with the content of a sample: what one row costs at least."""

    def __init__(self, sample: dict[str, Any]) -> None:
        self._constants = {name: _adapted(value) for name, value in sample.items() if name not in OWN_COLUMNS}
        columns = [*OWN_COLUMNS, *self._constants]
        names = sql.SQL(", ").join(map(sql.Identifier, columns))
        table = sql.Identifier(SCHEMA, NOTIFICATIONS)
        self._one = sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(
            table, names, sql.SQL(", ").join([sql.Placeholder()] * len(columns))
        )
        self._many = sql.SQL(
            "INSERT INTO {} ({}) SELECT own.*, {} FROM unnest(%s::uuid[], %s::text[], %s::text[]) AS own"
        ).format(table, names, sql.SQL(", ").join([sql.Placeholder()] * len(self._constants)))

    def one(self, connection: Connection, notification_id: UUID, user_id: str, key: str) -> None:
        """Insert one notification."""
        connection.execute(self._one, [notification_id, user_id, key, *self._constants.values()], prepare=True)

    def many(self, connection: Connection, ids: list[UUID], people: list[str], keys: list[str]) -> None:
        """Insert many notifications with one statement."""
        connection.execute(self._many, [*self._constants.values(), ids, people, keys], prepare=True)


class SameRows:
    """One prepared statement that inserts all rows of a notification that opens a delivery on each channel.

    It decides nothing and checks nothing. No create that stores the same rows in the same tables can be faster.
    """

    def __init__(self, sample: dict[str, Any]) -> None:
        self._constants = {name: _adapted(value) for name, value in sample.items() if name not in OWN_COLUMNS}
        columns = [*OWN_COLUMNS, *self._constants]
        tables = {"notifications": NOTIFICATIONS, "deliveries": DELIVERIES, "items": ITEMS, "limits": LIMITS}
        self._statement = sql.SQL(_SAME_ROWS).format(
            names=sql.SQL(", ").join(map(sql.Identifier, columns)),
            constants=sql.SQL(", ").join(map(sql.Placeholder, self._constants)),
            **{name: sql.Identifier(SCHEMA, table) for name, table in tables.items()},
        )

    def insert(
        self, connection: Connection, notification_id: UUID, user_id: str, key: str, deliveries: dict[str, UUID]
    ) -> None:
        """Insert one notification and a delivery for each channel."""
        own = {"id": notification_id, "user_id": user_id, "idempotency_key": key}
        opened = {"channels": list(deliveries), "deliveries": list(deliveries.values())}
        connection.execute(self._statement, {**self._constants, **own, **opened}, prepare=True)


_SAME_ROWS: LiteralString = """
    WITH stored AS (
        INSERT INTO {notifications} ({names}) VALUES (%(id)s, %(user_id)s, %(idempotency_key)s, {constants})
    ),
    opened AS (
        INSERT INTO {deliveries}
            (id, user_id, channel, available_at, first_available_at, dispatched_at, created_at)
        SELECT d.id, %(user_id)s, d.channel, now(), now(), now(), now()
        FROM unnest(%(deliveries)s::uuid[], %(channels)s::text[]) AS d (id, channel)
    ),
    listed AS (
        INSERT INTO {items} (notification_id, channel, delivery_id)
        SELECT %(id)s, d.channel, d.id FROM unnest(%(deliveries)s::uuid[], %(channels)s::text[]) AS d (id, channel)
    )
    INSERT INTO {limits} AS l (user_id, used_at) VALUES (%(user_id)s, date_trunc('hour', now()))
    ON CONFLICT (user_id) DO UPDATE SET used_at = excluded.used_at WHERE l.used_at <> excluded.used_at
"""


def _constants(sample: dict[str, Any]) -> dict[str, Any]:
    """Return the values that all filled notifications have in common: the content of the sample."""
    own = (*OWN_COLUMNS, "read_at", "created_at", "updated_at")
    return {name: _adapted(value) for name, value in sample.items() if name not in own}


def fill_feed(connection: Connection, sample: dict[str, Any], rows: int, people: int, hot: int) -> None:
    """Insert notifications in the order of their time: `rows` of many people, and `hot` of one.

    A typical person has `rows / people` notifications, and a quarter of them is unread. Of the hot person's, four
    fifths are unread. The content is that of the sample. One statement fills all.
    """
    constants = _constants(sample)
    statement = sql.SQL(_FILL).format(
        table=sql.Identifier(SCHEMA, NOTIFICATIONS),
        names=sql.SQL(", ").join(map(sql.Identifier, constants)),
        constants=sql.SQL(", ").join(map(sql.Literal, constants.values())),
        hot=sql.Literal(hot),
        people=sql.Literal(people),
        total=sql.Literal(rows + hot),
    )
    connection.execute(statement)


_FILL: LiteralString = """
    INSERT INTO {table} (id, user_id, idempotency_key, read_at, created_at, updated_at, {names})
    SELECT
        uuidv7(made_at - now()), user_id, 'fill:' || n, CASE WHEN NOT unread THEN made_at + interval '1 hour' END,
        made_at, made_at, {constants}
    FROM generate_series(0, {total}::bigint - 1) AS n
    CROSS JOIN LATERAL (
        SELECT n * {hot} / {total}, n * {hot} / {total} < (n + 1) * {hot} / {total},
            now() - ({total} - n) * interval '1 second'
    ) AS placed (hot_before, is_hot, made_at)
    CROSS JOIN LATERAL (
        SELECT
            CASE WHEN is_hot THEN 'hot' ELSE 'typical-' || (n - hot_before) * 7919 % {people} END,
            CASE WHEN is_hot THEN hot_before % 5 <> 0 ELSE (n - hot_before) / {people} % 4 = 0 END
    ) AS chosen (user_id, unread)
"""


def fill_old(connection: Connection, sample: dict[str, Any], rows: int) -> None:
    """Insert notifications of a month that ended 370 days ago, half of them with an email that was sent.

    The content is that of the sample.
    """
    constants = _constants(sample)
    notifications = sql.SQL(_FILL_OLD).format(
        table=sql.Identifier(SCHEMA, NOTIFICATIONS),
        names=sql.SQL(", ").join(map(sql.Identifier, constants)),
        constants=sql.SQL(", ").join(map(sql.Literal, constants.values())),
        total=sql.Literal(rows),
    )
    deliveries = sql.SQL(_DELIVER_OLD).format(
        table=sql.Identifier(SCHEMA, NOTIFICATIONS),
        deliveries=sql.Identifier(SCHEMA, DELIVERIES),
        items=sql.Identifier(SCHEMA, ITEMS),
    )
    connection.execute(notifications)
    connection.execute(deliveries)


_FILL_OLD: LiteralString = """
    INSERT INTO {table} (id, user_id, idempotency_key, read_at, created_at, updated_at, {names})
    SELECT
        uuidv7(made_at - now()), 'old-' || n * 7919 % 50000, 'old:' || n, made_at, made_at, made_at, {constants}
    FROM generate_series(1, {total}::bigint) AS n
    CROSS JOIN LATERAL (SELECT now() - interval '400 days' + n * (interval '30 days' / {total}) AS made_at) AS moment
"""

_DELIVER_OLD: LiteralString = """
    WITH old AS MATERIALIZED (
        SELECT id, user_id, created_at, uuidv7(created_at - now()) AS delivery_id FROM {table}
        WHERE created_at < now() - interval '1 year' AND mod(get_byte(uuid_send(id), 15), 2) = 0
    ),
    sent AS (
        INSERT INTO {deliveries} (
            id, user_id, channel, status, attempts, claim_no, available_at, first_available_at, dispatched_at,
            finished_at, provider_message_ids, created_at
        )
        SELECT
            delivery_id, user_id, 'email', 'sent', 1, 1, created_at, created_at, created_at,
            created_at, ARRAY[delivery_id::text], created_at
        FROM old
    )
    INSERT INTO {items} (notification_id, channel, delivery_id) SELECT id, 'email', delivery_id FROM old
"""


def count_deliveries(connection: Connection) -> dict[str, int]:
    """Return how many deliveries have each status."""
    statement = sql.SQL("SELECT status, count(*) FROM {} GROUP BY status")
    return dict(connection.execute(statement.format(sql.Identifier(SCHEMA, DELIVERIES))).fetchall())
