"""Run one recorded event through a deployed function, by hand."""

import base64
import json
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from werkzeug.wrappers import Request, Response

from devstack.machine.options import HOST, DevstackError, Options
from devstack.machine.web import Site

HTTP, BATCH, SCHEDULE, RESOURCE = "an HTTP request", "an SQS batch", "a schedule's event", "a custom resource's request"
ACTION = "an operator's action"

# What each function takes, and a recorded example.
FUNCTIONS = {
    "create": (HTTP, "http-create.json"),
    "read": (HTTP, "http-list.json"),
    "recipients": (HTTP, "http-put-recipient.json"),
    "deliver": (BATCH, "sqs-batch.json"),
    "provider_events": (BATCH, "provider-bounce-permanent.json"),
    "reaper": (SCHEDULE, "schedule.json"),
    "migrate": (RESOURCE, "custom-resource-create.json"),
    "operator": (ACTION, "operator-stats.json"),
}


def running_stack(options: Options) -> dict[str, str]:
    """What the running devstack says of itself. DevstackError when none runs in `options.state`."""
    try:
        return json.loads(options.stack_file.read_text())
    except FileNotFoundError:
        raise DevstackError("No devstack is running. Start one with `make run`, in another terminal.") from None


def client(stack: dict[str, str], service: str) -> Any:
    """A boto3 client of the running devstack's emulator."""
    session: Any = boto3.Session("test", "test", region_name=stack["region"])  # typed by service; these come by name
    return session.client(service, endpoint_url=stack["endpoint_url"], config=Config(proxies={}))


def invoke(options: Options, function: str, event: Path) -> tuple[Any, str]:
    """Invoke `function` (create, read, …) with the event in a file; return its answer and the end of its log.

    The answer to a custom resource's request is what CloudFormation was told.

    DevstackError when no devstack runs in `options.state`, when there is no such function, when it does not take
    such an event, or when it failed.
    """
    stack = running_stack(options)
    payload = _read(function, event)
    cloudformation = client(stack, "cloudformation")
    try:
        _name_our_topic(payload, cloudformation, stack["stack_name"])
        resource = cloudformation.describe_stack_resource(
            StackName=stack["stack_name"], LogicalResourceId=function.title().replace("_", "")
        )
        with _played_cloudformation(payload) as told:
            reply = client(stack, "lambda").invoke(
                FunctionName=resource["StackResourceDetail"].get("PhysicalResourceId", ""),
                Payload=json.dumps(payload).encode(),
                LogType="Tail",
            )
    except (BotoCoreError, ClientError) as error:
        raise DevstackError(f"{function}: {error}") from None
    answer = json.loads(reply["Payload"].read() or "null")
    log = base64.b64decode(reply.get("LogResult", "")).decode()
    if "FunctionError" in reply:
        reason = f"{answer.get('errorType', 'Error')}: {answer.get('errorMessage', 'no reason given')}"
        raise DevstackError(f"{function} could not handle {event}: {reason}\n{json.dumps(answer, indent=2)}\n{log}")
    return (told[-1] if told else answer), log


def kind(payload: Any) -> str | None:
    """What sort of event this is, if it is one that AWS sends to a function of Carillon."""
    match payload:
        case {"version": "2.0", "requestContext": {"http": {}}}:
            return HTTP
        case {"Records": [{"eventSource": "aws:sqs"}, *_]}:
            return BATCH
        case {"RequestType": _, "ResponseURL": _}:
            return RESOURCE
        case {"detail-type": "Scheduled Event"}:
            return SCHEDULE
        case {"action": str(), "operator": str()}:
            return ACTION
        case _:
            return None


def _read(function: str, event: Path) -> Any:
    if function not in FUNCTIONS:
        raise DevstackError(f"There is no function {function}. There are {', '.join(FUNCTIONS)}.")
    try:
        payload = json.loads(event.read_text())
    except OSError as error:
        raise DevstackError(f"{event}: {error.strerror}") from None
    except ValueError as error:
        raise DevstackError(f"{event} is not JSON: {error}") from None
    taken, example = FUNCTIONS[function]
    found = kind(payload)
    if found != taken:
        raise DevstackError(
            f"{function} takes {taken}, like events/{example}; {event} is {found or 'no event that Carillon knows'}."
        )
    return payload


def _name_our_topic(payload: Any, cloudformation: Any, stack_name: str) -> None:
    """Put the stack's own topic in place of the recorded one: events of another topic are refused."""
    for record in payload.get("Records", []):
        if '"TopicArn"' in record["body"]:
            resource = cloudformation.describe_stack_resource(StackName=stack_name, LogicalResourceId="EventTopic")
            topic = resource["StackResourceDetail"]["PhysicalResourceId"]
            record["body"] = json.dumps(json.loads(record["body"]) | {"TopicArn": topic})


@contextmanager
def _played_cloudformation(payload: Any) -> Generator[list[Any]]:
    """Listen where the function is to answer: nobody does so at the address that was recorded."""
    told: list[Any] = []

    def listen(request: Request) -> Response:
        told.append(json.loads(request.get_data()))
        return Response()

    if kind(payload) != RESOURCE:
        yield told
        return
    site = Site(0, listen)
    try:
        payload["ResponseURL"] = f"http://{HOST}:{site.port}/"
        yield told
    finally:
        site.stop()
