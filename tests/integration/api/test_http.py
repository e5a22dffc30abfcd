"""Behaviour that all HTTP functions share."""

import pytest
from aws_lambda_powertools.event_handler import Response
from pydantic import BaseModel

import recipients_preferences
from tests.support.service import Service, end_containers


def test_an_unchanged_answer_is_304(service: Service) -> None:
    first = service.call("GET", "/notifications", user="alice")
    tag = first.headers["ETag"]
    for known in (tag, f"W/{tag}", f'"other", {tag}'):
        again = service.call("GET", "/notifications", user="alice", headers={"If-None-Match": known})
        assert (again.status, again.text, again.headers["ETag"]) == (304, "", tag)
    assert service.call("GET", "/notifications", user="alice", headers={"If-None-Match": '"other"'}).status == 200


@pytest.mark.parametrize("path", ["/notifications", "/notifications/unread-count"])
def test_a_poll_returns_its_interval(service: Service, path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    first = service.call("GET", path, user="alice")
    assert first.headers["Carillon-Poll-Interval"] == "30"
    monkeypatch.setenv("POLL_INTERVAL_SECONDS", "120")
    end_containers()
    again = service.call("GET", path, user="alice", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status, again.headers["Carillon-Poll-Interval"]) == (304, "120")


def test_a_user_may_name_no_user_in_a_body(service: Service) -> None:
    answer = service.call("PATCH", "/notifications", {"all": True, "userId": "bob"}, user="alice")
    assert (answer.status, answer.json["error"]["code"]) == (403, "forbidden")
    assert service.call("PATCH", "/notifications", {"all": True, "userId": "bob"}, producer="app").status == 422


def test_an_invalid_answer_of_a_function_is_500(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    def reply(model: BaseModel) -> Response[None]:
        return Response(200)

    monkeypatch.setattr(recipients_preferences, "reply", reply)
    answer = service.call("GET", "/preferences", user="alice")
    assert (answer.status, answer.json["error"]["code"]) == (500, "internal")
