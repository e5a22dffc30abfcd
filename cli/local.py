"""The devstack that runs in this checkout, as its file `.local/stack.json` describes it."""

import json
from pathlib import Path
from typing import TypedDict

STACK_FILE = Path(".local") / "stack.json"


class LocalStack(TypedDict):
    """The addresses and names of a running devstack."""

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
    """No devstack runs in this checkout. Start it with `make run`, and wait until it is ready."""

    def __str__(self) -> str:
        return self.__doc__ or ""


def local_stack(start: Path | None = None) -> LocalStack:
    """Return the running devstack of the checkout around `start`, by default the current folder.

    Raises:
        NoLocalStack: no devstack runs there.
    """
    here = (start or Path.cwd()).resolve()
    for folder in (here, *here.parents):
        try:
            return json.loads((folder / STACK_FILE).read_text())
        except (FileNotFoundError, NotADirectoryError):
            continue
    raise NoLocalStack
