"""Push by Amazon SNS: one delivery to every device of the recipient.

The answers of several devices become one outcome, by the first rule that holds:

| some device | outcome | because |
|---|---|---|
| accepted it | sent | trying again for the others would disturb the one that has it |
| unknown | unknown | one of them may have it: nothing is sent again before the stuck reset |
| throttled | throttled | nobody has it; a limit costs no attempt |
| not begun | not_begun | nobody has it; time had run out |
| retry | retry | nobody has it, and one may still get it |
| rejected | rejected | nobody will get it |
| (all) gone | gone | nobody is left |

The provider was reached (`Outcome.reached`) if any answer says so, and was not if some say not and none so.
Devices that are gone are reported whatever the outcome. A repeated push replaces itself on the device: it carries the
delivery id as collapse id (APNs) and as tag (FCM).
"""

import math
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol

from carillon.aws import clients
from carillon.channels import errors
from carillon.channels.push.payload import publish_request
from carillon.channels.rendering import render_push
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
    """What is used of an SNS client."""

    def publish(self, **request: Any) -> dict[str, Any]:
        """SNS Publish."""
        ...

    def close(self) -> None:
        """Hang up pooled connections."""
        ...


class PushChannel:
    """Sends a delivery to every device of its recipient."""

    def __init__(self, settings: ChannelSettings, client: SnsClient | None = None, pool: int = 10) -> None:
        self._settings = settings
        self._connections = clients.Connections(
            client or clients.client("sns", timeout_seconds=settings.send_timeout_seconds, pool=pool)
        )

    def send(self, delivery: ClaimedDelivery) -> Outcome:
        """Make one request to SNS per device. No request is begun that could outlast twice the send timeout."""
        devices = delivery.devices
        if not devices:
            return Outcome(OutcomeKind.REJECTED, "no_device", "The recipient has no enabled device.")
        try:
            rendered = render_push(delivery, self._settings)
            requests = [publish_request(delivery, device, rendered, self._settings.app_url) for device in devices]
        except Exception as error:  # noqa: BLE001 (nothing has left: a repaired release can send it)
            return Outcome(OutcomeKind.RETRY, "not_rendered", type(error).__name__)
        # A send may take twice its timeout (settings.py), and one request a connect and a read: the first ones
        # begin at once and fit, those that had to wait for a thread begin only while they still do.
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
        except Exception as error:  # noqa: BLE001 (the table knows what is certain, and what is not)
            return errors.outcome_of(error, pause_seconds=self._settings.pause_delay_seconds, refine=_refine)
        return Outcome(OutcomeKind.SENT, provider_message_ids=(message_id,), reached=True)


def _refine(code: str, message: str) -> str:
    """SNS answers InvalidParameter for an endpoint that was deleted; the words tell."""
    deleted = code == "invalid_parameter" and "no endpoint found" in message.lower()
    return "endpoint_not_found" if deleted or code == "not_found" else code


def combine(devices: list[DeviceEndpoint], outcomes: list[Outcome]) -> Outcome:
    """One outcome from the outcomes of the devices, in the same order; the rules: the module's table."""
    gone = tuple(d.device_id for d, o in zip(devices, outcomes, strict=True) if o.kind is OutcomeKind.GONE)
    failed = [outcome for outcome in outcomes if outcome.kind is not OutcomeKind.SENT]
    detail = "; ".join(f"{o.kind}: {o.detail or o.code}" for o in failed)[: errors.MAX_DETAIL] or None
    message_ids = tuple(each for outcome in outcomes for each in outcome.provider_message_ids)
    if len(failed) < len(outcomes):
        return Outcome(
            OutcomeKind.SENT, detail=detail, provider_message_ids=message_ids, gone_device_ids=gone, reached=True
        )
    kind = next(kind for kind in _ORDER if any(outcome.kind is kind for outcome in failed))
    deciding = [outcome for outcome in failed if outcome.kind is kind]
    told = [outcome.reached for outcome in outcomes if outcome.reached is not None]
    pauses = [outcome.pause_seconds for outcome in deciding if outcome.pause_seconds is not None]
    return Outcome(
        kind, deciding[0].code, detail, gone_device_ids=gone, pause_seconds=max(pauses, default=None),
        reached=any(told) if told else None,
    )  # fmt: skip
