"""Checks before the devstack starts anything. Each failure says what is wrong and how to fix it."""

import re
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import psutil

from carillon.categories import SHIPPED, read_categories
from carillon.templates import SHIPPED_TEMPLATES
from devstack.machine.options import DEFAULT_PORT, HOST, DevstackError, Options

OLDEST_NODE = 20
INSTALL_NODE = """
  macOS           brew install node
  Debian, Ubuntu  apt install nodejs    (Debian 13, or Ubuntu 25.04 and later)
  anywhere        nvm install --lts     or: fnm install --lts"""


def check_machine(options: Options) -> None:
    """Check the system, Python, Node, the tools and the categories. Raise DevstackError for the first that fails."""
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
    check_message_templates()


def check_categories(path: Path = SHIPPED) -> None:
    """Check the file of categories that a deploy would ship. DevstackError names each bad category and field."""
    try:
        read_categories(path)
    except ValueError as error:
        raise DevstackError(f"The file of categories is not valid:\n{error}") from None


def check_message_templates(folder: Path = SHIPPED_TEMPLATES) -> None:
    """Check the templates that a deploy would ship. DevstackError names each bad template, language and line."""
    # Imported here: it takes long, and most commands check nothing.
    from carillon.templates.store import check_templates

    try:
        check_templates(folder)
    except ValueError as error:
        raise DevstackError(f"A template of notifications is not valid:\n{error}") from None


def check_node() -> None:
    """Check that PATH has a Node that can build the bell. Raise DevstackError if not."""
    node = shutil.which("node")
    if node is None:
        raise DevstackError(
            f"Node is not on PATH. Install Node {OLDEST_NODE} or newer, then run this again:{INSTALL_NODE}"
        )
    output = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    version = re.match(r"v(\d+)", output)
    if version is None or int(version[1]) < OLDEST_NODE:
        raise DevstackError(
            f"Node {OLDEST_NODE} or newer is needed; {node} is {output.strip() or 'not working'}.{INSTALL_NODE}"
        )


def check_ports(options: Options) -> None:
    """Check that every port is free. DevstackError names the first that is not, and the process that uses it."""
    for name, port in options.ports.items():
        if not _is_free(port):
            raise DevstackError(
                f"Port {port}, meant for {name}, is in use{_user_of(port)}. Stop that program, or use"
                f" other ports: CARILLON_PORT={_free_port(options)} make run (five in a row are needed)."
            )


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except (OSError, OverflowError):
            return False
        return True


def _free_port(options: Options) -> int:
    """Return the first of five free ports in a row, below the range that operating systems assign by themselves."""
    for first in (DEFAULT_PORT, *range(9000, 32_000, 10)):
        if all(map(_is_free, Options(port=first).ports.values())):
            return first
    return options.port + 100  # never reached: it would need thousands of ports in use


def _user_of(port: int) -> str:
    """Return " by process PID (NAME)" for the process that listens on a port, or "" if it is not visible."""
    try:
        for process in psutil.process_iter(["pid", "name"]):
            try:
                connections = process.net_connections(kind="tcp")
            except psutil.Error:
                continue  # a process of another user
            if any(c.status == psutil.CONN_LISTEN and c.laddr and c.laddr.port == port for c in connections):
                return f" by process {process.pid} ({process.name()})"
    except psutil.Error:
        pass
    return ""
