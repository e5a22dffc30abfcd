"""The ids of a person's notifications and deliveries carry the person's bucket, from Python and from SQL alike."""

from uuid import UUID

from carillon.ids import bucket_of, uuid7
from tests.support.environment import Connect
from tests.support.flow import Flow

PEOPLE = [
    *(f"user-{number}" for number in range(4000)),
    *(f"auth0|{number * 7919:024x}" for number in range(1000)),
    *(chr(0x00E0 + number) * (number % 128 + 1) for number in range(1000)),
    *(chr(0x1F300 + number) + "/" + str(number) for number in range(500)),
]


def carried(made: UUID) -> int:
    return made.int >> 52 & 0x3FF


def test_sql_and_python_agree_about_thousands_of_people(connect: Connect) -> None:
    rows = connect().execute("SELECT person, bucket_of(person) AS bucket FROM unnest(%s::text[]) AS person", [PEOPLE])
    for row in rows:
        expected = bucket_of(row["person"])
        assert (row["bucket"], carried(uuid7(None, row["person"]))) == (expected, expected)


def test_the_id_of_a_delivery_is_its_notifications_with_another_last_byte(connect: Connect) -> None:
    db = connect()
    of_all_channels = "SELECT array_agg(delivery_id_for(%s, number)) AS made FROM generate_series(1, 255) AS number"
    for _ in range(50):
        notification = uuid7(None, "alice")
        [row] = db.execute(of_all_channels, [notification]).fetchall()
        made: list[UUID] = row["made"]
        assert len({notification, *made}) == 256
        assert {each.int >> 8 for each in made} == {notification.int >> 8}


def test_the_ids_that_create_stores_carry_the_bucket(flow: Flow) -> None:
    people = ["alice", "bob", "zoë"]
    for user_id in people:
        flow.person(user_id, devices=1)
    flow.create(*people)
    rows = flow.db.execute("SELECT id, user_id FROM notifications UNION ALL SELECT id, user_id FROM deliveries")
    stored = rows.fetchall()
    assert len(stored) == 9
    assert all(carried(row["id"]) == bucket_of(row["user_id"]) for row in stored)
