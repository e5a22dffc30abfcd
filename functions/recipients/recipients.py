"""HTTP routes about people, one module for each resource: preferences, devices, contact data, unsubscribing."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

import recipients_contacts
import recipients_devices
import recipients_preferences
import recipients_unsubscribe
from carillon.api.app import build_app, resolve
from carillon.observe import observed_http
from recipients_shared import encode_path

app = build_app()
app.include_router(recipients_preferences.router)
app.include_router(recipients_devices.router)
app.include_router(recipients_contacts.router)
app.include_router(recipients_unsubscribe.router)


@observed_http
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer one HTTP API event."""
    return resolve(app, {**event, "rawPath": encode_path(event["rawPath"])}, context)
