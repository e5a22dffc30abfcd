"""The recipes for Next.js and for a tutorial's component: their modules run in Node, against the API over HTTP."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.support.api_server import ALL_SCOPES, SECRET, TOKEN_PATH, serving
from tests.support.applications import running_next
from tests.support.environment import Connect
from tests.support.service import Service

CLAIMS = {
    "token-of-alice": {"sub": "alice"},
    "token-of-the-backend": {"sub": "web", "client_id": "web", "scope": ALL_SCOPES},
}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with the files of the recipes."""
    project = tmp_path_factory.mktemp("next") / "project"
    running_next.make(project)
    return project


@pytest.fixture
def address(service: Service, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of the API, which also knows the two tokens above."""
    with serving(service, claims_of=CLAIMS.get) as address:
        monkeypatch.setenv("CARILLON_API", address)
        monkeypatch.setenv("CARILLON_TOKEN_URL", address + TOKEN_PATH)
        monkeypatch.setenv("CARILLON_CLIENT_SECRET", SECRET)
        yield address


@pytest.mark.slow  # it compiles the bell too
def test_the_types_of_the_recipes_fit_the_packages(project: Path) -> None:
    assert running_next.check_types(project) == ""


def test_the_parts_for_next_send_once_and_only_for_those_signed_in(
    project: Path, address: str, connect: Connect
) -> None:
    seen = json.loads(running_next.run(project, "recipes.ts"))
    assert seen["webhooks"] == [204, 204, 400]
    assert seen["signedOut"] == [401, "not signed in"]
    assert seen["signedIn"] == [200, "no-store", "token-of-ann", "done"]
    assert "<button" in seen["bell"]
    rows = connect().execute("SELECT user_id, event_name, batch_key FROM notifications ORDER BY id")
    assert [tuple(row.values()) for row in rows] == [
        ("alice", "invoice.payment_failed", None),
        ("bob", "comment.added", "document:7"),
        ("eve", "comment.added", "document:7"),
    ]


def test_the_component_of_a_tutorial_works_unchanged(
    project: Path, address: str, service: Service, connect: Connect
) -> None:
    seen = json.loads(running_next.run(project, "tutorial.tsx", "token-of-the-backend", "token-of-alice"))
    assert seen["steps"] == [
        "Notifications (2)", "cta_8 is broken /cta/cta_8", "cta_7 is broken /cta/cta_7", "Notifications (1)",
        "Notifications (0)",
    ]  # fmt: skip
    assert seen["signedOut"] == 401
    assert seen["polls"] == [[200, True], [304, True]]
    assert seen["refused"].startswith("Error: 422")
    rows = connect().execute("SELECT idempotency_key AS key, target_url, data FROM notifications ORDER BY id")
    assert [row["key"] for row in rows] == ["broken:cta_7", "broken:cta_8"]
    assert service.call("GET", "/notifications/unread-count", user="alice").json["unread_count"] == 0


def test_a_name_that_does_not_fit_is_refused_by_its_name(service: Service) -> None:
    """The table of docs/from-tutorial.md."""
    notification = {"userId": "alice", "eventName": "cta.broken", "title": "T"}
    for name in ("type", "message", "content", "link", "url", "href", "channel", "email"):
        answer = service.call("POST", "/notifications", {**notification, name: "cta_broken"}, producer="web")
        assert (answer.status, answer.json["error"]["details"][0]["field"]) == (422, name)
    for change in ({"markAllRead": True}, {}):
        assert service.call("PATCH", "/notifications", change, user="alice").status == 422
    assert service.call("POST", "/notifications", notification, user="eve").status == 403


def test_an_old_row_is_recorded_once_and_not_sent(service: Service, reachable: Callable[..., None]) -> None:
    reachable("alice", push=True)
    now = datetime.now(UTC).isoformat()
    row = {"userId": "alice", "eventName": "security.key_made", "title": "T", "severity": "critical"}
    old = {**row, "idempotencyKey": "old:1234", "expiresAt": now}
    made = service.call("POST", "/notifications", old, producer="web")
    assert (made.status, service.call("POST", "/notifications", old, producer="web").status) == (201, 200)
    assert {route["reason"] for route in made.json["notification"]["routing"].values()} == {"expired"}
