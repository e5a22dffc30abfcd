"""One devstack for each state folder, and the list of its processes, so that a later start can stop them."""

import fcntl
import json
import os
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

import psutil

from devstack.machine.options import DevstackError


@contextmanager
def only_one(state: Path) -> Generator[None]:
    """Hold the folder's lock for the block. Raise DevstackError if a running devstack has it.

    The operating system releases the lock when the process ends for any reason. So a lock is never stale.
    """
    state.mkdir(parents=True, exist_ok=True)
    with (state / "devstack.lock").open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise DevstackError(_already_running(file)) from error
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        try:
            yield
        finally:
            file.truncate(0)  # an empty file means that nothing was left running


def is_running(state: Path) -> bool:
    """Return whether a running devstack has the folder."""
    return holder(state) is not None


def holder(state: Path) -> int | None:
    """Return the process id of the devstack that has the folder, 0 if it has just begun, or None without one."""
    try:
        with (state / "devstack.lock").open() as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return int(file.read().strip() or 0)
    except FileNotFoundError:
        pass
    return None


def _already_running(file: IO[str]) -> str:
    file.seek(0)
    pid = file.read().strip() or "unknown"
    try:
        where = json.loads(Path(file.name).with_name("stack.json").read_text())["demo_url"]
    except (OSError, ValueError, KeyError):
        where = "it is not ready yet"
    return f"A devstack is already running here ({where}). Use it, or stop it first: Ctrl-C there, or `kill {pid}`."


class Registry:
    """The processes that a devstack started, in a file. If it is killed, the next start reads it and ends them."""

    def __init__(self, state: Path) -> None:
        self._file = state / "processes.json"

    def add(self, pid: int) -> None:
        """Add a process with its start time, because the system may give its id to another process later."""
        entries = self._read()
        entries.append([pid, psutil.Process(pid).create_time()])
        self._file.write_text(json.dumps(entries))

    def clear(self) -> None:
        """Forget all processes: none runs any more."""
        self._file.unlink(missing_ok=True)

    def stop_leftovers(self) -> int:
        """Stop the processes that an earlier devstack left running, with their children. Return how many."""
        found: list[psutil.Process] = []
        for pid, started in self._read():
            found += _family(int(pid), started)
        for process in found:
            with suppress(psutil.NoSuchProcess):
                process.terminate()
        _, alive = psutil.wait_procs(found, timeout=5)
        for process in alive:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        self.clear()
        return len(found)

    def _read(self) -> list[list[float]]:
        try:
            return json.loads(self._file.read_text())
        except (OSError, ValueError):
            return []


def _family(pid: int, started: float) -> list[psutil.Process]:
    """Return the process with its children; if it has ended, its session's processes; if its id is reused, nothing."""
    try:
        process = psutil.Process(pid)
        return [process, *process.children(recursive=True)] if process.create_time() == started else []
    except psutil.NoSuchProcess:
        return [process for process in psutil.process_iter() if _session(process.pid) == pid]


def _session(pid: int) -> int | None:
    try:
        return os.getsid(pid)
    except OSError:
        return None
