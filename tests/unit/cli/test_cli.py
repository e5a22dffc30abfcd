"""The command: how it finds its stack, reads times and reports errors."""

import io
import json
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
import typer
from botocore.exceptions import ClientError
from typer.testing import CliRunner

from cli.formats import format_moment, paragraphs, parse_moment, parse_span, tally
from cli.main import app
from cli.queues import Message
from cli.stack import CannotReach, Refused, Stack, Target
from cli.tokens import IssuerRefused, NoToken

LOCAL = {
    "stack_name": "carillon", "region": "us-east-1", "endpoint_url": "http://127.0.0.1:8763", "queue_url": "q",
    "dlq_url": "d", "api_url": "a", "demo_url": "w", "issuer": "i", "database_url": "p",
}  # fmt: skip


class ScriptedStack(Stack):
    """A stack whose clients give the answer that a test sets."""

    def __init__(self, answer: Any, outputs: dict[str, str] | None = None) -> None:
        super().__init__(Target(stack_name="prod"))
        self._answer = answer
        self._outputs = {"OperatorFunctionName": "f"} if outputs is None else outputs

    def client(self, service: str) -> Any:
        return self

    def describe_stacks(self, *, StackName: str) -> Any:  # noqa: N803
        assert StackName == "prod"
        return {"Stacks": [{"Outputs": [{"OutputKey": k, "OutputValue": v} for k, v in self._outputs.items()]}]}

    def get_caller_identity(self) -> Any:
        return {"Arn": "arn:aws:iam::123456789012:user/on-call"}

    def invoke(self, *, FunctionName: str, Payload: bytes) -> Any:  # noqa: N803
        self.sent = json.loads(Payload)
        if isinstance(self._answer, Exception):
            raise self._answer
        return {"Payload": io.BytesIO(json.dumps(self._answer).encode())}


def test_a_request_names_the_operator() -> None:
    stack = ScriptedStack({"result": {"x": 1}})
    assert stack.ask("user", user_id="alice") == {"x": 1}
    assert stack.sent == {
        "action": "user", "operator": "arn:aws:iam::123456789012:user/on-call", "arguments": {"user_id": "alice"}
    }  # fmt: skip


@pytest.mark.parametrize(
    ("answer", "outputs", "words"),
    [
        ({"errorMessage": "x"}, {}, "has no output OperatorFunctionName"),
        (None, None, "its log says why"),
        ({"error": {"code": "unavailable", "message": "Later."}}, None, "Later."),
        ({"error": {"code": "internal", "message": "Ours."}}, None, "Ours."),
        (ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "Invoke"), None, "AccessDenied"),
    ],
)
def test_a_stack_without_an_answer_cannot_be_reached(answer: Any, outputs: Any, words: str) -> None:
    with pytest.raises(CannotReach, match=words):
        ScriptedStack(answer, outputs).ask("stats")


def test_a_refusal_has_its_reason() -> None:
    with pytest.raises(Refused, match=r"user_id: is required") as refused:
        ScriptedStack({"error": {"code": "invalid", "message": "user_id: is required"}}).ask("user")
    assert refused.value.code == "invalid"


def test_without_options_the_stack_is_the_devstack_and_with_one_it_is_on_aws(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".local").mkdir()
    (tmp_path / ".local" / "stack.json").write_text(json.dumps(LOCAL))
    monkeypatch.chdir(tmp_path)
    assert Stack(Target()).client("sqs").meta.endpoint_url == LOCAL["endpoint_url"]
    on_aws = Stack(Target(region="eu-west-1"))
    assert on_aws.client("sqs").meta.endpoint_url == "https://sqs.eu-west-1.amazonaws.com"
    assert on_aws.name == "carillon"


def test_an_unknown_profile_is_named() -> None:
    with pytest.raises(CannotReach, match="nobody"):
        Stack(Target(profile="nobody")).client("sqs")


@pytest.mark.parametrize(
    ("text", "found"),
    [("90s", timedelta(seconds=90)), ("30m", timedelta(minutes=30)), ("2h", timedelta(hours=2)), ("7d", timedelta(7))],
)
def test_a_span_of_time_is_parsed(text: str, found: timedelta) -> None:
    assert parse_span(text) == found


@pytest.mark.parametrize("text", ["", "h", "2", "2 weeks", "-1h", "yesterday", "99999999999999999999d"])
def test_text_that_is_no_time_is_a_usage_error(text: str) -> None:
    with pytest.raises(typer.BadParameter):
        parse_span(text)
    with pytest.raises(typer.BadParameter):
        parse_moment(text)


def test_help_text_is_joined_and_the_example_is_a_paragraph() -> None:
    words = "One\n    sentence.\n\n    Another\n    one. Example: carillon\n    stats"
    assert paragraphs(words) == "One sentence.\n\nAnother one.\n\nExample: carillon stats"


def test_the_option_version_prints_the_version() -> None:
    result = CliRunner().invoke(app, ["--version"])
    assert (result.exit_code, result.stdout.strip()) == (0, version("carillon-service"))


@pytest.mark.parametrize(
    ("raised", "code", "exit_code"),
    [(NoToken("No answer."), "cannot_reach", 3), (IssuerRefused("No."), "invalid", 2), (None, None, 0)],
    ids=str,
)
def test_token_prints_one_json_document(
    monkeypatch: pytest.MonkeyPatch, raised: Exception | None, code: str | None, exit_code: int
) -> None:
    def fetch(*_: object) -> str:
        if raised is not None:
            raise raised
        return "a.b.c"

    def local() -> dict[str, str]:
        return LOCAL

    monkeypatch.setattr("cli.main.fetch_token", fetch)
    monkeypatch.setattr("cli.main.local_stack", local)
    result = CliRunner().invoke(app, ["token", "--user", "alice", "--json"])
    assert result.exit_code == exit_code
    assert json.loads(result.stdout).get("error", {}).get("code") == code
    if not raised:
        assert CliRunner().invoke(app, ["token", "--user", "alice"]).stdout == "a.b.c\n"


def test_moments_are_parsed_and_formatted() -> None:
    assert parse_moment(None) is None
    with pytest.raises(typer.BadParameter, match="too long ago"):
        parse_moment("99999999d")
    assert str(parse_moment("2026-11-24")) == "2026-11-24 00:00:00+00:00"
    assert str(parse_moment("2026-11-24T10:00+01:00")) == "2026-11-24 10:00:00+01:00"
    two_hours_ago = parse_moment("2h")
    assert two_hours_ago is not None
    assert abs(datetime.now(UTC) - two_hours_ago - timedelta(hours=2)) < timedelta(minutes=1)
    at = datetime.fromisoformat("2026-11-24T10:00:00.123456+01:00")
    assert format_moment(at, milliseconds=True) == "2026-11-24 09:00:00.123"
    assert tally({"a": 1, "b": 2}) == "2 b, 1 a"


@pytest.mark.parametrize("body", ["", "[]", "null", "{}", '{"delivery_id": 1}', '{"delivery_id": "x"}', "[" * 99_999])
def test_a_message_without_a_delivery_id(body: str) -> None:
    assert Message("m", "r", body).delivery_id is None
