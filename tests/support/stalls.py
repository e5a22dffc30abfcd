"""A database that hangs: its processes are stopped, so it accepts connections and packets, and never answers."""

import os
import signal
from collections.abc import Generator
from contextlib import contextmanager

import psutil

from devstack.machine.postgres import Postgres


def processes(server: Postgres) -> list[int]:
    """Return the ids of a server's processes, its main process first."""
    main = psutil.Process(int((server.data_dir / "postmaster.pid").read_text().split("\n", 1)[0]))
    return [main.pid, *(child.pid for child in main.children(recursive=True))]


@contextmanager
def stalled(server: Postgres) -> Generator[None]:
    """Stop all processes of a server with SIGSTOP, and continue them at the end."""
    stopped = processes(server)
    for pid in stopped:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in stopped:
            os.kill(pid, signal.SIGCONT)
