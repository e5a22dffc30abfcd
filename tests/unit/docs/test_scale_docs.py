"""The figures that docs/scale.md computes, and the commands of the move to Aurora."""

import re
import shlex
from typing import Any

import botocore.session
import pytest
from botocore import xform_name

from benchmarks.capacity.sizes import SIZES
from cli.cost import measured
from cli.cost.bill import Bill
from cli.cost.prices import HOURS
from cli.cost.stacks import Database, Size, Stack
from cli.cost.usage import DAYS, Usage
from tests.support.paths import ROOT

PAGE = (ROOT / "docs" / "scale.md").read_text("utf-8")
LINES = [
    line for block in re.findall(r"^```sh\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL) for line in block.splitlines()
]
AWS = [found[0] for line in LINES for found in [re.findall(r"aws rds [^)]*", line)] if found]
MONTHS = (1, 10, 100)  # million notifications
PEAK, REQUESTS, EMAILS = 10, 3, 0.2


def row(name: str) -> list[str]:
    """Return the cells of the first row of a table that begins with a name."""
    [cells, *_] = re.findall(rf"^\| {re.escape(name)}[^|]*\|(.*)\|$", PAGE, re.MULTILINE)
    return [cell.strip() for cell in cells.split("|")]


def figures(name: str) -> list[float]:
    """Return the first number of each of the three cells of a row."""
    return [float(re.findall(r"[\d.,]+", cell)[0].replace(",", "")) for cell in row(name)[:3]]


def bill(millions: int) -> Bill:
    million = millions * 1_000_000
    return Bill(Usage(notifications=million, emails=round(million * EMAILS)), Stack(database=Database.AURORA))


MEAN = [millions * 1_000_000 / (HOURS * 3600) for millions in MONTHS]
KILOBYTES_OF_LOG = 1.6 * (1 - EMAILS) + 3 * EMAILS  # docs/cost.md
INDEX_BYTES = 250
COMPUTED = {
    "creates a second, mean": MEAN,
    "API requests a second, peak": [each * REQUESTS * PEAK for each in MEAN],
    "emails a day": [millions * 1_000_000 * EMAILS / DAYS for millions in MONTHS],
    "emails a second, peak": [each * EMAILS * PEAK for each in MEAN],
    "database CPU at the peak": [each * REQUESTS * PEAK * measured.DATABASE_SECONDS for each in MEAN],
    "write-ahead log at the peak": [each * PEAK * KILOBYTES_OF_LOG for each in MEAN],
    "rows after a year": [bill(millions).storage_gb for millions in MONTHS],
    "deleted a second": MEAN,
    "API Gateway, rate of the size": [each * REQUESTS * PEAK for each in MEAN],
    "Lambda, containers at once": [each * REQUESTS * PEAK * 0.036 for each in MEAN],
    "connections": [each * REQUESTS * PEAK * 0.1 for each in MEAN],
    "disk operations a second": [each * PEAK * (2 + 4 * EMAILS) for each in MEAN],
    "memory for the indexes": [millions * 12e6 * (1 + EMAILS) * INDEX_BYTES / 1024**3 for millions in MONTHS],
}


@pytest.mark.parametrize("name", COMPUTED)
def test_a_computed_figure_is_that_of_its_factors(name: str) -> None:
    for cell, shown, computed in zip(row(name)[:3], figures(name), COMPUTED[name], strict=True):
        digits = len(re.findall(r"^[\d,]+(?:\.(\d+))?", cell)[0])  # after the point
        assert shown == pytest.approx(computed, rel=0.03, abs=0.6 * 10**-digits), cell


def test_the_rates_and_the_bells_are_those_of_the_sizes() -> None:
    small, medium, large = (SIZES[size.value] for size in (Size.SMALL, Size.MEDIUM, Size.LARGE))
    gateway = " ".join(row("API Gateway, rate of the size")[:3])
    assert [int(each.replace(",", "")) for each in re.findall(r"of ([\d,]+)", gateway)] == [
        small.rate, medium.rate, large.rate,
    ]  # fmt: skip
    connections = " ".join(row("connections")[:3])
    assert [int(each) for each in re.findall(r"of (\d+)", connections)] == [
        small.connections, medium.connections, large.connections,
    ]  # fmt: skip


@pytest.mark.parametrize("line", AWS)
def test_an_aws_command_names_an_operation_and_its_parameters(line: str) -> None:
    _, service, operation, *options = shlex.split(line)
    if operation == "wait":
        client = botocore.session.get_session().create_client(service, region_name="eu-central-1")
        assert options[0].replace("-", "_") in client.waiter_names
        return
    model = botocore.session.get_session().get_service_model(service)
    [found] = [name for name in model.operation_names if xform_name(name, "-") == operation]
    shape: Any = model.operation_model(found).input_shape
    given = {option.removeprefix("--") for option in options if option.startswith("--")} - {"query", "output"}
    assert given <= {xform_name(name, "-") for name in shape.members}
    assert {xform_name(name, "-") for name in shape.required_members} <= given


def test_the_page_has_the_commands_of_the_move() -> None:
    assert len(AWS) == 4
    assert "default_transaction_read_only" in AWS[0]  # tests/integration/functions/test_read_only_database.py
