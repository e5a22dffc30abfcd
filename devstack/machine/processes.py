"""Start and stop other programs, each in its own process group."""

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from devstack.machine.lock import Registry
from devstack.machine.options import HOST, REGION, DevstackError, Options

STOP_WITHIN_SECONDS = 2.0  # short, because none of these programs has data to save


def environment(options: Options) -> dict[str, str]:
    """Return the caller's environment without its AWS account and its Python, and with the tools first on PATH."""
    foreign = ("AWS_", "SAM_", "PYTHON", "VIRTUAL_ENV", "LOCALSTACK_", "MINISTACK_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
    direct = ",".join(filter(None, [os.environ.get("NO_PROXY") or os.environ.get("no_proxy"), HOST]))
    return kept | {
        "PATH": f"{options.tools}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
        "NO_PROXY": direct,  # a proxy may serve the downloads of a build, but no request to this machine
        "no_proxy": direct,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": REGION,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
    }


class Child:
    """A running program in a new session. Its output goes to `log`. Ctrl-C does not reach it; `stop()` ends it."""

    def __init__(
        self,
        arguments: Sequence[str | Path],
        *,
        log: Path,
        env: Mapping[str, str],
        registry: Registry,
        cwd: Path,
    ) -> None:
        log.parent.mkdir(parents=True, exist_ok=True)
        self.log = log
        with log.open("wb") as output:
            self._process = subprocess.Popen(
                arguments,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=dict(env),
                cwd=cwd,
                start_new_session=True,
            )
        registry.add(self._process.pid)

    @property
    def running(self) -> bool:
        """True while the program runs."""
        return self._process.poll() is None

    def wait(self) -> int:
        """Wait until the program ends and return its exit code. Stop it if this wait is interrupted."""
        try:
            return self._process.wait()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """End the program and its children: SIGTERM, then SIGKILL after 2 seconds."""
        for number in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.killpg(self._process.pid, number)
            except (ProcessLookupError, PermissionError):
                return  # the whole group has ended
            try:
                self._process.wait(STOP_WITHIN_SECONDS if number is signal.SIGTERM else None)
            except subprocess.TimeoutExpired:
                continue

    def tail(self, lines: int = 15) -> str:
        """Return the last lines of its log."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])


def run(
    what: str, arguments: Sequence[str | Path], *, log: Path, env: Mapping[str, str], registry: Registry, cwd: Path
) -> None:
    """Run a program to its end. If it fails, raise DevstackError with the end of its output."""
    child = Child(arguments, log=log, env=env, registry=registry, cwd=cwd)
    if child.wait() != 0:
        raise DevstackError(f"{what} failed:\n{child.tail()}\nThe whole output is in {log}.")
