"""Rules by category and quiet hours over HTTP: they are stored, returned, and used by routing."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from carillon.models.channel import CHANNELS
from tests.support.environment import Connect, suppressed
from tests.support.service import Answer, Service
from tests.support.timeline import Timeline

VERIFIED = {"sub": "alice", "email": "alice@example.com", "email_verified": "true"}
NO_EMAIL, NO_PUSH = "stack:default_email", "stack:default_push"
NIGHT = {"from": "22:00", "to": "07:00"}
RULES = {
    "comment": {"email": {"enabled": True, "grouping": "hourly"}, "push": {"minimum_severity": "critical"}},
    "comment.reply": {"email": {"grouping": 1440}},
    "nobody.declared_this": {"push": {"enabled": False}},
}

Put = Callable[..., Answer]


@pytest.fixture
def put(service: Service) -> Put:
    """Return `put(digest_minutes=7)`, a `PUT /preferences` of alice."""

    def call(**preferences: Any) -> Answer:
        return service.call("PUT", "/preferences", preferences, user="alice")

    return call


def hers(service: Service) -> Any:
    return service.call("GET", "/preferences", user="alice").json


def category(preferences: Any, name: str) -> Any:
    [found] = [each for each in preferences["categories"] if each["name"] == name]
    return {field: value for field, value in found.items() if field not in set(CHANNELS) - {"email", "push"}}


def refused(answer: Answer) -> list[tuple[str, str]]:
    assert (answer.status, answer.json["error"]["code"]) == (422, "invalid")
    return [(detail["field"], detail["message"]) for detail in answer.json["error"]["details"]]


def test_rules_and_quiet_hours_are_returned_as_they_were_sent(service: Service, put: Put) -> None:
    answer = put(rules=RULES, quiet_hours=NIGHT)
    assert (answer.status, answer.json["rules"], answer.json["quiet_hours"]) == (200, RULES, NIGHT)
    assert hers(service) == answer.json
    of_another = service.call("GET", "/preferences", user="bob").json
    assert (of_another["rules"], of_another["quiet_hours"]) == ({}, None)


def test_fields_that_an_older_client_does_not_send_are_cleared(service: Service, put: Put) -> None:
    put(rules=RULES, quiet_hours=NIGHT)
    after = put(email_enabled=True).json
    assert (after["rules"], after["quiet_hours"]) == ({}, None)
    assert hers(service) == after


def test_camel_case_is_stored_as_snake_case_and_empty_rules_are_not_stored(
    service: Service, put: Put, connect: Connect
) -> None:
    rules = {"invoice": {"email": {"minimumSeverity": "info", "grouping": None}, "push": {}}, "job": {}, "sync": None}
    assert put(rules=rules, quietHours={"from": "07:30", "to": "00:00"}).status == 200
    [row] = connect().execute("SELECT rules, quiet_from::text, quiet_to::text FROM preferences")
    assert row == {
        "rules": {"invoice": {"email": {"minimum_severity": "info"}}},
        "quiet_from": "07:30:00",
        "quiet_to": "00:00:00",
    }
    assert hers(service)["quiet_hours"] == {"from": "07:30", "to": "00:00"}


def test_each_category_has_its_effective_values_and_their_rule(service: Service, put: Put) -> None:
    before = category(hers(service), "comment")
    assert before == {
        "name": "comment", "description": {"en": "Comments", "fr": "Commentaires"}, "mandatory": [], "audit": False,
        "only_if_unread_minutes": None,
        "email": {"enabled": False, "minimum_severity": "info", "grouping": 10, "rule": NO_EMAIL, "switchable": True},
        "push": {"enabled": False, "minimum_severity": "info", "grouping": 5, "rule": NO_PUSH, "switchable": True},
    }  # fmt: skip

    after = put(rules=RULES, push_enabled=True, digest_minutes=0).json
    assert category(after, "comment") == before | {
        "email": {
            "enabled": True, "minimum_severity": "info", "grouping": "hourly", "rule": "user:comment",
            "switchable": True,
        },
        "push": {
            "enabled": True, "minimum_severity": "critical", "grouping": "now", "rule": "user", "switchable": True,
        },
    }  # fmt: skip
    assert category(after, "mention")["only_if_unread_minutes"] == 10


def test_a_mandatory_channel_is_shown_as_on_and_not_switchable(service: Service, put: Put) -> None:
    put(email_enabled=False, push_enabled=True)
    security = category(hers(service), "security")
    assert (security["mandatory"], security["audit"]) == (["email"], True)
    assert security["email"] == {
        "enabled": True, "minimum_severity": "info", "grouping": "now", "rule": "category:security",
        "switchable": False,
    }  # fmt: skip
    assert (security["push"]["switchable"], security["push"]["rule"]) == (True, "user")


@pytest.mark.parametrize("name", ["security", "security.role_changed", "security.api_key.created"])
@pytest.mark.parametrize("rule", [{"enabled": False}, {"enabled": True}, {"grouping": "hourly"}])
def test_a_rule_for_a_mandatory_channel_is_refused_with_a_sentence_and_nothing_is_stored(
    service: Service, put: Put, name: str, rule: dict[str, Any]
) -> None:
    put(digest_minutes=7)
    [(field, message)] = refused(put(digest_minutes=8, rules={name: {"email": rule, "push": {"enabled": False}}}))
    assert field == f"rules.{name}.email"
    assert message.startswith("email is mandatory for security: ")
    assert hers(service)["digest_minutes"] == 7
    by_producer = service.call("PUT", "/recipients/alice/preferences", {"rules": {name: {"email": rule}}}, producer="a")
    assert [field for field, _ in refused(by_producer)] == [f"rules.{name}.email"]


def test_a_rule_for_another_channel_or_category_than_the_mandatory_one_is_accepted(put: Put) -> None:
    rules = {"security": {"push": {"enabled": True}}, "security_news": {"email": {"enabled": False}}}
    answer = put(rules=rules | {"security.role_changed": {"email": {}}})
    assert (answer.status, answer.json["rules"]) == (200, rules)


def test_a_rule_for_a_channel_that_became_mandatory_is_not_returned(
    service: Service, put: Put, connect: Connect
) -> None:
    put(rules={"job": {"email": {"enabled": False}}})
    connect().execute(
        "UPDATE preferences SET rules = %s",
        [json.dumps({
            "security": {"email": {"enabled": False}},
            "security.role_changed": {"email": {"enabled": False}, "push": {"enabled": False}},
        })],
    )  # fmt: skip
    got = hers(service)
    assert got["rules"] == {"security.role_changed": {"push": {"enabled": False}}}
    put_back = service.call("PUT", "/preferences", got | {"digest_minutes": 9}, user="alice")
    assert put_back.status == 200
    assert hers(service)["rules"] == got["rules"]


def test_an_answer_that_is_sent_back_unchanged_changes_nothing(service: Service, put: Put) -> None:
    put(rules=RULES, quiet_hours=NIGHT, email_enabled=True, in_app_enabled=False, push_enabled=True, digest_minutes=9)
    got = hers(service)
    assert service.call("PUT", "/preferences", got, user="alice").json | {"updated_at": got["updated_at"]} == got


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"rules": {"Invoice": {"email": {"enabled": True}}}}, "rules.Invoice"),
        ({"rules": {"invoice": {"email": {"grouping": 0}}}}, "rules.invoice.email.grouping"),
        ({"rules": {"invoice": {"mail": {}}}}, "rules.invoice.mail"),
        ({"rules": {"body": {"email": 1}}}, "rules.body.email"),
        ({"quiet_hours": {"from": "22:00", "to": "22:00"}}, "quiet_hours"),
        ({"quiet_hours": {"from": "22:00", "to": "25:00"}}, "quiet_hours.to"),
    ],
)
def test_a_refusal_names_the_field_and_stores_nothing(
    put: Put, connect: Connect, body: dict[str, Any], field: str
) -> None:
    assert [field for field, _ in refused(put(digest_minutes=7, **body))] == [field]
    assert connect().execute("SELECT FROM preferences").fetchall() == []


def test_the_answer_has_the_contact_status(service: Service, put: Put, connect: Connect, monkeypatch: Any) -> None:
    monkeypatch.setenv("DEFAULT_TIMEZONE", "Asia/Tokyo")
    monkeypatch.setenv("FCM_APPLICATION_ARN", "")

    def reachability() -> list[Any]:
        got = hers(service)
        assert put(rules={}).json | {"updated_at": None} == got | {"updated_at": None}  # GET and PUT agree
        return [got[name] for name in ("timezone", "address_known", "email_status", "device_known", "channels")]

    assert reachability() == ["Asia/Tokyo", False, None, False, ["email"]]
    service.call("PUT", "/recipients/alice", {"timezone": "Europe/Paris"}, producer="app")
    assert reachability() == ["Europe/Paris", False, None, False, ["email"]]
    service.call("PUT", "/recipients/alice", {"email": "a@example.com"}, producer="app")
    assert reachability() == ["Asia/Tokyo", True, "ok", False, ["email"]]
    connection = connect()
    connection.execute(suppressed("bounced"))
    connection.execute(
        "INSERT INTO devices (id, user_id, platform, token, endpoint_arn, enabled, created_at, updated_at)"
        " VALUES (gen_random_uuid(), 'alice', 'fcm', 't', 'arn:1', false, now(), now())"
    )
    assert reachability() == ["Asia/Tokyo", True, "bounced", False, ["email"]]
    connection.execute("UPDATE devices SET enabled = true")
    assert reachability() == ["Asia/Tokyo", True, "bounced", True, ["email"]]


@pytest.mark.parametrize(
    ("preferences", "taken"),
    [
        ({"rules": {"invoice": {"email": {"enabled": True}}}}, True),
        ({"rules": {"invoice": {"email": {"enabled": False}, "push": {"enabled": True}}}}, False),
        ({"rules": {"invoice": {"email": {"grouping": "now"}}}}, False),
    ],
)
def test_switching_email_on_for_one_category_stores_the_tokens_address(
    service: Service, preferences: dict[str, Any], taken: bool
) -> None:
    answer = service.call("PUT", "/preferences", preferences, claims=VERIFIED).json
    assert (answer["address_known"], answer["email_status"]) == ((True, "ok") if taken else (False, None))


def test_routing_follows_the_stored_rules(
    service: Service, put: Put, connect: Connect, reachable: Callable[..., None]
) -> None:
    reachable("alice", email=False)
    Timeline(service, connect).at("2026-11-24T23:00:00Z")
    rules = {
        "invoice": {"email": {"enabled": True, "minimum_severity": "info", "grouping": "now"}},
        "invoice.draft": {"email": {"enabled": False}},
    }

    def email(event: str, severity: str = "info") -> tuple[str, str, str]:
        body = {"user_id": "alice", "event_name": event, "title": "T", "severity": severity}
        answer = service.call("POST", "/notifications", body, producer="a", query={"dry_run": "1"})
        route = answer.json["notification"]["routing"]["email"]
        return route["action"], route["reason"], route["rule"]

    put(rules=rules)
    assert email("invoice.paid") == ("now", "severity_info", "user:invoice")
    assert email("invoice.draft.made") == ("off", "disabled", "user:invoice.draft")
    assert email("sync.failed", "critical") == ("off", "disabled", NO_EMAIL)
    # The settings page agrees.
    assert category(hers(service), "invoice")["email"] | {"switchable": True} == {
        "enabled": True, "minimum_severity": "info", "grouping": "now", "rule": "user:invoice", "switchable": True,
    }  # fmt: skip
    put(email_enabled=True, quiet_hours=NIGHT)
    assert email("sync.failed", "warning") == ("digest", "quiet_hours", "user")


def test_a_stack_may_declare_no_categories(service: Service, monkeypatch: Any, tmp_path: Path) -> None:
    (tmp_path / "none.toml").write_text("")
    monkeypatch.setenv("CATEGORIES_FILE", str(tmp_path / "none.toml"))
    rules = {"security": {"email": {"enabled": False}}}  # no category is mandatory here
    answer = service.call("PUT", "/preferences", {"rules": rules}, user="alice")
    assert (answer.status, answer.json["categories"], answer.json["rules"]) == (200, [], rules)
