"""Run `sam build` if a source file has changed since the last build. Build the bell for the demo page."""

import fcntl
import hashlib
import os
import platform
import shutil
from pathlib import Path

from devstack.machine.lock import Registry
from devstack.machine.options import ROOT, Options
from devstack.machine.processes import environment, run

KEPT = 3  # earlier builds, beside the current one
NOT_SOURCE = {"__pycache__"}


def architecture() -> str:
    """Return this machine's processor in Lambda's word: `arm64` or `x86_64`."""
    return "arm64" if platform.machine() in ("arm64", "aarch64") else "x86_64"


def fingerprint() -> str:
    """Return a hash of everything that the build depends on."""
    digest = hashlib.sha256(f"{architecture()} {platform.system()} {platform.python_version()}".encode())
    files = [ROOT / "template.yaml"]
    for folder in ("functions", "layers"):
        files += sorted(path for path in (ROOT / folder).rglob("*") if path.is_file())
    for path in files:
        if NOT_SOURCE.isdisjoint(path.parts) and path.suffix != ".pyc":
            digest.update(f"{path.relative_to(ROOT)}\0{path.stat().st_size}\0".encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def build(options: Options, registry: Registry) -> Path:
    """Build if needed, and return the path of the built template. Raise DevstackError with SAM's output on failure."""
    options.builds.mkdir(parents=True, exist_ok=True)
    with (options.builds / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # devstacks that run at the same time share their builds
        target = options.builds / fingerprint()
        template = target / "template.yaml"
        if not template.exists():
            unfinished = options.builds / "unfinished"
            shutil.rmtree(unfinished, ignore_errors=True)
            _sam_build(options, registry, unfinished)
            if platform.system() != "Linux":
                _install_native_packages(options, registry, unfinished / "Layer" / "python")
            unfinished.rename(target)
            _delete_old(options.builds, target)
        os.utime(target)
        return template


def build_bell(options: Options, registry: Registry) -> None:
    """Build `bell.js` and its languages from `web/`. Raise DevstackError with Vite's output on failure."""
    run(
        "The build of the bell",
        ["node", ROOT / "web" / "node_modules" / "vite" / "bin" / "vite.js", "build", "--mode", "bell",
         "--outDir", options.bell.parent, "--logLevel", "warn"],
        log=options.logs / "bell.log",
        env=environment(options),
        registry=registry,
        cwd=ROOT / "web",
    )  # fmt: skip


def _sam_build(options: Options, registry: Registry, target: Path) -> None:
    # SAM resolves the template, and AppUrl has no default. The build does not depend on its value.
    parameters = {"Architecture": architecture(), "AppUrl": "http://-"}
    run(
        "sam build",
        [options.tools / "sam", "build", "--template-file", ROOT / "template.yaml", "--build-dir", target,
         "--cached", "--cache-dir", options.builds / "cache", "--parallel",
         "--parameter-overrides", *(f"{name}={value}" for name, value in parameters.items())],
        log=options.logs / "sam-build.log",
        env=environment(options) | {"SAM_CLI_TELEMETRY": "0"},
        registry=registry,
        cwd=ROOT,
    )  # fmt: skip


def _install_native_packages(options: Options, registry: Registry, layer: Path) -> None:
    """Replace the layer's packages, which are built for Linux, with those for this system: the functions run on it."""
    run(
        "pip",
        [options.tools / "python", "-m", "pip", "install", "--upgrade", "--target", layer,
         "--requirement", ROOT / "layers" / "carillon" / "requirements.txt"],
        log=options.logs / "pip.log",
        env=environment(options),
        registry=registry,
        cwd=ROOT,
    )  # fmt: skip


def _delete_old(builds: Path, current: Path) -> None:
    others = [path.parent for path in builds.glob("*/template.yaml") if path.parent != current]
    for path in sorted(others, key=lambda folder: folder.stat().st_mtime, reverse=True)[KEPT:]:
        shutil.rmtree(path, ignore_errors=True)
