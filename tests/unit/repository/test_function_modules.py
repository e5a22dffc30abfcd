"""The modules in functions/ are on one path in tests, and the package must not import them."""

import tomllib
from collections import Counter

from tests.support.paths import ROOT

MODULES = [path.stem for path in (ROOT / "functions").glob("*/*.py")]


def test_no_two_functions_have_a_module_of_the_same_name() -> None:
    assert [name for name, times in Counter(MODULES).items() if times > 1] == []


def test_import_linter_forbids_the_package_every_module_of_a_function() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]
    [top] = [contract for contract in contracts if contract["id"] == "top"]
    assert set(MODULES) <= set(top["forbidden_modules"])
