"""The authorizer of the emulator's Event API. It runs as a Lambda function of the emulator, from this file alone.

On AWS, IAM decides who publishes, and functions/live_authorizer decides who listens. The emulator asks the authorizer
about both. So this function accepts what is signed for IAM, and asks functions/live_authorizer about all else.
"""

import json
import os
from typing import Any
from urllib.request import Request, urlopen

SIGNED = "AWS4-HMAC-SHA256 "


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:  # noqa: ARG001 (AWS passes both)
    """Answer one event of the emulator's AppSync Events."""
    publishes = event["requestContext"]["operation"] == "EVENT_PUBLISH"
    if publishes and str(event.get("authorizationToken")).startswith(SIGNED):
        return {"isAuthorized": True}
    request = Request(  # noqa: S310 (the address is the emulator's)
        f"{os.environ['ENDPOINT_URL']}/2015-03-31/functions/{os.environ['AUTHORIZER']}/invocations",
        json.dumps(event).encode(),
        {"Authorization": f"{SIGNED}Credential=test/20260101/{os.environ['AWS_REGION']}/lambda/aws4_request"},
    )
    with urlopen(request, timeout=10) as answer:  # noqa: S310
        return json.load(answer)
