"""The machine, the versions and the load that the results were measured with."""

import os
import platform
import statistics
import subprocess
import tempfile
import time
from importlib.metadata import version
from pathlib import Path

import psutil
import psycopg

from devstack.machine.postgres import embedded_bin_dir

WRITES = 100


def describe() -> dict[str, str]:
    """Return the processors, the memory, the system, and the versions of what every section uses."""
    server = subprocess.run([embedded_bin_dir() / "postgres", "--version"], capture_output=True, text=True, check=True)
    return {
        "processors": f"{os.cpu_count()}: {_processor()}",
        "memory": f"{psutil.virtual_memory().total / 1024**3:.0f} GiB",
        "system": f"{platform.system()} {platform.release()}",
        "Python": platform.python_version(),
        "psycopg": f"{version('psycopg')} ({psycopg.pq.__impl__})",
        "PostgreSQL": server.stdout.split()[2],
    }


def write_milliseconds(folder: Path | None) -> float:
    """Return how long a small write takes until the disk has it, as a median. Every commit waits so long at least."""
    taken: list[float] = []
    with tempfile.NamedTemporaryFile(dir=folder) as file:
        for _ in range(WRITES):
            file.write(b"x" * 8192)
            file.flush()
            started = time.perf_counter()
            os.fsync(file.fileno())
            taken.append((time.perf_counter() - started) * 1000)
    return statistics.median(taken)


def node_version() -> str:
    """Return the version of Node, or `none`."""
    try:
        return subprocess.run(["node", "--version"], capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return "none"


def load_average() -> float:
    """Return the mean number of running processes in the last minute."""
    return round(os.getloadavg()[0], 2)


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8", "replace").splitlines()
    except OSError:
        return platform.machine()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "processor")
