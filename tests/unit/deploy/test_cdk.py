"""deploy/cdk: what it synthesises is the template, resource by resource. `make test-shells` installs CDK."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any, cast

import pytest

from tests.support.paths import ROOT
from tests.support.template import template

GIVEN = {"AppUrl": "https://app.example.com"}
PYTHON = ROOT / ".venv-cdk" / "bin" / "python"
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not PYTHON.exists(), reason="CDK takes 260 MB: make test-shells installs it"),
]


def synthesised(folder: Path, parameters: dict[str, str]) -> dict[str, Any]:
    context = json.dumps({"template": str(ROOT / "template.yaml"), "parameters": parameters})
    given = {"CDK_CONTEXT_JSON": context, "CDK_OUTDIR": str(folder)}
    command = [PYTHON, "app.py"]
    done = subprocess.run(command, cwd=ROOT / "deploy/cdk", env=os.environ | given, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return json.loads((folder / "carillon.template.json").read_text())


def usual(node: Any) -> Any:
    """Return the other ways to write the same in one way: GetAtt, DependsOn, keys of YAML, and a given parameter."""
    match node:
        case {"Ref": name} if name in GIVEN:
            return GIVEN[name]
        case {"Fn::GetAtt": str(text)}:
            return {"Fn::GetAtt": text.split(".", 1)}
        case {"DependsOn": str(one), **rest}:
            return {"DependsOn": [one], **cast("dict[str, Any]", usual(rest))}
        case dict():
            return {str(key): usual(value) for key, value in cast("dict[str, Any]", node).items()}
        case list():
            return [usual(one) for one in cast("list[Any]", node)]
        case _:
            return node


def test_cdk_synthesises_the_template_with_the_given_parameter_in_its_places(tmp_path: Path) -> None:
    made, ours = usual(synthesised(tmp_path, GIVEN)), usual(template())
    for name, resource in ours["Resources"].items():
        assert made["Resources"].get(name) == resource, name
    for section in set(ours) - {"Parameters"}:
        assert made[section] == ours[section], section
    assert set(made) == set(ours)
    assert made["Parameters"] == {name: one for name, one in ours["Parameters"].items() if name not in GIVEN}
