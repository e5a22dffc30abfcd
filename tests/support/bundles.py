"""Bundles of TypeScript, for tests that run it in Node: made by the esbuild of the bell's packages."""

import subprocess
from pathlib import Path

from tests.support.paths import ROOT

ESBUILD = ROOT / "web" / "node_modules" / ".bin" / "esbuild"
CLIENT = ROOT / "clients" / "typescript" / "src" / "index.ts"


def bundle(entry: Path, out: Path, *options: str) -> Path:
    """Bundle a module and all that it imports into one ES module at `out`."""
    subprocess.run(
        [ESBUILD, entry, "--bundle", "--format=esm", "--log-level=warning", f"--outfile={out}", *options],
        check=True, cwd=ROOT, timeout=60,
    )  # fmt: skip
    return out
