"""Run one recorded event through a deployed function, by hand."""

import base64
import json
from pathlib import Path
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from devstack.options import DevstackError, Options


def invoke(options: Options, function: str, event: Path) -> tuple[Any, str]:
    """Invoke `function` (create, read, …) with the event in a file; return its answer and the end of its log.

    DevstackError when no devstack runs in `options.state`, when there is no such function, or when it failed.
    """
    try:
        stack = json.loads(options.stack_file.read_text())
    except FileNotFoundError:
        raise DevstackError("No devstack is running. Start one with `make run`, in another terminal.") from None
    try:
        payload = json.loads(event.read_text())
    except OSError as error:
        raise DevstackError(f"{event}: {error.strerror}") from None
    except ValueError as error:
        raise DevstackError(f"{event} is not JSON: {error}") from None
    session: Any = boto3.Session("test", "test", region_name=stack["region"])  # typed by service; these come by name
    endpoint = stack["endpoint_url"]
    cloudformation = session.client("cloudformation", endpoint_url=endpoint)
    try:
        resource = cloudformation.describe_stack_resource(
            StackName=stack["stack_name"], LogicalResourceId=function.title()
        )
        reply = session.client("lambda", endpoint_url=endpoint).invoke(
            FunctionName=resource["StackResourceDetail"].get("PhysicalResourceId", ""),
            Payload=json.dumps(payload).encode(),
            LogType="Tail",
        )
    except (BotoCoreError, ClientError) as error:
        raise DevstackError(f"{function}: {error}") from None
    answer = json.loads(reply["Payload"].read() or "null")
    log = base64.b64decode(reply.get("LogResult", "")).decode()
    if "FunctionError" in reply:
        raise DevstackError(f"{function} failed: {json.dumps(answer, indent=2)}\n{log}")
    return answer, log
