"""All data of a person by the API: the export in pages, the erasure with a receipt, and the rights to both."""

import json
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest

import recipients_shared
from carillon.models.user_id import person_hash
from carillon.operations.people import _MAX_EXPORT_BYTES as OPERATOR_BYTES
from carillon.people import data
from tests.support.environment import Connect, rows_about
from tests.support.operator_function import ask, operator_function
from tests.support.service import Service

NOTE = {"event_name": "job.failed", "title": "It failed", "severity": "critical"}
MANY = 20_000
LAMBDA_BYTES = 6 * 1024 * 1024


@pytest.fixture
def operator(service: Service) -> Iterator[None]:
    with operator_function():
        yield


def notify(service: Service, user_id: str, **content: Any) -> str:
    answer = service.call("POST", "/notifications", {**NOTE, "user_id": user_id, **content}, producer="jobs")
    assert answer.status == 201, answer.text
    return answer.json["notification"]["id"]


def pages(service: Service, path: str) -> list[dict[str, Any]]:
    """Return all pages of an export."""
    answers: list[dict[str, Any]] = []
    query: dict[str, str] = {}
    while True:
        answer = service.call("GET", path, producer="app", query=query)
        assert answer.status == 200, answer.text
        assert len(answer.text.encode()) < 1_000_000
        answers.append(answer.json)
        if answer.json["next_cursor"] is None:
            return answers
        query = {"cursor": answer.json["next_cursor"]}


@pytest.mark.usefixtures("operator")
def test_the_api_exports_the_document_of_the_command(service: Service, reachable: Any, connect: Connect) -> None:
    reachable("alice", "bob", push=True)
    ids = [notify(service, "alice", body="Secret of alice"), notify(service, "alice", title="Another")]
    notify(service, "bob", body="Secret of bob")
    exported = service.call("GET", "/exports/alice", producer="app")
    assert exported.status == 200
    assert "bob" not in exported.text
    assert [each["id"] for each in exported.json["notifications"]] == ids
    assert exported.json["notifications"][0]["deliveries"]

    by_command = ask("export", user_id="alice")
    assert {**exported.json, "next": None} == {**by_command, "next_cursor": None}
    log = connect().execute("SELECT operator, action, arguments FROM operator_log ORDER BY id").fetchall()
    assert [(row["operator"], row["action"]) for row in log] == [("producer:app", "export"), ("tests", "export")]
    assert [row["arguments"] for row in log] == [{"person": person_hash("alice")}] * 2


def test_an_export_of_many_notifications_has_bounded_pages(service: Service, connect: Connect) -> None:
    """Each page takes one query, of at most 100 notifications and 900 kB; Lambda answers at most 6 MB."""
    assert OPERATOR_BYTES < LAMBDA_BYTES
    notify(service, "alice")
    connection = connect()
    connection.execute(
        """
        INSERT INTO notifications SELECT n.* FROM notifications AS seed CROSS JOIN generate_series(2, %s) AS number,
            LATERAL jsonb_populate_record(seed, jsonb_build_object(
                'id', gen_random_uuid(), 'idempotency_key', NULL, 'title', number
            )) AS n
        """,
        [MANY],
    )
    found = pages(service, "/exports/alice")
    assert [len(page["notifications"]) for page in found[:-1]] == [100] * (len(found) - 1)
    ids = [each["id"] for page in found for each in page["notifications"]]
    assert len(set(ids)) == len(ids) == MANY
    assert ids == sorted(ids)
    logged = connection.execute("SELECT count(*) AS count FROM operator_log").fetchone()
    assert logged is not None
    assert logged["count"] == 1, "one line for the whole export"
    receipt = service.call("DELETE", "/recipients/alice", producer="app").json["receipt"]
    assert receipt["deleted"]["notifications"] == MANY


@pytest.mark.parametrize(("max_bytes", "sizes"), [(10_000, [2, 2, 1]), (1, [1] * 5)])
def test_a_page_is_cut_where_it_would_be_too_large(service: Service, max_bytes: int, sizes: list[int]) -> None:
    for _ in range(5):
        notify(service, "alice", body="é" * 2000)
    database, after, found = recipients_shared.container().database, None, list[int]()
    while found == [] or after is not None:
        page = data.export(database, "alice", after=after, requester="producer:app", max_bytes=max_bytes)
        found.append(len(page.notifications))
        after = page.next_cursor
    assert found == sizes


