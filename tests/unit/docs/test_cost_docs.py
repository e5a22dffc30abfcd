"""The example, the commands and the sums of docs/cost.md are those of the command."""

import re
import shlex

import pytest
from typer.testing import CliRunner

from cli.cost.prices import READ, REGION
from cli.main import app
from tests.support.paths import ROOT

PAGE = (ROOT / "docs" / "cost.md").read_text("utf-8")
# A row may be in two tables.
ROWS = list(dict.fromkeys(re.findall(r"^\| .* \| `(carillon cost[^`]*)` \| (\$[\d,.]+) \|$", PAGE, re.MULTILINE)))


def output(command: str) -> str:
    """Return what a command prints, without the spaces at the end of lines."""
    result = CliRunner().invoke(app, shlex.split(command)[1:])
    assert result.exit_code == 0, result.output
    return "\n".join(line.rstrip() for line in result.stdout.splitlines()).strip("\n")


def test_the_example_is_what_the_command_prints() -> None:
    [example] = re.findall(r"^```sh\n(carillon cost .*)\n```\n\n```\n(.*?)\n```$", PAGE, re.MULTILINE | re.DOTALL)
    assert output(example[0]) == example[1]


@pytest.mark.parametrize(("command", "total"), ROWS)
def test_a_sum_of_a_table_is_that_of_its_command(command: str, total: str) -> None:
    assert f"{total} a month," in output(command)


def test_the_tables_have_the_use_cases_and_the_changes() -> None:
    assert len(ROWS) >= 12


def test_the_readme_has_the_sums_of_idle_stacks() -> None:
    [small], [micro] = (
        re.findall(r"\$([\d.]+) a month,", output(command))
        for command in ("carillon cost", "carillon cost --size micro")
    )
    words = f"An idle stack costs ${float(small):.0f} a month, the smallest ${float(micro):.0f}"
    assert words in " ".join((ROOT / "README.md").read_text("utf-8").split())


def test_the_page_names_the_region_and_the_month_of_the_prices() -> None:
    assert f"list prices of {REGION} of {READ}" in PAGE
