"""functions/migrate as CloudFormation calls it: real events, a real database, and a server that gets the answer."""

import io
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

import migrate as function
from carillon.database.migrations import schema_version
from tests.support.environment import Connect, FakeLambdaContext, free_port
from tests.support.paths import ROOT
from tests.support.translated_template import Worked

EVENTS = ROOT / "events"
PASSWORD = "not-to-be-told"


@dataclass
class CloudFormation:
    """The server to which the answer is PUT: it replies with `statuses` in turn, then with 200."""

    url: str = ""
    statuses: list[int] = field(default_factory=list[int])
    answers: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    content_types: list[str | None] = field(default_factory=list[str | None])
    paths: list[str] = field(default_factory=list[str])


@pytest.fixture
def cloudformation() -> Iterator[CloudFormation]:
    played = CloudFormation()

    class Handler(BaseHTTPRequestHandler):
        def do_PUT(self) -> None:
            played.answers.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            played.content_types.append(self.headers["Content-Type"])
            played.paths.append(self.path)
            self.send_response(played.statuses.pop(0) if played.statuses else 200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None: ...  # noqa: A002

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        played.url = f"http://127.0.0.1:{server.server_port}/answer?X-Amz-Signature=a%2Fb%2B"
        yield played
        server.shutdown()
        thread.join()


def event(kind: str, cloudformation: CloudFormation) -> dict[str, Any]:
    return json.loads((EVENTS / f"custom-resource-{kind}.json").read_text()) | {"ResponseURL": cloudformation.url}


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(function, "PATIENCE_SECONDS", 0)


def test_create_migrates_and_update_has_nothing_to_do(
    cloudformation: CloudFormation,
    empty_database_url: str,
    connect: Connect,
    lambda_context: FakeLambdaContext,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DATABASE_URL", empty_database_url)
    create, update = event("create", cloudformation), event("update", cloudformation)
    function.handler(create, lambda_context)
    # The rollback of a move to Aurora meets a database that is read-only by default.
    monkeypatch.setenv("PGOPTIONS", "-c default_transaction_read_only=on")
    function.handler(update, lambda_context)
    monkeypatch.delenv("PGOPTIONS")

    first, second = cloudformation.answers
    assert first.pop("Data")["Applied"].startswith("0001_")
    assert first == {
        "Status": "SUCCESS",
        "PhysicalResourceId": "carillon-schema",
        "StackId": create["StackId"],
        "RequestId": create["RequestId"],
        "LogicalResourceId": "Migration",
    }
    assert second["Status"] == "SUCCESS"
    assert second["RequestId"] == update["RequestId"]
    assert second["PhysicalResourceId"] == first["PhysicalResourceId"]
    assert second["Data"] == {
        "Applied": "", "SchemaVersion": schema_version(), "DefaultEmail": "critical", "ProducerScopes": "separate",
    }  # fmt: skip
    # The address is signed: the address and the empty content type must not change.
    assert cloudformation.paths[0] == "/answer?X-Amz-Signature=a%2Fb%2B"
    assert cloudformation.content_types == ["", ""]
    assert connect(empty_database_url).execute("SELECT FROM notifications").fetchall() == []


def test_only_a_first_deploy_publishes_the_metric_that_the_reaper_will(
    cloudformation: CloudFormation,
    empty_database_url: str,
    lambda_context: FakeLambdaContext,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The alarm on a silent reaper counts missing data, and the first run comes minutes after the migration."""
    monkeypatch.setenv("DATABASE_URL", empty_database_url)
    published: list[list[dict[str, Any]]] = []
    for kind in ("create", "update"):
        function.handler(event(kind, cloudformation), lambda_context)
        lines = [json.loads(line) for line in capsys.readouterr().out.splitlines() if line.startswith('{"_aws"')]
        published.append(lines)
    [[metric], on_update] = published
    alarm = Worked({}).properties("SilentReaperAlarm")
    [declared] = metric["_aws"]["CloudWatchMetrics"]
    assert [each["Name"] for each in declared["Metrics"]] == [alarm["MetricName"]]
    assert declared["Dimensions"] == [["service"]]
    assert [{"Name": "service", "Value": metric["service"]}] == alarm["Dimensions"]
    assert (metric["FailedSteps"], on_update) == ([0.0], [])


def test_delete_succeeds_without_a_database(
    cloudformation: CloudFormation, lambda_context: FakeLambdaContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", f"postgresql://127.0.0.1:{free_port()}/nowhere")
    function.handler(event("delete", cloudformation), lambda_context)
    assert [answer["Status"] for answer in cloudformation.answers] == ["SUCCESS"]


def test_an_invalid_file_of_categories_fails_the_deploy(
    cloudformation: CloudFormation, lambda_context: FakeLambdaContext, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Without this check, the stack deploys and then each request fails."""
    wrong = tmp_path / "categories.toml"
    wrong.write_text('[[categories]]\nname = "Invoice"\ndescription = {en = "I", fr = "F"}\n')
    monkeypatch.setenv("CATEGORIES_FILE", str(wrong))
    monkeypatch.setenv("DATABASE_URL", "postgresql://127.0.0.1:1/never_asked")
    function.handler(event("update", cloudformation), lambda_context)
    [answer] = cloudformation.answers
    assert answer["Status"] == "FAILED"
    assert answer["Reason"].startswith("categories.toml: category Invoice: name: must be lower-case words")


def test_a_broken_migration_fails_the_deploy_with_its_reason(
    cloudformation: CloudFormation,
    empty_database_url: str,
    lambda_context: FakeLambdaContext,
    monkeypatch: pytest.MonkeyPatch,
    connect: Connect,
) -> None:
    connect(empty_database_url).execute("CREATE SCHEMA carillon CREATE TABLE deliveries (id int)")
    monkeypatch.setenv("DATABASE_URL", empty_database_url)
    function.handler(event("create", cloudformation), lambda_context)

    (answer,) = cloudformation.answers
    assert answer["Status"] == "FAILED"
    assert answer["Reason"].startswith("0002_")
    assert answer["Reason"].endswith('relation "deliveries" already exists')
    assert answer["PhysicalResourceId"] == "carillon-schema"


def unreachable() -> str:
    return f"postgresql://carillon:{PASSWORD}@127.0.0.1:{free_port()}/carillon"


@pytest.mark.parametrize(
    ("database_url", "words"),
    [
        (unreachable(), "The database does not answer"),
        (f"postgresql://carillon:{PASSWORD}@127.0.0.1/carillon?unheard_of={PASSWORD}", "percent-encode the password"),
        (f"host=127.0.0.1 password={PASSWORD} 'broken", "percent-encode the password"),
        (f"postgresql://carillon:a%zz{PASSWORD}@127.0.0.1/carillon", "percent-encode the password"),
        (f"postgresql://carillon:a@{PASSWORD}@127.0.0.1/carillon", "percent-encode the password"),
        (f"postgresql://carillon:a@{PASSWORD}/b@127.0.0.1/carillon", "percent-encode the password"),
        (f"postgresql://carillon:{PASSWORD}/b@127.0.0.1/carillon", "percent-encode the password"),
        (f"postgresql://carillon:a@{PASSWORD}:b@127.0.0.1/carillon", "percent-encode the password"),
        (f"postgresql://{PASSWORD}@{PASSWORD}.invalid/{PASSWORD}", "failed to resolve host"),
        (f"postgresql://carillon:{PASSWORD}@a..b/carillon", "no host has such a name"),
        ("", "setting DATABASE_URL: Field required"),
    ],
    ids=[
        "unreachable",
        "bad option",
        "bad string",
        "bad escape",
        "two signs",
        "sign and slash",
        "slash",
        "colon",
        "in the wrong place",
        "bad host",
        "not set",
    ],
)
def test_no_failure_shows_the_password(
    database_url: str,
    words: str,
    cloudformation: CloudFormation,
    lambda_context: FakeLambdaContext,
    monkeypatch: pytest.MonkeyPatch,
    logs: io.StringIO,
) -> None:
    monkeypatch.setenv("DATABASE_URL", database_url)
    function.handler(event("create", cloudformation), lambda_context)

    (answer,) = cloudformation.answers
    assert answer["Status"] == "FAILED"
    assert words in answer["Reason"]
    logged = logs.getvalue()
    assert "migration_failed" in logged
    assert PASSWORD not in answer["Reason"] + logged
    assert "X-Amz-Signature" not in logged


def test_the_answer_is_repeated_until_cloudformation_accepts_it(
    cloudformation: CloudFormation, lambda_context: FakeLambdaContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(function, "http", function.http.__class__(retries=function.RETRIES.new(backoff_factor=0)))
    cloudformation.statuses = [503, 500]
    function.handler(event("delete", cloudformation), lambda_context)
    assert len(cloudformation.answers) == 3
    assert cloudformation.answers[0] == cloudformation.answers[2]


def test_a_refused_answer_fails_the_invocation_without_showing_the_address(
    cloudformation: CloudFormation, lambda_context: FakeLambdaContext
) -> None:
    cloudformation.statuses = [403]
    with pytest.raises(RuntimeError, match=r"^CloudFormation could not be answered: status 403$"):
        function.handler(event("delete", cloudformation), lambda_context)
