"""The packages of the rivals, installed at the first run into folders of their own.

The rest of the project never sees them: `.venv-bench` has the Python packages, and benchmarks/usual/node_modules those
of Node.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from benchmarks.children import ROOT, Start
from benchmarks.progress import progress

USUAL = ROOT / "benchmarks" / "usual"
ENVIRONMENT = ROOT / ".venv-bench"
REQUIREMENTS = ROOT / "requirements" / "benchmarks.txt"


class NotInstalled(Exception):
    """A rival could not be installed. The message gives the reason."""


def node_rival() -> Start:
    """Install the packages of the rival in Node if needed, and return it."""
    lock, stamp = USUAL / "package-lock.json", USUAL / "node_modules" / "installed-from"
    if not _is_current(lock, stamp):
        progress("installing the packages of the rival in Node")
        _run(["npm", "ci", "--silent", "--no-audit", "--no-fund"], USUAL)
        shutil.copyfile(lock, stamp)
    return Start(["node", USUAL / "usual.js"])


def python_rival(program: str) -> Start:
    """Install the Python rivals if needed, and return one."""
    stamp = ENVIRONMENT / "installed-from"
    if not _is_current(REQUIREMENTS, stamp):
        progress("installing pgqueuer and Procrastinate into .venv-bench")
        stamp.unlink(missing_ok=True)
        _run([sys.executable, "-m", "venv", "--clear", ENVIRONMENT], ROOT)
        install_packages(REQUIREMENTS, {"VIRTUAL_ENV": str(ENVIRONMENT)})
        shutil.copyfile(REQUIREMENTS, stamp)
    return Start([ENVIRONMENT / "bin" / "python", "-m", "benchmarks.worker", program])


def install_packages(requirements: Path, environment: Mapping[str, str], *options: str | Path) -> None:
    """Install pinned packages with uv, which is a package of the project's own environment."""
    uv = Path(sys.executable).with_name("uv")
    index = os.environ.get("PIP_INDEX_URL") or os.environ.get("UV_DEFAULT_INDEX", "")
    command = [uv, "pip", "install", "--quiet", "--no-config", "--require-hashes", *options, "-r", requirements]
    _run(command, ROOT, {**os.environ, "UV_DEFAULT_INDEX": index, **environment})


def versions() -> dict[str, str]:
    """Return the versions of the rivals in Python."""
    code = "import importlib.metadata as m; print(*(m.version(n) for n in ('pgqueuer', 'procrastinate', 'asyncpg')))"
    found = _run([ENVIRONMENT / "bin" / "python", "-c", code], ROOT).split()
    return dict(zip(("pgqueuer", "Procrastinate", "asyncpg"), found, strict=True))


def _is_current(lock: Path, stamp: Path) -> bool:
    return stamp.exists() and stamp.read_bytes() == lock.read_bytes()


def _run(command: list[str | Path], folder: Path, environment: Mapping[str, str] | None = None) -> str:
    try:
        return subprocess.run(
            command, cwd=folder, env=environment, check=True, stdin=subprocess.DEVNULL, capture_output=True, text=True
        ).stdout
    except OSError as error:
        raise NotInstalled(f"{command[0]}: {error}") from None
    except subprocess.CalledProcessError as error:
        raise NotInstalled(f"{command[0]} failed: {error.stderr.strip() or error.stdout.strip()}") from None
