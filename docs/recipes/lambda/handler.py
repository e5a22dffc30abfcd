"""A Lambda function that notifies of each event of an EventBridge rule."""

import os
from typing import Any

from carillon_client import Client, ClientCredentials

# Outside the handler, so that all invocations of an environment share the connection and the token.
carillon = Client(
    os.environ["CARILLON_API"],
    token=ClientCredentials(
        token_url=os.environ["CARILLON_TOKEN_URL"],
        client_id="exports",
        client_secret=os.environ["CARILLON_CLIENT_SECRET"],
        scope="carillon/send",
    ),
    timeout=5,  # the last attempt begins within 60 s: give the function a timeout of 90 s
)


def handler(event: dict[str, Any], _: object) -> None:
    """Notify the owner of an export. If this raises, Lambda invokes it again with the same event."""
    export = event["detail"]
    carillon.notifications.create(
        export["owner"],
        event_name="document.ready",
        title="Your export is ready",
        severity="success",
        target_url=f"/exports/{export['id']}",
        idempotency_key=event["id"],  # each retry, and each repeat by EventBridge, has the same id
        idempotency_mode="first",
    )
