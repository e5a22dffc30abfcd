"""The ids of a person's notifications and deliveries carry the person's bucket, from Python and from SQL alike."""

from uuid import UUID

from carillon.ids import bucket_of
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
    rows = connect().execute(
        "SELECT person, bucket_of(person) AS bucket, new_uuidv7(person) AS made FROM unnest(%s::text[]) AS person",
        [PEOPLE],
    )
    for row in rows:
        expected = bucket_of(row["person"])
        assert (row["bucket"], carried(row["made"])) == (expected, expected)
        assert (row["made"].version, row["made"].variant) == (7, "specified in RFC 4122")


def test_ids_from_sql_grow_with_time_and_are_random_elsewhere(connect: Connect) -> None:
    db = connect()
    made = [row["made"] for row in db.execute("SELECT new_uuidv7('alice') AS made FROM generate_series(1, 2000)")]
    milliseconds = [each.int >> 80 for each in made]
    assert milliseconds == sorted(milliseconds)
    free = [*range(52), *range(64, 76)]  # all but the time, the version, the variant and the bucket
    assert all(700 < sum(each.int >> bit & 1 for each in made) < 1300 for bit in free)


def test_the_ids_that_create_stores_carry_the_bucket(flow: Flow) -> None:
    people = ["alice", "bob", "zoë"]
    for user_id in people:
        flow.person(user_id, devices=1)
    flow.create(*people)
    rows = flow.db.execute("SELECT id, user_id FROM notifications UNION ALL SELECT id, user_id FROM deliveries")
    stored = rows.fetchall()
    assert len(stored) == 9
    assert all(carried(row["id"]) == bucket_of(row["user_id"]) for row in stored)
