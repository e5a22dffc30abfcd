"""The build of the layer: the descriptions of AWS services that it keeps, and the processors that it knows."""

import re

from tests.support.paths import ROOT
from tests.support.template import template

LAYER = ROOT / "layers" / "carillon"
CLIENT = re.compile(r"\bclient\(\s*\"(\w+)\"")


def test_the_layer_describes_the_services_that_the_code_calls() -> None:
    sources = [*LAYER.glob("carillon/**/*.py"), *(ROOT / "functions").glob("**/*.py")]
    called = {name for path in sources for name in CLIENT.findall(path.read_text("utf-8"))}
    line = next(line for line in (LAYER / "Makefile").read_text().splitlines() if line.startswith("SERVICES := "))
    assert called == set(line.removeprefix("SERVICES := ").split())


def test_each_processor_has_its_wheels() -> None:
    processors = {path.parent.name for path in LAYER.glob("processors/*/wheels.txt")}
    assert processors == set(template()["Parameters"]["Architecture"]["AllowedValues"])
    for name in processors:
        tag = name.replace("arm64", "aarch64")
        assert set(re.findall(r"_(aarch64|x86_64)\b", (LAYER / "processors" / name / "wheels.txt").read_text())) == {
            tag
        }
