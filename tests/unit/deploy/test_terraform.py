"""deploy/terraform: its variables are the template's parameters, with the same rules."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support.paths import ROOT
from tests.support.template import template

MODULE = ROOT / "deploy" / "terraform"
CHECKS = ROOT / ".venv-checks" / "bin" / "python"
# Runs in the environment of the checks, which has a parser of HCL.
PARSE = """
import json, sys
import hcl2

print(json.dumps([hcl2.load(open(path, encoding="utf-8")) for path in sys.argv[1:]]))
"""


def parsed() -> dict[str, dict[str, Any]]:
    """Return the variables and local values of the module."""
    files = sorted(MODULE.glob("*.tf"))
    done = subprocess.run([CHECKS, "-c", PARSE, *files], capture_output=True, text=True, check=True)
    found: dict[str, dict[str, Any]] = {"variable": {}, "locals": {}}
    for kind in found:
        for file in json.loads(done.stdout):
            for block in file.get(kind, []):
                found[kind] |= block
    return found


@pytest.mark.slow
def test_each_parameter_has_a_variable_with_its_description() -> None:
    found = parsed()
    values: dict[str, str] = found["locals"]["parameters"][0]
    assert list(values) == list(template()["Parameters"])
    for name, parameter in template()["Parameters"].items():
        [variable] = set(re.findall(r"var\.(\w+)", values[name]))
        assert found["variable"][variable]["description"] == [parameter["Description"]]
        assert ("default" in found["variable"][variable]) == ("Default" in parameter), name


def test_the_generated_file_is_up_to_date() -> None:
    assert subprocess.run([sys.executable, ROOT / "bin" / "shells", "--check"]).returncode == 0


@pytest.fixture
def terraform(tmp_path: Path) -> Path:
    """Return a copy of the module that `terraform init` has prepared. Skip without Terraform and its provider."""
    if not shutil.which("terraform"):
        pytest.skip("terraform is not installed here")
    shutil.copytree(MODULE, tmp_path / "module", ignore=shutil.ignore_patterns(".terraform*"))
    if run(tmp_path / "module", "init", "-backend=false").returncode:
        pytest.skip("Terraform's provider for AWS cannot be had here")
    return tmp_path / "module"


def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    given = os.environ | {"CHECKPOINT_DISABLE": "1", "TF_IN_AUTOMATION": "1"}
    command = ["terraform", f"-chdir={folder}", *words, "-no-color"]
    return subprocess.run(command, capture_output=True, text=True, env=given)


@pytest.mark.slow
def test_terraform_accepts_the_module_and_plans_the_stack(terraform: Path) -> None:
    for words in (["fmt", "-check", "-recursive"], ["validate"]):
        done = run(terraform, *words)
        assert done.returncode == 0, done.stdout + done.stderr
    done = run(terraform, "test")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "4 passed, 0 failed" in done.stdout
