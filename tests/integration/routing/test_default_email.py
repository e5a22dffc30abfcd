"""DefaultEmail: what a person gets by email who has an address and never chose, and what their choices change."""

from typing import Any

import pytest

from tests.support.environment import Connect
from tests.support.service import Service

OFF = ("off", "disabled", "stack:default_email")
CRITICAL = ("now", "severity_critical", "stack:default_email")
ONLY_CRITICAL = ("off", "below_severity", "stack:default_email")
BY_RULE = {"invoice": {"email": {"enabled": True}}}


def route(service: Service, severity: str, event: str = "sync.failed") -> tuple[str, str, str | None]:
    body = {"event_name": event, "title": "T", "severity": severity, "user_id": "alice"}
    made = service.call("POST", "/notifications", body, producer="app").json["notification"]["routing"]["email"]
    return made["action"], made["reason"], made.get("rule")


def choose(service: Service, **choices: Any) -> None:
    assert service.call("PUT", "/preferences", choices, user="alice").status == 200


@pytest.fixture(autouse=True)
def address(service: Service, connect: Connect) -> None:
    connect().execute("INSERT INTO recipients (user_id, email, updated_at) VALUES ('alice', 'a@example.com', now())")


@pytest.mark.parametrize(
    ("default", "info", "warning", "critical"),
    [
        (None, ONLY_CRITICAL, ONLY_CRITICAL, CRITICAL),  # the default of the setting
        ("critical", ONLY_CRITICAL, ONLY_CRITICAL, CRITICAL),
        ("all", ("off", "below_severity", "stack"), ("digest", "severity_warning", "stack:default_email"), CRITICAL),
        ("off", OFF, OFF, OFF),
    ],
)
def test_a_person_who_never_chose(
    service: Service, monkeypatch: pytest.MonkeyPatch, default: str | None, info: Any, warning: Any, critical: Any
) -> None:
    if default:
        monkeypatch.setenv("DEFAULT_EMAIL", default)
    else:
        monkeypatch.delenv("DEFAULT_EMAIL")
    assert [route(service, severity) for severity in ("info", "warning", "critical")] == [info, warning, critical]
    assert route(service, "info", "security.role_changed") == ("now", "mandatory", "category:security")
    answer = service.call("GET", "/preferences", user="alice").json
    assert (answer["default_email"], "email_enabled" in answer["by_default"]) == (default or "critical", True)
    assert answer["email_enabled"] is (default != "off")


@pytest.mark.parametrize("default", ["critical", "all", "off"])
def test_a_persons_choice_is_the_same_under_every_default(
    service: Service, monkeypatch: pytest.MonkeyPatch, default: str
) -> None:
    monkeypatch.setenv("DEFAULT_EMAIL", default)
    choose(service, email_enabled=True)
    assert route(service, "warning") == ("digest", "severity_warning", "user")
    assert route(service, "info") == ("off", "below_severity", "stack")
    assert route(service, "info", "comment.added") == ("digest", "severity_info", "category:comment")
    choose(service, email_enabled=False)
    assert route(service, "critical") == ("off", "disabled", "user")
    choose(service, email_enabled=None, rules=BY_RULE)
    assert route(service, "warning", "invoice.due") == ("digest", "severity_warning", "user:invoice")
    choose(service, rules={"invoice": {"email": {"enabled": True, "minimum_severity": "critical"}}})
    assert route(service, "warning", "invoice.due") == ("off", "below_severity", "user:invoice")
    # The wider rule sets the severity, and the narrower one the switch.
    choose(service, rules={
        "invoice": {"email": {"minimum_severity": "info"}}, "invoice.due": {"email": {"enabled": True}},
    })  # fmt: skip
    assert route(service, "info", "invoice.due") == ("digest", "severity_info", "user:invoice")


def test_with_critical_a_categorys_severity_waits_for_the_persons_choice(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The shipped category `comment` lowers the severity of email, but does not switch it on."""
    monkeypatch.setenv("DEFAULT_EMAIL", "critical")
    assert route(service, "info", "comment.added") == ONLY_CRITICAL
    answer = service.call("GET", "/preferences", user="alice").json
    [comment] = [each for each in answer["categories"] if each["name"] == "comment"]
    assert (comment["email"]["enabled"], comment["email"]["minimum_severity"]) == (True, "critical")
    assert comment["email"]["rule"] == "stack:default_email"


@pytest.mark.parametrize(
    ("default", "severity", "sentence"),
    [
        ("off", "critical", "No email: the stack's default for people who never chose switches it off."),
        (
            "critical",
            "warning",
            "No email: warnings stay in the app, by the stack's default for people who never chose.",
        ),
        ("critical", "critical", "Switched on by the stack's default for people who never chose."),
    ],
)
def test_the_explanation_says_that_the_person_never_chose(
    service: Service, monkeypatch: pytest.MonkeyPatch, default: str, severity: str, sentence: str
) -> None:
    monkeypatch.setenv("DEFAULT_EMAIL", default)
    route(service, severity)
    [shown] = service.call("GET", "/notifications", user="alice").json["notifications"]
    answer = service.call("GET", f"/notifications/{shown['id']}/deliveries", user="alice").json
    assert sentence in answer["channels"]["email"]["explanation"]


def test_sending_the_answer_back_is_no_choice(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEFAULT_EMAIL", "critical")
    before = service.call("GET", "/preferences", user="alice").json
    choose(service, **before)
    assert route(service, "warning") == ONLY_CRITICAL
    assert "email_enabled" in service.call("GET", "/preferences", user="alice").json["by_default"]
