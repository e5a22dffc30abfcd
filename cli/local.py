"""The devstack that runs in this checkout, as its `.local/stack.json` tells."""

import json
from pathlib import Path
from typing import TypedDict

STACK_FILE = Path(".local") / "stack.json"


class LocalStack(TypedDict):
    """Where everything of a running devstack is."""

    api_url: str
    demo_url: str
    endpoint_url: str
    region: str
    database_url: str
    queue_url: str
    dlq_url: str
    issuer: str
    stack_name: str


class NoLocalStack(Exception):
    """No devstack is running in this checkout. Start one with `make run` and wait until it says that it is ready."""

    def __str__(self) -> str:
        return self.__doc__ or ""


def local_stack(start: Path | None = None) -> LocalStack:
    """The running devstack of the checkout that `start` (or the current folder) lies in. NoLocalStack without one."""
    here = (start or Path.cwd()).resolve()
    for folder in (here, *here.parents):
        try:
            return json.loads((folder / STACK_FILE).read_text())
        except (FileNotFoundError, NotADirectoryError):
            continue
    raise NoLocalStack
