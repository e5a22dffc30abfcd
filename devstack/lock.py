"""One devstack for each state folder, and nothing left over from one that was killed."""

import fcntl
import json
import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import psutil

from devstack.options import DevstackError


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
        yield


def is_running(state: Path) -> bool:
    """Whether a living devstack has the folder."""
    try:
        with (state / "devstack.lock").open() as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            return False
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True


def _already_running(file: IO[str]) -> str:
    file.seek(0)
    pid = file.read().strip() or "unknown"
    try:
        where = json.loads(Path(file.name).with_name("stack.json").read_text())["demo_url"]
    except (OSError, ValueError, KeyError):
        where = "it is not ready yet"
    return f"A devstack is already running here ({where}). Use it, or stop it first: Ctrl-C there, or kill -INT {pid}."


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
            try:
                process = psutil.Process(int(pid))
                if process.create_time() == started:
                    found += [process, *process.children(recursive=True)]
            except psutil.NoSuchProcess:
                continue
        for process in found:
            try:
                process.terminate()
            except psutil.NoSuchProcess:
                continue
        _, alive = psutil.wait_procs(found, timeout=5)
        for process in alive:
            process.kill()
        self.clear()
        return len(found)

    def _read(self) -> list[list[float]]:
        try:
            return json.loads(self._file.read_text())
        except (OSError, ValueError):
            return []
