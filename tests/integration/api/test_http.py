"""What all HTTP functions share."""

import pytest
from aws_lambda_powertools.event_handler import Response
from pydantic import BaseModel

import recipients_preferences
from tests.support.service import Service, end_containers


def test_what_has_not_changed_is_not_sent_again(service: Service) -> None:
    first = service.call("GET", "/notifications", user="alice")
    tag = first.headers["ETag"]
    for known in (tag, f"W/{tag}", f'"other", {tag}'):
        again = service.call("GET", "/notifications", user="alice", headers={"If-None-Match": known})
        assert (again.status, again.text, again.headers["ETag"]) == (304, "", tag)
    assert service.call("GET", "/notifications", user="alice", headers={"If-None-Match": '"other"'}).status == 200


@pytest.mark.parametrize("path", ["/notifications", "/notifications/unread-count"])
def test_a_poll_is_told_when_to_come_again(service: Service, path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    first = service.call("GET", path, user="alice")
    assert first.headers["Carillon-Poll-Interval"] == "30"
    monkeypatch.setenv("POLL_INTERVAL_SECONDS", "120")
    end_containers()
    again = service.call("GET", path, user="alice", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status, again.headers["Carillon-Poll-Interval"]) == (304, "120")


def test_a_user_named_in_any_body_is_refused_to_users(service: Service) -> None:
    answer = service.call("PATCH", "/notifications", {"all": True, "userId": "bob"}, user="alice")
    assert (answer.status, answer.json["error"]["code"]) == (403, "forbidden")
    assert service.call("PATCH", "/notifications", {"all": True, "userId": "bob"}, producer="app").status == 422


def test_a_faulty_answer_is_our_fault(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    def reply(model: BaseModel) -> Response[None]:
        return Response(200)

    monkeypatch.setattr(recipients_preferences, "reply", reply)
    answer = service.call("GET", "/preferences", user="alice")
    assert (answer.status, answer.json["error"]["code"]) == (500, "internal")
