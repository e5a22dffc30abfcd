"""The command: which checks it runs, its exit codes, its table, its JSON, and the token that no output shows."""

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from cli.doctor import checks, report
from cli.doctor.before import account
from cli.doctor.check import Check
from cli.doctor.findings import Finding, Group
from cli.doctor.kinds import Level
from cli.doctor.plan import Plan
from cli.doctor.run import Outcome
from cli.formats import to_json
from cli.main import app
from cli.stack import CannotReach, Stack
from tests.support.doctor_sources import recorded
from tests.support.paths import ROOT

PAGE = (ROOT / "docs" / "doctor.md").read_text("utf-8")
SECRET = "eyJhbGciOiJSUzI1NiJ9.c2VjcmV0.c2lnbmF0dXJl"


def outcome(name: str, *codes: str, group: Group = Group.ACCOUNT) -> Outcome:
    check: Check[None] = Check(
        name=name, group=group, gather=lambda _sources, _plan: None, judge=lambda _facts, _plan: (),
        ok=lambda _facts, _plan: "Well.",
    )  # fmt: skip
    facts = {"quota": 10, "error": "E", "action": "a:B"}
    return Outcome(check, tuple(Finding(code, **facts) for code in codes), "" if codes else "Well.")


def report_of(*outcomes: Outcome) -> report.Report:
    return report.make_report("before", "carillon", "eu-central-1", datetime(2026, 11, 30, tzinfo=UTC), outcomes)


@pytest.mark.parametrize(
    ("codes", "level", "exit_code"),
    [
        ([], Level.OK, 0),
        (["no_permission"], Level.NOT_CHECKED, 1),
        (["concurrency_low"], Level.WARNING, 1),
        (["concurrency_low", "no_permission"], Level.WARNING, 1),
        (["no_permission", "ses_sending_off"], Level.PROBLEM, 2),
    ],
)
def test_the_worst_level_is_that_of_the_report(codes: list[str], level: Level, exit_code: int) -> None:
    made = report_of(outcome("well"), *(outcome(code, code) for code in codes))
    assert (made.level, made.exit_code) == (level, exit_code)
    assert sum(made.counts.values()) == len(codes) + 1


def test_the_document_has_the_shape_that_the_page_shows() -> None:
    [example] = [json.loads(block) for block in re.findall(r"```json\n(\{\n  \"when\".*?)```", PAGE, re.DOTALL)]
    made = json.loads(to_json(report_of(outcome("a"), outcome("b", "concurrency_low"))))
    assert made.keys() == example.keys()
    assert made["counts"].keys() == example["counts"].keys()
    assert {*made["checks"][0]} == {*example["checks"][0]} == {*example["checks"][1]}
    assert {*made["checks"][1]["findings"][0]} == {*example["checks"][1]["findings"][0]}


def shown(*outcomes: Outcome) -> str:
    from rich.console import Console

    console = Console(width=160)
    with console.capture() as capture:
        for line in report.lines(report_of(*outcomes)):
            console.print(line, markup=False)
    return capture.get()


def test_the_table_says_what_why_and_what_helps() -> None:
    text = shown(outcome("quota", "concurrency_low"), outcome("well", group=Group.EMAIL))
    kind = Finding("concurrency_low", quota=10)
    for words in (kind.what, kind.kind.why, "→ `aws service-quotas", "warning", "email", "Well.", "1 ok, 1 warning."):
        assert words in text


def test_the_same_advice_is_given_once() -> None:
    text = shown(outcome("a", "no_credentials"), outcome("b", "no_credentials"))
    assert text.count("There are no credentials of AWS.") == 2
    assert text.count("aws configure sso") == 1


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> dict[str, Any]:
    """Replace the run of checks, and return what the command asked for."""
    asked: dict[str, Any] = {}

    def run_checks(chosen: Any, sources: Any, plan: Plan, _: Callable[[], Any]) -> list[Outcome]:
        asked.update(
            checks={check.name for check in chosen}, plan=plan, token=sources.token, stack=sources.session.stack
        )
        return [outcome("well")]

    monkeypatch.setattr("cli.doctor.run.run_checks", run_checks)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CARILLON_STACK", raising=False)
    described = recorded("stack_well")["answer"]["Stacks"][0]
    monkeypatch.setattr(Stack, "call", staticmethod(lambda *_, **__: {"Stacks": [described]}))
    return asked


