"""What must hold before anything is started. Each failure is a sentence and a way out."""

import re
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import psutil

from carillon.categories import SHIPPED, read_categories
from devstack.machine.options import DEFAULT_PORT, HOST, DevstackError, Options

OLDEST_NODE = 20
INSTALL_NODE = """
  macOS           brew install node
  Debian, Ubuntu  apt install nodejs    (Debian 13, or Ubuntu 25.04 and later)
  anywhere        nvm install --lts     or: fnm install --lts"""


def check_machine(options: Options) -> None:
    """The system, Python, Node and the tools. DevstackError for the first that is missing."""
    if not sys.platform.startswith(("linux", "darwin")):
        raise DevstackError("The devstack runs on Linux and macOS. On Windows, run it inside WSL.")
    if sys.version_info[:2] != (3, 13):
        raise DevstackError(
            f"The devstack needs Python 3.13; this is {sys.version.split()[0]}. Run it with `make run`."
        )
    for tool in ("python3.13", "sam", "ministack"):
        if not (options.tools / tool).exists():
            raise DevstackError(
                f"{tool} is not in {options.tools.parent.name}. Run bin/setup, which installs it there."
            )
    check_node()
    check_categories()


def check_categories(path: Path = SHIPPED) -> None:
    """The file of categories that is about to be deployed: each problem by its category and field."""
    try:
        read_categories(path)
    except ValueError as error:
        raise DevstackError(f"The categories are not as they should be:\n{error}") from None


def check_node() -> None:
    """Node of a version that the web part can be built with."""
    node = shutil.which("node")
    if node is None:
        raise DevstackError(
            f"Node is not on PATH. Install Node {OLDEST_NODE} or newer, then run this again:{INSTALL_NODE}"
        )
    answer = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    version = re.match(r"v(\d+)", answer)
    if version is None or int(version[1]) < OLDEST_NODE:
        raise DevstackError(
            f"Node {OLDEST_NODE} or newer is needed; {node} is {answer.strip() or 'not working'}.{INSTALL_NODE}"
        )


def check_ports(options: Options) -> None:
    """Every port is free. DevstackError names the one that is not, and who has it."""
    for name, port in options.ports.items():
        if not _is_free(port):
            raise DevstackError(
                f"Port {port}, meant for {name}, is in use{_holder(port)}. Stop what uses it, or take"
                f" other ports: CARILLON_PORT={_other(options)} make run (five in a row are needed)."
            )


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except (OSError, OverflowError):
            return False
        return True


def _other(options: Options) -> int:
    """The first of as many free ports in a row, below those that systems hand out by themselves."""
    for first in (DEFAULT_PORT, *range(9000, 32_000, 10)):
        if all(map(_is_free, Options(port=first).ports.values())):
            return first
    return options.port + 100  # nobody has that many ports in use


def _holder(port: int) -> str:
    try:
        for process in psutil.process_iter(["pid", "name"]):
            try:
                connections = process.net_connections(kind="tcp")
            except psutil.Error:
                continue  # another user's
            if any(c.status == psutil.CONN_LISTEN and c.laddr and c.laddr.port == port for c in connections):
                return f" by process {process.pid} ({process.name()})"
    except psutil.Error:
        pass
    return ""
