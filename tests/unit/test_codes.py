"""The table of codes has each code that the code, the SQL and AWS can give, and no other."""

import ast
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, cast, get_args

import pytest
import yaml
from botocore.session import get_session
from typer.testing import CliRunner

from carillon import errors
from carillon.channels import errors as channel_errors
from carillon.channels.email.errors import refine as refine_email
from carillon.channels.errors import snake_case
from carillon.channels.push.errors import refine as refine_push
from carillon.codes import CODES, Kind, codes_named, codes_of
from carillon.codes.api import API
from carillon.database import sign_in
from carillon.models.event_kind import EventKind
from carillon.models.severity import SEVERITIES
from carillon.models.story import HeldBy
from cli.main import app
from tests.support.paths import ROOT
from tests.support.reasons import excluded_reasons, routing_reasons

PACKAGE = ROOT / "layers" / "carillon" / "carillon"


def names(kind: Kind) -> set[str]:
    return {code.name for code in codes_of(kind)}


def python() -> Iterator[tuple[Path, ast.AST]]:
    for folder in ("channels", "deliveries"):
        for path in sorted((PACKAGE / folder).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                yield path, node


def literals(value: ast.expr | None) -> Iterator[str]:
    """Yield the texts that a returned expression may be."""
    match value:
        case ast.IfExp(body=body, orelse=otherwise):
            yield from literals(body)
            yield from literals(otherwise)
        case ast.Constant(str(text)):
            yield text
        case _:
            pass


def written_codes() -> set[str]:
    """Return the second argument of each Outcome, and what each `refine` returns, if it is a literal."""
    found: set[str] = set()
    for path, node in python():
        match node:
            case ast.Call(func=ast.Name("Outcome"), args=[_, ast.Constant(str(code)), *_]):
                found.add(code)
            case ast.Return(value) if path.name == "errors.py" and path.parent.name != "channels":
                found |= set(literals(value))
            case _:
                pass
    return found


def tables() -> set[str]:
    """Return the codes of the tables in channels/errors.py."""
    lookups = cast("dict[str, Any]", vars(channel_errors))
    listed = {each for name in ("THROTTLED", "PAUSED", "REJECTED", "GONE") for each in lookups[name]}
    return listed | {*lookups["_NOT_SENT"].values(), *lookups["_NO_ANSWER"].values()}


def sql_codes() -> set[str]:
    """Return the error codes that SQL writes."""
    text = "\n".join(path.read_text("utf-8") for path in sorted((PACKAGE / "database").rglob("*.sql")))
    text = re.sub(r"--.*", "", text)
    return set(re.findall(r"error_code = '(\w+)'", text)) | set(re.findall(r"'code', '(\w+)'", text))


def aws_codes() -> set[str]:
    """Return the codes of the errors that SES and SNS name for a send."""
    refined: dict[tuple[str, str], Callable[[str], str]] = {
        ("sesv2", "SendEmail"): partial(refine_email, message="", email_from=None),
        ("sns", "Publish"): partial(refine_push, message=""),
    }
    found: set[str] = set()
    for (service, operation), refine in refined.items():
        model: Any = get_session().get_service_model(service).operation_model(operation)
        found |= {refine(snake_case(shape.error_code)) for shape in model.error_shapes}
    return found


def test_the_table_has_each_error_code_of_a_delivery() -> None:
    reasons = names("reason")
    for source in (written_codes(), tables(), aws_codes(), sql_codes() - reasons):
        assert len(source) > (0 if source == {"stuck"} else 5)
        assert source <= names("delivery") | reasons, source - names("delivery") - reasons


def test_each_error_code_of_the_table_occurs() -> None:
    occurring = written_codes() | tables() | aws_codes() | sql_codes() | {snake_case("")}
    for code in codes_of("delivery"):
        assert [snake_case(name) for name in code.aws] == [code.name] * len(code.aws)
        assert code.name in occurring or code.aws, code.name


def test_the_table_has_each_code_of_the_api_and_no_other() -> None:
    types = [
        each for each in vars(errors).values() if isinstance(each, type) and issubclass(each, errors.CarillonError)
    ]
    assert {code.name for code in API} == {each.code for each in types}


def test_the_table_has_each_reason_and_no_other() -> None:
    routed = {reason for reasons in routing_reasons().values() for reason in reasons}
    assert names("reason") == routed | excluded_reasons() | set(get_args(HeldBy))
    assert {f"severity_{severity}" for severity in SEVERITIES} <= names("reason")


def test_the_table_has_each_word_of_feedback_and_each_refusal_of_the_database() -> None:
    assert names("feedback") == set(get_args(EventKind))
    refusals = cast("dict[str, Any]", vars(sign_in))
    assert names("database") == {*(row[1] for row in refusals["_REASONS"]), refusals["_NO_ANSWER"][0]}


def test_the_table_has_each_code_of_the_command_alone() -> None:
    text = "\n".join(path.read_text("utf-8") for path in sorted((ROOT / "cli").glob("*.py")))
    written = set(re.findall(r'fail\("(\w+)"', text)) | set(re.findall(r'\("(\w+)", [A-Z_]+\)', text))
    assert names("command") <= written <= names("command") | names("api")


def test_each_code_has_a_cause_and_a_remedy_and_is_listed_once() -> None:
    assert len({(code.kind, code.name) for code in CODES}) == len(CODES)
    for code in CODES:
        assert code.cause.endswith("."), code
        assert code.remedy.endswith("."), code
        assert "|" not in code.cause + code.remedy, code


def test_access_denied_names_the_actions_that_the_template_allows() -> None:
    [code] = codes_named("access_denied")
    part = (ROOT / "template" / "functions" / "deliver.yaml").read_text("utf-8")
    actions = re.findall(r"Action: ((?:ses|sns):\w+)", part)
    assert set(actions) == {"ses:SendEmail", "sns:Publish"}
    assert all(f"`{action}`" in code.cause and f"`{action}`" in code.remedy for action in actions)
    parameters = (ROOT / "template" / "parameters.yaml").read_text("utf-8")
    assert "EmailFrom" in yaml.safe_load(re.sub(r"!\w+", "", parameters))["Parameters"]


def test_the_page_and_the_api_are_made_from_the_table() -> None:
    result = subprocess.run([sys.executable, ROOT / "bin" / "vocabularies", "--check"], capture_output=True, text=True)
    assert result.returncode == 0, f"run .venv/bin/python bin/vocabularies: {result.stdout}{result.stderr}"
    page = (ROOT / "docs" / "errors.md").read_text("utf-8")
    assert all(f"| `{code.name}` | {code.cause} | {code.remedy} |" in page for code in CODES if code.kind != "api")


def test_each_code_of_the_api_has_the_section_to_which_its_errors_link() -> None:
    page, _, _ = (ROOT / errors.DOCS).read_text("utf-8").partition("\n## Errors of the command")
    headings = re.findall(r"^#+ `?([^`\n]+)`?$", page, re.MULTILINE)
    assert [heading for heading in headings if heading in names("api")] == [code.name for code in codes_of("api")]
    assert len({heading.lower() for heading in headings}) == len(headings)  # else a second one has another anchor


def explain(*words: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["explain", *words])
    return result.exit_code, result.stdout


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (["access_denied"], 0, "ses:SendEmail"),
        (["rejected"], 0, "feedback of the provider"),
        (["AccessDeniedException"], 0, "access_denied (error of a delivery)"),
        (["Access-Denied"], 0, "access_denied (error of a delivery)"),
        (["acess_denied"], 1, "similar  access_denied"),
        (["some_new_error"], 1, "some_new_error (error of a delivery)"),
        ([], 0, "idempotency_key_reused"),
    ],
)
def test_the_command_explains_a_code_without_a_stack(words: list[str], code: int, told: str) -> None:
    assert explain(*words)[0] == code
    assert told in explain(*words)[1]
    assert '"codes": [' in explain(*words, "--json")[1]


def test_only_the_command_and_the_generators_import_the_table() -> None:
    """The texts would make each cold start slower."""
    importing = [
        path for folder in (PACKAGE, ROOT / "functions") for path in folder.rglob("*.py")
        if "carillon.codes" in path.read_text("utf-8") and PACKAGE / "codes" not in path.parents
    ]  # fmt: skip
    assert [path.name for path in importing] == ["openapi.py"]
