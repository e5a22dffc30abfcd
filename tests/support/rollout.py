"""A built template with a gradual rollout, as `cli/deploy/rollout.py` writes it."""

from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import yaml

from cli.deploy.rollout import write_rollout
from tests.support.template import template
from tests.support.translated_template import Worked, translated

CANARY = "canary-10-percent-10-minutes"
API = ("Create", "Read", "Recipients")


def built(folder: Path) -> Path:
    """Write what `sam build` writes, as far as a rollout reads it: the template, and a file of the layer."""
    (folder / "Layer").mkdir(parents=True)
    (folder / "Layer" / "code.py").write_text("VERSION = 1\n")
    file = folder / "template.yaml"
    file.write_text(yaml.safe_dump(template(), sort_keys=False))
    return file


@cache
def gradual() -> dict[str, Any]:
    """Return the translated template of a canary."""
    return translated(write_rollout(built(Path(mkdtemp())), CANARY))


def worked(given: dict[str, str]) -> Worked:
    """Return the template of a canary for given parameters."""
    return Worked(given, gradual())
