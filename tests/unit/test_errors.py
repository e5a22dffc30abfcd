"""The public contract of errors: status, code and message."""

import json
import os
import re
import subprocess
import sys

from carillon import errors
from carillon.errors import CarillonError
from tests.support.paths import ROOT

CONTRACT = {
    "CarillonError": (500, "internal", "Something went wrong on our side."),
    "InvalidJson": (400, "invalid_json", "The request body is not valid JSON."),
    "Unauthorized": (401, "unauthorized", "The token names nobody: it has no subject and no client."),
    "Forbidden": (403, "forbidden", "This token may not do that."),
    "NotFound": (404, "not_found", "There is nothing here that you may see."),
    "LinkInvalid": (404, "link_invalid", "This link was not made here, or not for this, or its key was retired."),
    "LinkExpired": (410, "link_expired", "This link was good, and has expired."),
    "BodyTooLarge": (413, "too_large", "The request body is too large."),
    "Encoded": (415, "unsupported_encoding", "Send the request body as UTF-8, and not compressed."),
    "Invalid": (422, "invalid", "The request was understood, but something in it is not allowed."),
    "KeyReused": (
        422,
        "idempotency_key_reused",
        "This idempotency key was already used for a notification with other content.",
    ),
    "TooMany": (429, "too_many", "You have recorded as many notifications as you may in a minute."),
    "Unavailable": (
        503,
        "unavailable",
        "The service cannot answer just now. Try again shortly; with a key, nothing is recorded twice.",
    ),
    "StatementFailed": (500, "internal", "The database refused a statement."),
    "MigrationFailed": (500, "migration_failed", "The database schema could not be brought up to date."),
}
NOT_OF_THE_API = {"link_invalid", "link_expired", "migration_failed"}  # answered as a page, or to CloudFormation

READ = """
import json
from carillon import errors
types = [each for each in vars(errors).values() if isinstance(each, type) and issubclass(each, errors.CarillonError)]
print(json.dumps({each.__name__: [each.status, each.code, str(each())] for each in types}))
"""


def test_the_contract_does_not_depend_on_docstrings() -> None:
    """Python drops every docstring with -OO."""
    env = os.environ | {"PYTHONPATH": str(ROOT / "layers" / "carillon")}
    result = subprocess.run([sys.executable, "-OO", "-c", READ], env=env, capture_output=True, text=True, check=True)
    assert {name: tuple(row) for name, row in json.loads(result.stdout).items()} == CONTRACT


def test_every_error_states_its_own_message() -> None:
    found = [error for error in vars(errors).values() if isinstance(error, type) and issubclass(error, CarillonError)]
    assert [error.__name__ for error in found if "message" not in vars(error)] == []


def test_a_message_of_an_instance_replaces_that_of_its_class() -> None:
    error = errors.Forbidden("Not today.")
    assert (error.message, str(error), errors.Forbidden().message) == (
        "Not today.",
        "Not today.",
        CONTRACT["Forbidden"][2],
    )


def test_an_invalid_request_is_described_by_its_first_detail() -> None:
    details = [{"field": name, "message": "is required"} for name in ("title", "event_name")]
    assert errors.Invalid(details=details[:1]).message == "title: is required"
    assert errors.Invalid(details=details).message == "title: is required (and 1 more)"


def test_the_page_of_the_api_lists_every_code_with_its_status() -> None:
    page = (ROOT / "docs" / "api.md").read_text("utf-8")
    rows = re.findall(r"^\| (\d{3}) \| `(\w+)` \|", page.partition("## Errors")[2].partition("\n## ")[0], re.MULTILINE)
    listed = {(int(status), code) for status, code in rows}
    assert listed == {(status, code) for status, code, _ in CONTRACT.values() if code not in NOT_OF_THE_API}


def test_the_modules_docstring_has_every_error_with_its_status_and_code() -> None:
    listed = re.findall(r"── (\w+) +(\d{3})  (\w+)", errors.__doc__ or "")
    assert {name: (int(status), code) for name, status, code in listed} == {
        name: (status, code) for name, (status, code, _) in CONTRACT.items()
    }
