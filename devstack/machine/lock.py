"""One devstack for each state folder, and nothing left over from one that was killed."""

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
    """Hold the folder's lock. DevstackError when a living devstack has it.

    The system drops the lock with the process that holds it, however that ends: a lock is never stale.
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
            file.truncate(0)  # empty: nothing was left running


def is_running(state: Path) -> bool:
    """Whether a living devstack has the folder."""
    return holder(state) is not None


def holder(state: Path) -> int | None:
    """The id of the process whose devstack has the folder, if one lives; 0 when it has just begun."""
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
    """The processes that a devstack started, on disk, so that the next one can stop what a killed one left."""

    def __init__(self, state: Path) -> None:
        self._file = state / "processes.json"

    def add(self, pid: int) -> None:
        """Remember a process by its id and start: an id alone may be another's by then."""
        entries = self._read()
        entries.append([pid, psutil.Process(pid).create_time()])
        self._file.write_text(json.dumps(entries))

    def clear(self) -> None:
        """Nothing is running any more."""
        self._file.unlink(missing_ok=True)

    def stop_leftovers(self) -> int:
        """Stop what an earlier devstack left running, with all its children; return how many processes that were."""
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
    """The process with its children, or what is left of its session; nothing when another has its number."""
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
