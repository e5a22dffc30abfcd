"""The layer that `sam build` makes: its bytecode and its size."""

from importlib.util import MAGIC_NUMBER, cache_from_source
from pathlib import Path

import pytest

from devstack.aws.build import fingerprint
from tests.e2e.conftest import Stack
from tests.support.paths import ROOT

MAX_BYTES = 60_000_000
UNCHECKED_HASH = 1  # PEP 552: the flags of bytecode that Python never compares with its source


@pytest.fixture
def layer(stack: Stack) -> Path:
    return ROOT / ".local" / "builds" / fingerprint() / "Layer" / "python"


def test_every_module_has_bytecode_that_python_accepts_without_its_source(layer: Path) -> None:
    modules = sorted(layer.rglob("*.py"))
    assert layer / "carillon" / "observe.py" in modules
    for module in modules:
        content = Path(cache_from_source(str(module))).read_bytes()
        assert content[:4] == MAGIC_NUMBER, module
        assert int.from_bytes(content[4:8], "little") == UNCHECKED_HASH, module


def test_the_layer_is_small(layer: Path) -> None:
    assert sum(path.stat().st_size for path in layer.rglob("*") if path.is_file()) <= MAX_BYTES


def test_no_file_depends_on_the_folder_of_the_build(stack: Stack, layer: Path) -> None:
    """Scripts begin with the path of the build's Python, and a RECORD has their hashes."""
    for folder in (layer, layer.parents[1] / "LiveAuthorizer"):
        assert [*folder.glob("*.dist-info")], folder
        assert [*folder.rglob("RECORD"), *folder.glob("bin")] == []
