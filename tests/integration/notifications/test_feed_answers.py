"""The answers of the feed: their size and their times."""

import json

from tests.support.environment import Connect
from tests.support.service import Service

# The largest content that is accepted: each character of data and body doubles when the answer becomes a string.
WORST = {"body": "\x01" * 4000, "data": {"a": '"' * 8188}}


def test_a_page_never_exceeds_the_answer_limit_of_lambda(service: Service, connect: Connect) -> None:
    for number in range(100):
        body = {"event_name": "a.b", "title": str(number)} | (WORST if number == 0 else {})
        assert service.call("POST", "/notifications", body, user="alice").status == 201
    connect().execute(
        "UPDATE notifications SET (body, data) = (SELECT body, data FROM notifications WHERE title = '0')"
    )

    titles: list[str] = []
    query = {"limit": "100"}
    while True:
        answer = service.call("GET", "/notifications", user="alice", query=query)
        assert len(json.dumps(answer.text, ensure_ascii=False).encode()) < 6_000_000
        titles += [each["title"] for each in answer.json["notifications"]]
        if answer.json["next_cursor"] is None:
            break
        query["cursor"] = answer.json["next_cursor"]

    assert titles == [str(number) for number in reversed(range(100))]


def test_times_are_utc_in_any_time_zone_of_the_database(service: Service, connect: Connect) -> None:
    name = connect().info.dbname
    connect().execute(f"ALTER DATABASE {name} SET timezone = 'Asia/Kolkata'".encode())
    made = service.call("POST", "/notifications", {"event_name": "a.b", "title": "T"}, user="alice").json
    [listed] = service.call("GET", "/notifications", user="alice").json["notifications"]
    marked = service.call("PATCH", "/notifications", {"notification_id": listed["id"]}, user="alice").json
    times = made["notification"]["created_at"], listed["created_at"], marked["notification"]["read_at"]
    assert {time[-1] for time in times} == {"Z"}
