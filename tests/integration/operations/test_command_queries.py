"""The queries of `carillon`, as an operator on call types them."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from typer.testing import CliRunner

from cli.main import app
from tests.support.command_line import Command, command_on, unreachable
from tests.support.environment import Connect, suppressed
from tests.support.operator_function import operator_function
from tests.support.service import Service


@pytest.fixture
def carillon(service: Service, monkeypatch: pytest.MonkeyPatch) -> Iterator[Command]:
    with operator_function():
        yield command_on(service, monkeypatch)


def notify(service: Service, user_id: str, **content: Any) -> str:
    body = {"user_id": user_id, "event_name": "sync.broken", "title": "T", "severity": "critical", **content}
    made = service.call("POST", "/notifications", body, producer="sync")
    assert made.status == 201, made.text
    return made.json["notification"]["id"]


def test_stats_count_queues_and_deliveries(carillon: Command, service: Service, reachable: Callable[..., None]) -> None:
    reachable("alice")
    notify(service, "alice")
    result = carillon.json("stats")
    assert (result["queue"], result["pending"]) == ({"waiting": 1, "in_flight": 0, "delayed": 0}, 1)
    service.deliver()
    assert "100.0 %" in carillon.says("stats")


def test_stats_count_the_hints_of_a_stack_that_has_them(
    carillon: Command, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert carillon.json("stats")["hints_queue"] is None
    assert "hints" not in carillon.says("stats")
    url = service.sqs.create_queue(QueueName="carillon-hints")["QueueUrl"]
    for delay in (0, 0, 60):
        service.sqs.send_message(QueueUrl=url, MessageBody="{}", DelaySeconds=delay)
    command_on(service, monkeypatch, HintsQueueUrl=url)
    assert carillon.json("stats")["hints_queue"] == {"waiting": 2, "in_flight": 0, "delayed": 1}
    assert re.search(r"hints in their queue +2 *\n +delayed +1", carillon.says("stats"))


def test_stats_show_pauses_and_send_rates(carillon: Command, connect: Connect) -> None:
    connect().execute("INSERT INTO pauses (channel, until, automatic) VALUES ('push', now(), true)")
    connect().execute("INSERT INTO send_rates VALUES ('email', 13.62, 0, now(), 7000, now(), '10 minutes')")
    assert carillon.json("stats")["paces"] == [{"channel": "email", "per_second": 13.6, "waiting": 7000}]
    result = carillon.says("stats")
    assert "PAUSED  push, every event, until" in result
    assert (
        "PACED   email: its provider accepts about 13.6 messages a second, and about 7000 deliveries are deferred"
        in result
    )


def switch_off(service: Service, connect: Connect) -> None:
    service.call("PUT", "/preferences", {"email_enabled": False}, user="alice")


def forget_address(service: Service, connect: Connect) -> None:
    connect().execute("DELETE FROM recipients")


def bounce(service: Service, connect: Connect) -> None:
    connect().execute(suppressed("bounced"))


def read(service: Service, connect: Connect) -> None:
    service.call("PATCH", "/notifications", {"all": True}, user="alice")


def fail(service: Service, connect: Connect) -> None:
    connect().execute("UPDATE deliveries SET status = 'failed', finished_at = now(), error_code = 'access_denied'")


def pause(service: Service, connect: Connect) -> None:
    connect().execute("INSERT INTO pauses (until) VALUES (now() + interval '1 hour')")


def nothing(service: Service, connect: Connect) -> None: ...


Change = Callable[[Service, Connect], None]


def query_as_in_the_help(carillon: Command, user_id: str) -> tuple[str, str]:
    """Run the two commands that `carillon --help` suggests, the second with an id from the first one's output."""
    words = " ".join(re.sub("[│\n]", " ", CliRunner().invoke(app, ["--help"]).output).split())
    question = words.split("A person got no email?", 1)[1]
    [about_person, about_notification] = re.findall(r"`carillon ([a-z ]+) [A-Z_]+`", question)
    by_person = carillon.says(*about_person.split(), user_id)
    newest = re.findall(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", by_person)[0]
    return by_person, carillon.says(*about_notification.split(), newest)


@pytest.mark.parametrize(
    ("before", "severity", "after", "words", "code"),
    [
        (switch_off, "critical", nothing, "No email: your settings switch it off.", "disabled"),
        (forget_address, "critical", nothing, "No email: no address was known for you.", "no_address"),
        (bounce, "critical", nothing, "No email: mail to your address had bounced.", "bounced"),
        (nothing, "info", nothing, "No email: info notifications stay in the app", "below_severity"),
        (nothing, "critical", read, "Not sent: you had read it in the app before the email left.", "left out"),
        (nothing, "critical", fail, "Not sent: given up at", "access_denied"),
        (pause, "critical", nothing, "The email waits: an operator holds it back until", "paused"),
    ],
)
def test_two_commands_explain_why_a_person_got_no_email(
    before: Change, severity: str, after: Change, words: str, code: str,
    carillon: Command, service: Service, connect: Connect, reachable: Callable[..., None],
) -> None:  # fmt: skip
    reachable("alice")
    before(service, connect)
    notify(service, "alice", severity=severity)
    after(service, connect)
    service.deliver()
    assert service.emails == []

    by_person, by_notification = query_as_in_the_help(carillon, "alice")

    assert f"  email      {words}" in by_person
    assert f"  email      {words}" in by_notification
    assert code in by_notification


@pytest.mark.parametrize(
    ("pause", "words"),
    [
        ("(until) VALUES ('2126-11-24T10:00Z')", "an operator holds it back until 2126-11-24 10:00 UTC, if not"),
        ("(channel, until, automatic) VALUES ('email', now(), true)", "its provider takes none at present, and is"),
    ],
    ids=["operator", "outage"],
)
def test_a_paused_email_is_explained(
    carillon: Command, service: Service, connect: Connect, reachable: Callable[..., None], pause: str, words: str
) -> None:
    reachable("alice")
    made = notify(service, "alice")
    connect().execute(f"INSERT INTO pauses {pause}".encode())
    for arguments in (("user", "alice"), ("trace", made)):
        assert f"  email      The email waits: {words}" in carillon.says(*arguments)
    answer = service.call("GET", f"/notifications/{made}/deliveries", user="alice")
    assert words in answer.json["channels"]["email"]["explanation"]


def test_an_unknown_person_and_an_unknown_notification_are_reported(carillon: Command) -> None:
    assert "nothing is stored about this person" in carillon.says("user", "nobody", code=1)
    missing = "00000000-0000-7000-8000-000000000001"
    assert carillon.json("trace", missing, code=1)["error"]["code"] == "not_found"
    assert carillon.json("trace", "nonsense", code=2)["error"]["code"] == "invalid"


def test_failed_ls_shows_reasons_and_the_effect_of_a_retry(
    carillon: Command, service: Service, connect: Connect, reachable: Callable[..., None]
) -> None:
    reachable("alice")
    read, other = notify(service, "alice"), notify(service, "alice")
    service.call("PATCH", f"/notifications/{read}", {"read": True}, user="alice")
    assert "Nothing failed." in carillon.says("failed", "ls")
    connect().execute("UPDATE deliveries SET status = 'failed', finished_at = now(), error_code = 'access_denied'")
    result = carillon.json("failed", "ls", "--error", "access_denied", "--since", "1h")
    assert [each["count"] for each in result["by_code"]] == [2]
    assert sorted(str(each["would_skip"]) for each in result["failed"]) == ["None", "already_read"]
    assert carillon.json("failed", "ls", "--error", "other")["failed"] == []
    listed = carillon.says("failed", "ls")
    assert "a retry would" in listed
    assert "skip it: already_read" in listed
    assert "send it" in listed
    assert "the action `ses:SendEmail` or `sns:Publish` is missing" in listed
    assert "the action `ses:SendEmail` or `sns:Publish` is missing" in carillon.says("trace", other)
    assert other != read


def test_a_trace_marks_what_has_not_happened_yet(
    carillon: Command, service: Service, reachable: Callable[..., None]
) -> None:
    reachable("alice")
    made = notify(service, "alice", severity="warning", expires_at="2027-06-01T00:00:00Z")
    events = {(each["what"], each["to_come"]) for each in carillon.json("trace", made)["time_line"]}
    assert {("recorded", False), ("due", True), ("expires", True)} <= events
    assert "expires (to come)" in carillon.says("trace", made)


def test_verify_exits_with_1_if_a_rule_is_broken(
    carillon: Command, service: Service, connect: Connect, reachable: Callable[..., None]
) -> None:
    reachable("alice")
    notify(service, "alice")
    assert "all hold" in carillon.says("verify")
    connect().execute("UPDATE deliveries SET status = 'sent', finished_at = now()")
    result = carillon.json("verify", code=1)
    assert [each["rule"] for each in result["breaches"]] == ["sent_is_proven"]


def test_an_unreachable_stack_exits_with_3(monkeypatch: pytest.MonkeyPatch, carillon: Command) -> None:
    monkeypatch.undo()
    unreachable(monkeypatch)
    result = carillon.json("stats", code=3)
    assert result["error"]["code"] == "cannot_reach"


def test_wrong_usage_exits_with_2(carillon: Command) -> None:
    assert carillon("failed", "ls", "--since", "yesterday").exit_code == 2
    assert carillon("nonsense").exit_code == 2


def test_without_options_and_devstack_the_error_says_what_to_do(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))
    monkeypatch.delenv("CARILLON_STACK", raising=False)
    result = CliRunner().invoke(app, ["stats"])
    assert result.exit_code == 3
    assert "--stack-name" in result.stderr
