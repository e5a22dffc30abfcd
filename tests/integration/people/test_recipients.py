"""Contact data over HTTP, and the erasure of a person."""

import io
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, LiteralString
from urllib.parse import quote

import boto3
import pytest

import recipients as function
import recipients_shared
from tests.support.environment import WAITING_HERE, Connect, FakeLambdaContext, rows_about, suppressed
from tests.support.paths import ROOT
from tests.support.service import ALL_SCOPES, Service

EVENTS = ROOT / "events"
CONTACT = {"email": "alice@example.com", "locale": "de-CH", "timezone": "Europe/Zurich"}
ROUTES: list[tuple[str, str, dict[str, Any] | None]] = [
    ("GET", "/recipients/alice", None),
    ("PUT", "/recipients/alice", {}),
    ("DELETE", "/recipients/alice", None),
    ("GET", "/recipients/alice/preferences", None),
    ("PUT", "/recipients/alice/preferences", {}),
]
CRITICAL = {"event_name": "job.failed", "title": "It failed", "severity": "critical"}


def test_contact_data_is_stored_as_a_whole(service: Service) -> None:
    stored = service.call("PUT", "/recipients/alice", CONTACT, producer="app")
    assert stored.status == 200
    assert {**stored.json, "updated_at": None} == {
        "user_id": "alice", "email_status": "ok", "updated_at": None, **CONTACT,
    }  # fmt: skip
    assert service.call("GET", "/recipients/alice", producer="other").json == stored.json

    less = service.call("PUT", "/recipients/alice", {"locale": "fr"}, producer="app").json
    assert (less["email"], less["locale"], less["timezone"]) == (None, "fr", None)
    assert service.call("GET", "/recipients/bob", producer="app").json["error"]["code"] == "not_found"


@pytest.mark.parametrize("status", ["bounced", "complained"])
def test_the_status_of_an_address_does_not_apply_to_a_new_address(
    service: Service, connect: Connect, status: LiteralString
) -> None:
    def put(email: str | None) -> Any:
        return service.call("PUT", "/recipients/alice", {"email": email}, producer="app").json

    put("alice@example.com")
    connect().execute(suppressed(status))
    assert put("alice@example.com")["email_status"] == status
    assert put("Alice@Example.com") | {"updated_at": 0, "locale": 0, "timezone": 0} == {
        "user_id": "alice", "email": "Alice@Example.com", "email_status": status,
        "updated_at": 0, "locale": 0, "timezone": 0,
    }  # fmt: skip
    assert put("alice@example.org")["email_status"] == "ok"
    assert put(None)["email_status"] == "ok"
    assert put("alice@example.com")["email_status"] == status, "the same address again is no new address"


@pytest.mark.parametrize(("method", "path", "body"), ROUTES)
@pytest.mark.parametrize(
    "scope", ["", "openid", "carillon/recipient", "xcarillon/erase", "carillon/recipients,carillon/erase", "carillon"]
)
def test_these_routes_need_a_scope(service: Service, method: str, path: str, body: Any, scope: str) -> None:
    answer = service.call(method, path, body, claims={"sub": "alice", "scope": scope})
    assert (answer.status, answer.json["error"]["code"]) == (403, "forbidden")


@pytest.mark.parametrize(("method", "path", "body"), ROUTES)
def test_each_route_needs_its_own_scope(service: Service, method: str, path: str, body: Any) -> None:
    """A service that may notify can neither redirect another service's people to its own address nor erase them."""
    own = "carillon/erase" if method == "DELETE" else "carillon/recipients"
    service.call("PUT", "/recipients/alice", {"email": "alice@example.com"}, producer="app")
    for scope in ("carillon/send", "carillon/recipients", "carillon/erase"):
        answer = service.call(method, path, body, claims={"client_id": "shop", "scope": scope})
        if scope == own:
            assert answer.status == 200
        else:
            error = answer.json["error"]
            assert (answer.status, error["message"]) == (403, f"This needs a token with the scope {own}.")


@pytest.mark.parametrize(("method", "path", "body"), ROUTES)
def test_combined_scopes_let_a_producer_do_what_it_could_before(
    service: Service, method: str, path: str, body: Any, monkeypatch: pytest.MonkeyPatch, logs: io.StringIO
) -> None:
    monkeypatch.setenv("PRODUCER_SCOPES", "combined")
    claims = {"client_id": "shop", "scope": "carillon/send"}
    assert service.call(method, path, body, claims=claims).status in (200, 204, 404)
    assert '"combined_scope_used"' in logs.getvalue()
    assert '"shop"' in logs.getvalue(), "the operator sees who needs a new token"
    assert service.call(method, path, body, claims={"sub": "alice"}).status == 403


@pytest.mark.parametrize(("method", "path", "body"), ROUTES)
def test_the_scope_is_one_of_several_and_the_path_names_the_person(
    service: Service, method: str, path: str, body: Any
) -> None:
    for claims in (
        {"client_id": "app", "scope": f"openid {ALL_SCOPES} email"},
        {"sub": "app", "scp": f"[openid {ALL_SCOPES}]"},
    ):
        assert service.call(method, path, body, claims=claims, query={"user_id": "bob"}).status == 422
        assert service.call(method, path, body, claims=claims).status in (200, 204, 404)
    assert service.call(method, path, body, claims={}).status == 401


