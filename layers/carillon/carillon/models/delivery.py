"""A claimed delivery and the outcome of its send.

A claimed delivery has what one message needs. It does not have the fields `body` and `data` of a notification, because
these must never be sent.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AliasChoices, AliasPath, BaseModel, BeforeValidator, ConfigDict, Field, SecretBytes

from carillon.models.channel import Channel
from carillon.models.severity import Severity

Platform = Literal["apns", "fcm"]


class DeliveryItem(BaseModel):
    """The parts of one notification that an email or a push may show."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    notification_id: UUID
    event_name: str
    title: str
    summary: str | None = None
    severity: Severity
    target_url: str | None = None
    mandatory: bool = False  # the operator decided that every person must get it
    expires_in: int | None = None  # seconds after the claim
    channel_text: str | None = None  # of a template, for the channel of this delivery

    @property
    def headline(self) -> str:
        """The text for the channel, or else the summary, or else the title. A message has no other text of it."""
        return self.channel_text or self.summary or self.title


class DeviceEndpoint(BaseModel):
    """A recipient's device, with its endpoint at SNS."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    device_id: UUID
    platform: Platform
    endpoint_arn: str


class SigningKey(BaseModel):
    """The key that signs the links in emails. The database gives its secret as hexadecimal digits."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    id: UUID
    secret: Annotated[SecretBytes, BeforeValidator(bytes.fromhex)]


def _of_channel(name: str) -> AliasChoices:
    """Return where a field of one channel stands: in `destination`, where SQL has it, or beside the others."""
    return AliasChoices(AliasPath("destination", name), name)


class ClaimedDelivery(BaseModel):
    """A delivery that this worker owns until it finishes the delivery or its lease ends."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    delivery_id: UUID
    user_id: str
    claim_no: int
    attempts: int
    max_attempts: int
    channel: Channel
    email: str | None = Field(default=None, validation_alias=_of_channel("email"))
    locale: str | None = None
    items: list[DeliveryItem]
    item_count: int
    # Only for email: the newest key.
    signing_key: SigningKey | None = Field(default=None, validation_alias=_of_channel("signing_key"))
    all_switchable_events: list[str] | None = None  # at most 100; None if `items` lists all items
    devices: list[DeviceEndpoint] = Field(default=[], validation_alias=_of_channel("devices"))
    # Only for push: the badge; at most 1,000.
    unread_count: int | None = Field(default=None, validation_alias=_of_channel("unread_count"))
    waited_ms: int | None = None  # from its due time to its claim
    throttles: int = 0  # consecutive throttles before this claim
    paced: bool = False  # its channel has a send rate (the table `send_rates`)
    failed_probes: int | None = None  # failed probes before this one; None: this delivery is not a probe

    @property
    def switchable_events(self) -> list[str]:
        """The distinct names of its events that are not mandatory, sorted."""
        if self.all_switchable_events is not None:
            return self.all_switchable_events
        return sorted({item.event_name for item in self.items if not item.mandatory})


class Dispatch(BaseModel):
    """A delivery to send to the queue. It is due in `delay_seconds`, at most 900."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    delivery_id: UUID
    delay_seconds: int = 0


class OutcomeKind(StrEnum):
    """The kinds of outcome that a channel may return. docs/architecture.md says what each one leads to."""

    SENT = "sent"  # the provider accepted it
    RETRY = "retry"  # certainly not accepted; another attempt may succeed
    THROTTLED = "throttled"  # the provider's limit or a paused account: costs no attempt
    REJECTED = "rejected"  # certainly not accepted; no other attempt can succeed
    GONE = "gone"  # the address or every device is dead
    UNKNOWN = "unknown"  # the request was sent and no definite answer came
    NOT_BEGUN = "not_begun"  # no time was left to start: costs no attempt


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of one send.

    - `code` is a short stable word for the reason: an AWS error code in snake_case, `read_timeout` and so on.
    - `detail` is a message for operators. It holds no personal data.
    - `gone_device_ids` are the devices to disable, whatever the kind of the outcome.
    - `pause_seconds` is the delay that a paused account asks for.
    - `reached` is what the send says about the provider. True: the provider answered about this message. False: there
      was no answer, or the provider sends for no one. None: nothing is known.
    """

    kind: OutcomeKind
    code: str | None = None
    detail: str | None = None
    provider_message_ids: tuple[str, ...] = ()
    gone_device_ids: tuple[UUID, ...] = ()
    pause_seconds: int | None = None
    reached: bool | None = field(default=None, compare=False)
