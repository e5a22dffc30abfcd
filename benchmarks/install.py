"""The packages of the rivals, installed at the first run into folders of their own.

The rest of the project never sees them: `.venv-bench` has the Python packages, and benchmarks/usual/node_modules those
of Node.
"""

import shutil
import subprocess
from pathlib import Path

from benchmarks.children import ROOT
from benchmarks.progress import progress

USUAL = ROOT / "benchmarks" / "usual"


class NotInstalled(Exception):
    """A rival could not be installed. The message gives the reason."""


def node_rival() -> list[str | Path]:
    """Install the packages of the rival in Node if needed, and return its command."""
    lock, stamp = USUAL / "package-lock.json", USUAL / "node_modules" / "installed-from"
    if not stamp.exists() or stamp.read_bytes() != lock.read_bytes():
        progress("installing the packages of the rival in Node")
        _run(["npm", "ci", "--silent", "--no-audit", "--no-fund"], USUAL)
        shutil.copyfile(lock, stamp)
    return ["node", USUAL / "usual.js"]


def _run(command: list[str | Path], folder: Path) -> None:
    try:
        subprocess.run(command, cwd=folder, check=True, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    except OSError as error:
        raise NotInstalled(f"{command[0]}: {error}") from None
    except subprocess.CalledProcessError as error:
        raise NotInstalled(f"{command[0]} failed: {error.stderr.strip() or error.stdout.strip()}") from None
