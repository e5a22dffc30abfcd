"""A claimed delivery: all that sending one message needs, and nothing private beyond it.

`body` and `data` of a notification are deliberately absent: they never leave the application.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Annotated, Literal, get_args
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, ConfigDict, SecretBytes

Channel = Literal["email", "push"]
Severity = Literal["info", "success", "warning", "critical"]
Platform = Literal["apns", "fcm"]

# The only lists of both: all others derive from them, or a test compares them.
SEVERITIES: tuple[Severity, ...] = get_args(Severity)  # from the least urgent to the most
CHANNELS: tuple[Channel, ...] = get_args(Channel)  # in the order in which they are routed and locked


class DeliveryItem(BaseModel):
    """One notification as an email or a push may show it."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    notification_id: UUID
    event_name: str
    title: str
    summary: str | None = None
    severity: Severity
    target_url: str | None = None
    mandatory: bool = False  # the operator decided that nobody may miss it
    expires_in: int | None = None  # seconds from the claim on

    @property
    def headline(self) -> str:
        """The summary or, without one, the title: the only words that leave the application."""
        return self.summary or self.title


class DeviceEndpoint(BaseModel):
    """A recipient's device as SNS knows it."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    device_id: UUID
    platform: Platform
    endpoint_arn: str


class SigningKey(BaseModel):
    """What links in an email are signed with. The secret comes as hexadecimal digits, and is never shown."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    id: UUID
    secret: Annotated[SecretBytes, BeforeValidator(bytes.fromhex)]


class ClaimedDelivery(BaseModel):
    """A delivery in this worker's hands until it is finished or its lease runs out."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    delivery_id: UUID
    user_id: str
    claim_no: int
    attempts: int
    max_attempts: int
    channel: Channel
    email: str | None = None
    locale: str | None = None
    items: list[DeliveryItem]
    item_count: int
    signing_key: SigningKey | None = None  # email: the newest
    all_switchable_events: list[str] | None = None  # where not all items are listed: see below; at most 100
    devices: list[DeviceEndpoint] = []
    unread_count: int | None = None  # of the person, for a push's badge; at most 1,000
    waited_ms: int | None = None  # from when it was to leave to its claim
    throttles: int = 0  # how often in a row, before this claim
    paced: bool = False  # its channel's provider takes only so many a second
    failed_probes: int | None = None  # how many before this one; None: no probe, since its channel is not paused

    @property
    def switchable_events(self) -> list[str]:
        """The names of the events that it tells of and that are not mandatory, each once, sorted."""
        if self.all_switchable_events is not None:
            return self.all_switchable_events
        return sorted({item.event_name for item in self.items if not item.mandatory})


class Dispatch(BaseModel):
    """A delivery that is to be sent to the queue, and when it is due: in seconds from now, at most 900."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    delivery_id: UUID
    delay_seconds: int = 0


class OutcomeKind(StrEnum):
    """What a channel may answer. The whole vocabulary: see docs/architecture.md."""

    SENT = "sent"  # the provider accepted it
    RETRY = "retry"  # surely not accepted; another attempt may succeed
    THROTTLED = "throttled"  # the provider's limit or a paused account: costs no attempt
    REJECTED = "rejected"  # surely not accepted, and never will be
    GONE = "gone"  # the address or every device is dead
    UNKNOWN = "unknown"  # the request left and no definite answer came
    NOT_BEGUN = "not_begun"  # no time was left to start: costs no attempt


@dataclass(frozen=True, slots=True)
class Outcome:
    """The answer of one send.

    `code` is a short stable word for the reason (an AWS error code in snake_case, `read_timeout`, …),
    `detail` a message for operators that holds no personal data, `gone_device_ids` the devices to
    disable whatever became of the others, `pause_seconds` the delay that a paused account asks for.
    `reached` is what the send tells of the provider: True, it answered about this message; False, it could
    not be reached or sends for nobody; None, nothing.
    """

    kind: OutcomeKind
    code: str | None = None
    detail: str | None = None
    provider_message_ids: tuple[str, ...] = ()
    gone_device_ids: tuple[UUID, ...] = ()
    pause_seconds: int | None = None
    reached: bool | None = field(default=None, compare=False)
