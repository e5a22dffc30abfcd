"""The command `invoke`: run one recorded event through a deployed function."""

import base64
import json
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from werkzeug.wrappers import Request, Response

from devstack.machine.options import HOST, DevstackError, Options
from devstack.machine.web import Site
from devstack.running import client, running_stack

HTTP, BATCH, SCHEDULE, RESOURCE = "an HTTP request", "an SQS batch", "a schedule's event", "a custom resource's request"
ACTION = "an operator's action"
LISTENER = "a listener's request"

# The kind of event that each function takes, and a recorded example of it.
FUNCTIONS = {
    "create": (HTTP, "http-create.json"),
    "read": (HTTP, "http-list.json"),
    "recipients": (HTTP, "http-put-recipient.json"),
    "deliver": (BATCH, "sqs-batch.json"),
    "provider_events": (BATCH, "provider-bounce-permanent.json"),
    "live_hints": (BATCH, "hints.json"),
    "live_authorizer": (LISTENER, "listener-subscribe.json"),
    "reaper": (SCHEDULE, "schedule.json"),
    "migrate": (RESOURCE, "custom-resource-create.json"),
    "operator": (ACTION, "operator-stats.json"),
}


def invoke(options: Options, function: str, event: Path) -> tuple[Any, str]:
    """Invoke `function` (create, read, …) with the event in a file. Return its answer and the end of its log.

    The function answers a custom resource's request at a URL, not with its result. `invoke` listens at that URL in the
    place of CloudFormation, and returns what the function sent there.

    Raise DevstackError if no devstack runs in `options.state`, if there is no such function, if it does not take such
    an event, or if it failed.
    """
    stack = running_stack(options)
    payload = _read(function, event)
    cloudformation = client(stack, "cloudformation")
    try:
        _use_topic_of_stack(payload, cloudformation, stack["stack_name"])
        resource = cloudformation.describe_stack_resource(
            StackName=stack["stack_name"], LogicalResourceId=function.title().replace("_", "")
        )
        with _cloudformation(payload) as received:
            response = client(stack, "lambda").invoke(
                FunctionName=resource["StackResourceDetail"].get("PhysicalResourceId", ""),
                Payload=json.dumps(payload).encode(),
                LogType="Tail",
            )
    except (BotoCoreError, ClientError) as error:
        raise DevstackError(f"{function}: {error}") from None
    answer = json.loads(response["Payload"].read() or "null")
    log = base64.b64decode(response.get("LogResult", "")).decode()
    if "FunctionError" in response:
        reason = f"{answer.get('errorType', 'Error')}: {answer.get('errorMessage', 'no reason given')}"
        raise DevstackError(f"{function} could not handle {event}: {reason}\n{json.dumps(answer, indent=2)}\n{log}")
    return (received[-1] if received else answer), log


def kind(payload: Any) -> str | None:
    """Return the kind of an event, or None if AWS sends no such event to a function of Carillon."""
    match payload:
        case {"version": "2.0", "requestContext": {"http": {}}}:
            return HTTP
        case {"Records": [{"eventSource": "aws:sqs"}, *_]}:
            return BATCH
        case {"RequestType": _, "ResponseURL": _}:
            return RESOURCE
        case {"detail-type": "Scheduled Event"}:
            return SCHEDULE
        case {"authorizationToken": _, "requestContext": {"operation": _}}:
            return LISTENER
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
    wanted, example = FUNCTIONS[function]
    found = kind(payload)
    if found != wanted:
        raise DevstackError(
            f"{function} takes {wanted}, like events/{example}; {event} is {found or 'no event that Carillon knows'}."
        )
    return payload


def _use_topic_of_stack(payload: Any, cloudformation: Any, stack_name: str) -> None:
    """Replace the recorded topic with the stack's own: provider_events refuses events of another topic."""
    for record in payload.get("Records", []):
        if '"TopicArn"' in record["body"]:
            resource = cloudformation.describe_stack_resource(StackName=stack_name, LogicalResourceId="EventTopic")
            topic = resource["StackResourceDetail"]["PhysicalResourceId"]
            record["body"] = json.dumps(json.loads(record["body"]) | {"TopicArn": topic})


@contextmanager
def _cloudformation(payload: Any) -> Generator[list[Any]]:
    """Yield a list that collects the answers to a custom resource's request. For other events it stays empty.

    Nothing listens at the recorded ResponseURL. So replace it with the address of a server of this process.
    """
    received: list[Any] = []

    def listen(request: Request) -> Response:
        received.append(json.loads(request.get_data()))
        return Response()

    if kind(payload) != RESOURCE:
        yield received
        return
    site = Site(0, listen)
    try:
        payload["ResponseURL"] = f"http://{HOST}:{site.port}/"
        yield received
    finally:
        site.stop()
