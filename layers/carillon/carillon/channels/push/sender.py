"""Push by Amazon SNS: one delivery to every device of the recipient.

The first matching row of this table turns the answers of several devices into one outcome:

| answers | outcome | reason |
|---|---|---|
| a device accepted it | sent | A retry for the other devices would disturb this one. |
| one is unknown | unknown | That device may have it. Nothing is sent again before the stuck reset. |
| one is throttled | throttled | No device has it, and a limit costs no attempt. |
| one is not begun | not_begun | No device has it. The time had run out. |
| one is retry | retry | No device has it, and one may still get it. |
| one is rejected | rejected | No device will ever get it. |
| all are gone | gone | No device is left. |

`Outcome.reached` is True if one answer has it True, else False if one answer has it False. Devices that are gone are
reported with every outcome. A repeated push replaces itself on the device: it carries the delivery's id as collapse id
(APNs) and as tag (FCM).
"""

import math
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol

from carillon.aws import clients
from carillon.channels.errors import MAX_DETAIL, outcome_of
from carillon.channels.push.errors import refine
from carillon.channels.push.payload import publish_request
from carillon.channels.rendering import render_push
from carillon.graphemes import cut
from carillon.models.delivery import ClaimedDelivery, DeviceEndpoint, Outcome, OutcomeKind
from carillon.settings.groups import ChannelSettings

DEVICES_AT_ONCE = 10
_ORDER = (
    OutcomeKind.UNKNOWN,
    OutcomeKind.THROTTLED,
    OutcomeKind.NOT_BEGUN,
    OutcomeKind.RETRY,
    OutcomeKind.REJECTED,
    OutcomeKind.GONE,
)


class SnsClient(Protocol):
    """The methods of an SNS client that this channel calls."""

    def publish(self, **request: Any) -> dict[str, Any]:
        """Call SNS Publish."""
        ...

    def close(self) -> None:
        """Close pooled connections."""
        ...


class PushChannel:
    """Sends a delivery to every device of its recipient."""

    def __init__(self, settings: ChannelSettings, client: SnsClient | None = None, pool: int = 10) -> None:
        self._settings = settings
        self._connections = clients.Connections(
            client or clients.client("sns", timeout_seconds=settings.send_timeout_seconds, pool=pool)
        )

    def send(self, delivery: ClaimedDelivery) -> Outcome:
        """Make one request to SNS for each device and return one outcome.

        No request begins that could end later than twice the send timeout from now.
        """
        devices = delivery.devices
        if not devices:
            return Outcome(OutcomeKind.REJECTED, "no_device", "The recipient has no enabled device.")
        try:
            rendered = render_push(delivery, self._settings)
            requests = [publish_request(delivery, device, rendered, self._settings.app_url) for device in devices]
        except Exception as error:  # noqa: BLE001 (nothing was sent: a fixed release can send it)
            return Outcome(OutcomeKind.RETRY, "not_rendered", type(error).__name__)
        # A send may take twice its timeout (carillon/settings), because a request connects and then reads. The first
        # requests begin at once, so they end in time. A request that waited for a thread begins only if it can, too.
        timeout = self._settings.send_timeout_seconds
        last_start = time.monotonic() + timeout - min(clients.CONNECT_TIMEOUT_SECONDS, timeout)
        with ThreadPoolExecutor(min(len(devices), DEVICES_AT_ONCE)) as threads:
            answers = [
                threads.submit(self._publish, request, math.inf if number < DEVICES_AT_ONCE else last_start)
                for number, request in enumerate(requests)
            ]
            return combine(devices, [answer.result() for answer in answers])

    def _publish(self, request: dict[str, Any], last_start: float) -> Outcome:
        if time.monotonic() > last_start:
            return Outcome(OutcomeKind.NOT_BEGUN, "no_time_left")
        try:
            with self._connections.use() as client:
                message_id = client.publish(**request)["MessageId"]
        except Exception as error:  # noqa: BLE001 (the table says which errors are definite)
            return outcome_of(error, pause_seconds=self._settings.pause_delay_seconds, refine=refine)
        return Outcome(OutcomeKind.SENT, provider_message_ids=(message_id,), reached=True)


def combine(devices: list[DeviceEndpoint], outcomes: list[Outcome]) -> Outcome:
    """Return one outcome for the outcomes of the devices, both in the same order, by the table of this module."""
    gone = tuple(d.device_id for d, o in zip(devices, outcomes, strict=True) if o.kind is OutcomeKind.GONE)
    failed = [outcome for outcome in outcomes if outcome.kind is not OutcomeKind.SENT]
    detail = cut("; ".join(f"{o.kind}: {o.detail or o.code}" for o in failed), MAX_DETAIL) or None
    message_ids = tuple(each for outcome in outcomes for each in outcome.provider_message_ids)
    if len(failed) < len(outcomes):
        return Outcome(
            OutcomeKind.SENT, detail=detail, provider_message_ids=message_ids, gone_device_ids=gone, reached=True
        )
    kind = next(kind for kind in _ORDER if any(outcome.kind is kind for outcome in failed))
    deciding = [outcome for outcome in failed if outcome.kind is kind]
    reached = [outcome.reached for outcome in outcomes if outcome.reached is not None]
    pauses = [outcome.pause_seconds for outcome in deciding if outcome.pause_seconds is not None]
    return Outcome(
        kind, deciding[0].code, detail, gone_device_ids=gone, pause_seconds=max(pauses, default=None),
        reached=any(reached) if reached else None,
    )  # fmt: skip