@pytest.mark.parametrize(
    "user_id",
    ["x" * 128, "auth0|5f7c8ec7c33c6c004bbafe82", "a b", "50%", "a%2Fb", 'say "hi"', "jürgen", "😀1", "a+b@c"],
)
def test_the_path_may_have_any_user_id(service: Service, user_id: str) -> None:
    """Test the id as the gateway forwards it, decoded except %25, and as a client of the function itself sends it."""
    encoded = quote(user_id, safe="")
    decoded = user_id.replace("%", "%25")
    for path in (encoded, decoded):
        answer = service.call("PUT", f"/recipients/{path}", {"locale": "de"}, producer="app")
        assert (answer.status, answer.json["user_id"]) == (200, user_id)


@pytest.mark.parametrize("user_id", ["x" * 129, "%20", "a%00b", "a%0Ab"])
def test_an_invalid_user_id_is_refused(service: Service, user_id: str) -> None:
    for method, path, body in ROUTES:
        answer = service.call(method, path.replace("alice", user_id), body, producer="app")
        assert (answer.status, answer.json["error"]["details"][0]["field"]) == (422, "user_id")


@pytest.mark.parametrize(
    "body", ['{"email": "nobody"}', '{"timezone": "Mars/Base"}', '{"locale": "_"}', '{"phone": "1"}', "{", "[]"]
)
def test_a_refused_request_stores_nothing(service: Service, body: str) -> None:
    assert service.call("PUT", "/recipients/alice", body, producer="app").status in (400, 422)
    assert service.call("GET", "/recipients/alice", producer="app").status == 404


def test_the_sample_event_stores_contact_data(service: Service) -> None:
    event = json.loads((EVENTS / "http-put-recipient.json").read_text())
    answer = function.handler(event, FakeLambdaContext())
    assert answer["statusCode"] == 200
    assert json.loads(answer["body"])["email"] == json.loads(event["body"])["email"]


# Erasure --------------------------------------------------------------------------------------------------------------


def test_an_erasure_deletes_all_data_of_the_person_and_none_of_others(
    service: Service, connect: Connect, reachable: Callable[..., None]
) -> None:
    reachable("alice", "bob", push=True)
    for user_id in ("alice", "bob"):
        service.call("POST", "/notifications", {**CRITICAL, "user_id": user_id}, producer="jobs")
    before = rows_about(connect, "bob")
    assert rows_about(connect, "alice") == before
    assert min(before.values()) > 0

    assert service.call("DELETE", "/recipients/alice", producer="app").status == 200
    assert set(rows_about(connect, "alice").values()) == {0}
    assert rows_about(connect, "bob") == before
    sns = boto3.client("sns")
    left = connect().execute("SELECT endpoint_arn FROM devices").fetchall()
    assert [sns.get_endpoint_attributes(EndpointArn=row["endpoint_arn"])["Attributes"]["Token"] for row in left] == [
        "token-of-bob"
    ]
    application = recipients_shared.container().settings.fcm_application_arn or ""
    assert len(sns.list_endpoints_by_platform_application(PlatformApplicationArn=application)["Endpoints"]) == 1

    again = service.call("DELETE", "/recipients/alice", producer="app")
    assert (again.status, set(again.json["receipt"]["deleted"].values())) == (200, {0})
    assert service.call("GET", "/recipients/alice", producer="app").status == 404
    # A queued message for her finds no row and is acknowledged.
    assert service.deliver() == []
    assert [email.destinations["ToAddresses"] for email in service.emails] == [["bob@example.com"]]


def test_a_worker_that_finishes_an_erased_delivery_finds_no_row(
    service: Service, connect: Connect, reachable: Callable[..., None]
) -> None:
    reachable("alice")
    service.call("POST", "/notifications", {**CRITICAL, "user_id": "alice"}, producer="jobs")
    connection = connect()
    [row] = connection.execute(
        "UPDATE deliveries SET status = 'sending', locked_at = now(), claim_no = 1 RETURNING id"
    ).fetchall()
    assert service.call("DELETE", "/recipients/alice", producer="app").status == 200
    result = [{
        "delivery_id": str(row["id"]), "claim_no": 1, "event": "sent", "next_status": "sent", "give_back": False,
        "permanent": False, "provider_message_ids": ["m"], "gone_device_ids": [],
    }]  # fmt: skip
    finished = connection.execute("SELECT * FROM finish(%s, '15 min')", [json.dumps(result)]).fetchall()
    assert [(each["written"], each["status"]) for each in finished] == [(False, None)]


def test_an_erasure_locks_deliveries_in_the_lock_order(
    service: Service, connect: Connect, reachable: Callable[..., None]
) -> None:
    """A worker locks the email and then the push. An erasure in the other order would deadlock."""
    reachable("alice", push=True)
    service.call("POST", "/notifications", {**CRITICAL, "user_id": "alice"}, producer="jobs")
    worker = connect(autocommit=False)
    # Move the row of the email behind that of the push: without ORDER BY, the push comes first.
    worker.execute("UPDATE deliveries SET available_at = now() WHERE channel = 'email'")
    worker.commit()
    worker.execute("SELECT FROM deliveries WHERE channel = 'email' FOR NO KEY UPDATE")
    with ThreadPoolExecutor(1) as pool:
        erased = pool.submit(service.call, "DELETE", "/recipients/alice", producer="app")
        watcher = connect()
        while not watcher.execute(WAITING_HERE).fetchall():
            assert not erased.done()
        worker.execute("SELECT FROM deliveries WHERE channel = 'push' FOR NO KEY UPDATE NOWAIT")
        worker.execute("UPDATE delivery_items SET left_out = 'read'")
        worker.commit()
        assert erased.result(10).status == 200
    assert set(rows_about(connect, "alice").values()) == {0}