def test_an_id_may_have_slashes_and_words_of_other_routes(service: Service) -> None:
    notify(service, "org/team a")
    answer = service.call("GET", "/exports/org%2Fteam%20a", producer="app")
    assert (answer.status, len(answer.json["notifications"])) == (200, 1)
    unknown = service.call("GET", "/exports/nobody", producer="app")
    assert (unknown.status, unknown.json["notifications"], unknown.json["recipient"]) == (200, [], None)


@pytest.mark.parametrize("query", [{"curser": "x"}, {"cursor": "x"}])
def test_a_misspelt_cursor_is_refused(service: Service, query: dict[str, str]) -> None:
    assert service.call("GET", "/exports/alice", producer="app", query=query).status == 422


@pytest.mark.parametrize("mode", ["separate", "combined"])
def test_an_export_needs_its_own_scope(service: Service, mode: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also `combined` gives `carillon/send` nothing that it did not give before."""
    monkeypatch.setenv("PRODUCER_SCOPES", mode)
    for scope in ("", "carillon/send", "carillon/recipients", "carillon/erase", "carillon/send carillon/erase"):
        answer = service.call("GET", "/exports/alice", claims={"client_id": "shop", "sub": "alice", "scope": scope})
        assert (answer.status, answer.json["error"]["code"]) == (403, "forbidden")
    own = {"client_id": "shop", "scope": "carillon/export"}
    assert service.call("GET", "/exports/alice", claims=own).status == 200


def test_an_erasure_has_a_receipt_that_names_no_person(service: Service, reachable: Any, connect: Connect) -> None:
    reachable("alice", push=True)
    notify(service, "alice")
    receipt = service.call(
        "DELETE", "/recipients/alice", claims={"client_id": "privacy-desk", "scope": "carillon/erase"}
    ).json["receipt"]
    assert receipt["deleted"] == {
        "notifications": 1, "deliveries": 2, "devices": 1, "preferences": 1, "contact_data": 1,
    }  # fmt: skip
    assert receipt["person"] == person_hash("alice")
    assert "alice" not in json.dumps(receipt)
    again = service.call("DELETE", "/recipients/alice", producer="app").json["receipt"]
    assert set(again["deleted"].values()) == {0}
    assert again["id"] != receipt["id"]
    stored = connect().execute("SELECT * FROM erasures ORDER BY erased_at").fetchall()
    assert [(str(row["id"]), row["requested_by"], row["deleted"]) for row in stored] == [
        (receipt["id"], "producer:privacy-desk", receipt["deleted"]),
        (again["id"], "producer:app", again["deleted"]),
    ]
    log = connect().execute("SELECT operator, arguments, affected FROM operator_log ORDER BY id").fetchall()
    assert [(row["operator"], row["affected"]) for row in log] == [("producer:privacy-desk", 6), ("producer:app", 0)]
    assert log[0]["arguments"] == {"person": receipt["person"], "receipt": receipt["id"]}
    assert not any(rows_about(connect, "alice").values())


@pytest.mark.usefixtures("operator")
def test_the_command_erases_with_the_same_receipt(service: Service, reachable: Any, connect: Connect) -> None:
    reachable("alice")
    notify(service, "alice")
    answer = ask("erase", user_id="alice")
    assert answer["receipt"]["deleted"]["notifications"] == 1
    [row] = connect().execute("SELECT id FROM erasures").fetchall()
    assert str(row["id"]) == answer["receipt"]["id"]


def test_a_statement_that_runs_again_after_a_lost_reply_returns_the_first_receipt(
    service: Service, connect: Connect
) -> None:
    notify(service, "alice")
    connection = connect()
    query = "SELECT erase_person_v2('alice', %s, 'sha256:0', 'producer:app') AS erased"
    first, second = (connection.execute(query, [UUID(int=1)]).fetchall()[0]["erased"] for _ in range(2))
    assert first["receipt"] == second["receipt"]
    assert first["receipt"]["deleted"]["notifications"] == 1
    assert len(connection.execute("SELECT FROM operator_log").fetchall()) == 1
