"""Live hints on the devstack: the emulator has AppSync Events, but its CloudFormation does not know the two types.

So the deployed template leaves them out, and `open_event_api` creates them through the API of AppSync.
"""

import io
import re
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import yaml

from devstack.aws.emulator import Emulator
from devstack.machine.options import STACK_NAME, Options

UNKNOWN = "AWS::AppSync::"  # the types that the emulator's CloudFormation refuses
ABSENT = "arn:aws:appsync:us-east-1:000000000000:apis/absent"  # stands for each attribute of a resource left out
NAMESPACE = "hints"
STAND_IN = Path(__file__).with_name("stand_in_authorizer.py")


@dataclass(frozen=True)
class EventApi:
    """The addresses of an Event API: `host` in authorizations, and `url` of the WebSocket."""

    host: str
    url: str


def without_event_api(template: Path) -> Path:
    """Write the built template without the types that the emulator refuses, beside it, and return the path."""
    content: dict[str, Any] = yaml.safe_load(template.read_text())
    removed = [name for name, each in content["Resources"].items() if each["Type"].startswith(UNKNOWN)]
    for name in removed:
        del content["Resources"][name]
    target = template.with_name("devstack.yaml")
    target.write_text(yaml.safe_dump(_without(content, removed), sort_keys=False))
    return target


def _without(node: Any, removed: list[str]) -> Any:
    """Return a node of a template with ABSENT in the place of references to removed resources."""
    match node:
        case {"Fn::GetAtt": [name, *_]} if name in removed:
            return ABSENT
        case {"Fn::GetAtt": str(path)} if path.partition(".")[0] in removed:
            return ABSENT
        case dict():
            return {key: _without(inner, removed) for key, inner in cast("dict[str, Any]", node).items()}
        case list():
            return [_without(inner, removed) for inner in cast("list[Any]", node)]
        case str():
            return re.sub(rf"\$\{{({'|'.join(removed)})\.[\w.]+\}}", ABSENT, node) if removed else node
        case _:
            return node


def open_event_api(emulator: Emulator, options: Options, authorizer: str) -> EventApi:
    """Create the Event API whose authorizer is the deployed function of this name, and return its addresses."""
    appsync = emulator.client("appsync")
    by_iam, by_function = {"authType": "AWS_IAM"}, {"authType": "AWS_LAMBDA"}
    stand_in = _create_stand_in(emulator, options, authorizer)
    api = appsync.create_api(
        name=STACK_NAME,
        eventConfig={
            "authProviders": [by_iam, by_function | {"lambdaAuthorizerConfig": {"authorizerUri": stand_in}}],
            "connectionAuthModes": [by_function],
            "defaultPublishAuthModes": [by_iam],
            "defaultSubscribeAuthModes": [by_function],
        },
    )["api"]
    appsync.create_channel_namespace(
        apiId=api["apiId"], name=NAMESPACE, publishAuthModes=[by_iam], subscribeAuthModes=[by_function]
    )
    return EventApi(api["dns"]["HTTP"], f"ws://{api['dns']['REALTIME']}/event/realtime")


def _create_stand_in(emulator: Emulator, options: Options, authorizer: str) -> str:
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as archive:
        archive.writestr(STAND_IN.name, STAND_IN.read_text())
    function = emulator.client("lambda").create_function(
        FunctionName=f"{STACK_NAME}-stand-in-authorizer",
        Runtime="python3.13",
        Handler=f"{STAND_IN.stem}.handler",
        Role="arn:aws:iam::000000000000:role/devstack",
        Timeout=15,
        Code={"ZipFile": code.getvalue()},
        Environment={"Variables": {"ENDPOINT_URL": options.endpoint_url, "AUTHORIZER": authorizer}},
    )
    return function["FunctionArn"]
