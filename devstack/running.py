"""The devstack that runs, for commands beside it: the content of its stack.json, and clients of its emulator."""

import json
from typing import Any

import boto3
from botocore.config import Config

from devstack.machine.options import DevstackError, Options


def running_stack(options: Options) -> dict[str, str]:
    """Return the content of stack.json. Raise DevstackError if no devstack runs in `options.state`."""
    try:
        return json.loads(options.stack_file.read_text())
    except FileNotFoundError:
        raise DevstackError("No devstack is running. Start one with `make run`, in another terminal.") from None


def client(stack: dict[str, str], service: str) -> Any:
    """Return a boto3 client of the running devstack's emulator."""
    # Any, because boto3's types need the service's name in the source.
    session: Any = boto3.Session("test", "test", region_name=stack["region"])
    return session.client(service, endpoint_url=stack["endpoint_url"], config=Config(proxies={}))