def doctor(*arguments: str, stdin: str | None = None) -> Result:
    return CliRunner().invoke(app, ["doctor", *arguments], input=stdin)


def test_without_a_stack_the_plan_of_the_options_is_checked(ran: dict[str, Any]) -> None:
    result = doctor("--region", "eu-central-1", "--email-from", "a@example.com", "--size", "large")
    assert result.exit_code == 0, result.output
    assert ran["checks"] < {check.name for check in checks.BEFORE}
    assert (ran["plan"].email_from, ran["plan"].size) == ("a@example.com", "large")
    assert (ran["stack"].target.stack_name, ran["stack"].target.region) == ("carillon", "eu-central-1")


def test_a_named_stack_is_checked_with_its_own_parameters(ran: dict[str, Any]) -> None:
    assert doctor("--stack-name", "carillon", "--region", "eu-central-1").exit_code == 0
    assert "stack_status" in ran["checks"]
    assert "drift" not in ran["checks"]
    assert ran["plan"].jwt_issuer == "https://id.example.com"
    assert doctor("after", "--drift", "--region", "eu-central-1").exit_code == 0
    assert "drift" in ran["checks"]


def test_a_stack_can_be_checked_before_its_next_deploy(ran: dict[str, Any]) -> None:
    assert doctor("before", "--stack-name", "prod", "--region", "eu-west-1").exit_code == 0
    assert "stack_status" not in ran["checks"]
    assert ran["stack"].target.stack_name == "prod"


def test_a_file_gives_parameters_and_options_replace_them(ran: dict[str, Any]) -> None:
    file = str(ROOT / "samconfig.toml")
    result = doctor("--parameters", file, "--config-env", "production", "--network", "nat", "--region", "eu-central-1")
    assert result.exit_code == 0, result.output
    plan: Plan = ran["plan"]
    assert (plan.size, plan.live, plan.network) == ("medium", "appsync", "nat")


@pytest.mark.parametrize(
    "arguments",
    [
        ("after", "--size", "small", "--region", "eu-central-1"),
        ("before", "--drift"),
        ("--size", "huge"),
        ("--token-file", "missing.txt"),
        ("--parameters", "missing.toml"),
    ],
)
def test_wrong_use_exits_with_2_and_asks_nothing(ran: dict[str, Any], arguments: tuple[str, ...]) -> None:
    assert doctor(*arguments).exit_code == 2
    assert not ran


def test_a_token_is_read_from_a_file_or_the_input_and_never_shown(ran: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "token.txt").write_text(f"Authorization: Bearer {SECRET}\n")
    for arguments, stdin in ((("--token-file", "token.txt"), None), (("--token-file", "-"), SECRET)):
        result = doctor(*arguments, "--region", "eu-central-1", "--json", stdin=stdin)
        assert ran["token"] == SECRET
        assert "token" in ran["checks"]
        assert SECRET not in result.output


def test_a_stack_that_does_not_exist_cannot_be_reached(ran: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> Any:
        raise CannotReach("Stack with id nothing does not exist")

    monkeypatch.setattr(Stack, "call", staticmethod(refuse))
    result = doctor("--stack-name", "nothing", "--region", "eu-central-1", "--json")
    assert result.exit_code == 3
    assert json.loads(result.stdout)["error"]["code"] == "cannot_reach"


def test_without_a_region_each_question_to_aws_is_not_checked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("AWS_DEFAULT_REGION", "AWS_REGION", "AWS_PROFILE", "CARILLON_STACK"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(checks, "BEFORE", (account.CONCURRENCY,))
    result = doctor("--json")
    assert result.exit_code == 1
    document = json.loads(result.stdout)
    assert document["region"] is None
    assert [finding["code"] for check in document["checks"] for finding in check["findings"]] == ["no_client"]
