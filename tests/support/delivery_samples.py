"""Deliveries as the claim returns them, for the tests of channels and rendering."""

from typing import Any
from uuid import UUID

from carillon.models.delivery import ClaimedDelivery, DeliveryItem, DeviceEndpoint
from carillon.models.severity import Severity
from carillon.settings.groups import ChannelSettings

DELIVERY_ID = UUID("0199c1f0-0000-7000-8000-00000000d001")
NOTIFICATION_ID = UUID("0199c1f0-0000-7000-8000-00000000a001")
SETTINGS = ChannelSettings(
    email_from="Acme <no-reply@acme.example>",
    app_url="https://app.acme.example",
    app_name="Acme",
    send_timeout_seconds=1,
)


def item(title: str = "Payment failed", severity: Severity = "critical", **more: Any) -> DeliveryItem:
    values: dict[str, Any] = {"notification_id": NOTIFICATION_ID, "event_name": "invoice.payment_failed"} | more
    return DeliveryItem(title=title, severity=severity, **values)


def delivery(*items: DeliveryItem, **more: Any) -> ClaimedDelivery:
    shown = list(items) or [item()]
    values: dict[str, Any] = {"channel": "email", "email": "alice@example.com", "item_count": len(shown)} | more
    return ClaimedDelivery(
        delivery_id=DELIVERY_ID,
        user_id="alice",
        claim_no=3,
        attempts=1,
        max_attempts=5,
        items=shown,
        **values,
    )


def device(number: int, platform: str = "fcm") -> DeviceEndpoint:
    name = {"fcm": "GCM", "apns": "APNS", "apns_sandbox": "APNS_SANDBOX"}[platform]
    return DeviceEndpoint(
        device_id=UUID(int=number),
        platform="fcm" if platform == "fcm" else "apns",
        endpoint_arn=f"arn:aws:sns:eu-central-1:123456789012:endpoint/{name}/acme/{UUID(int=number)}",
    )
