"""A setting that no code reads would change nothing."""

import re

import pytest

from carillon import settings
from carillon.settings.groups import Settings
from tests.support.paths import ROOT

CODE = "\n".join(
    path.read_text("utf-8")
    for folder in ("functions", "layers/carillon/carillon")
    for path in (ROOT / folder).rglob("*.py")
)
MODELS = [model for model in vars(settings).values() if isinstance(model, type) and issubclass(model, Settings)]


@pytest.mark.parametrize("name", sorted({name for model in MODELS for name in model.model_fields}))
def test_code_reads_every_setting(name: str) -> None:
    assert re.search(rf"[.\"]{name}\b", CODE), f"no function reads {name}"
