"""The generated modules of the Python client are current, and the package stands alone."""

import ast
import subprocess
import sys

from tests.support.paths import ROOT

PACKAGE = ROOT / "clients" / "python" / "src" / "carillon_client"


def test_the_generated_modules_are_current() -> None:
    check = subprocess.run([sys.executable, ROOT / "bin" / "clients", "--check"], capture_output=True, text=True)
    assert check.returncode == 0, check.stderr


def test_the_package_imports_only_the_standard_library_httpx_and_anyio() -> None:
    """It runs in applications: a package of AWS or pydantic would be forced on each of them."""
    names: set[str] = set()
    for module in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(module.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                names |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and not node.level:
                names.add(str(node.module).partition(".")[0])
    assert names - sys.stdlib_module_names == {"anyio", "httpx"}


def test_the_licence_is_that_of_the_repository() -> None:
    for folder in (*(ROOT / "clients").iterdir(), ROOT / "web"):
        assert (folder / "LICENSE").read_text("utf-8") == (ROOT / "LICENSE").read_text("utf-8")
