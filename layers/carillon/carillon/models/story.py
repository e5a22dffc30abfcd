"""The history of a notification for each channel. It answers the question "Why did I get no email?"."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, create_model

from carillon.models.channel import CHANNELS, Channel
from carillon.models.event_kind import EventKind
from carillon.models.moments import Moment
from carillon.models.route import Route
from carillon.models.severity import Severity

DeliveryStatus = Literal["pending", "sending", "sent", "failed", "skipped"]
HeldBy = Literal["operator", "sender", "outage", "pace"]
Digest = Literal["single", "event", "batch", "quiet", "limit"]
InAppReason = Literal["shown", "scheduled", "disabled", "retracted", "archived"]


class Part(BaseModel):
    """The base. A container builds these validators when it first answers such a request. Most containers never do."""

    model_config = ConfigDict(defer_build=True)


class HistoryEntry(Part):
    """One event of a delivery's time line, with what belongs to it: `claim_no`, `code`, `times` and so on."""

    model_config = ConfigDict(extra="allow")

    at: Moment
    event: str


class DeliveryState(Part):
    """Where a delivery stands, seen from one of its notifications."""

    delivery_id: UUID
    channel: Channel
    digest: Digest = Field(
        description="What it collects: one `event`, one `batch` key, what waits for the end of `quiet` hours, what was "
        "over the `limit`. A `single` one collects nothing."
    )
    items: int = Field(description="How many notifications it tells of, without those left out.")
    status: DeliveryStatus
    attempts: int
    available_at: Moment = Field(description="When it is, or was, due.")
    finished_at: Moment | None
    error_code: str | None
    provider_status: EventKind | None = Field(
        default=None, description="The worst that the provider told since it accepted it; null: nothing, so far."
    )
    left_out: str | None = Field(description="Why this notification was not in what was sent.")
    held_by: HeldBy | None = Field(
        default=None,
        description="What holds it back now: an `operator`'s pause, one of all that its `sender` records, its "
        "channel's own in an `outage` of the provider, or the `pace` at which that takes messages.",
    )
    held_until: Moment | None = Field(default=None, description="When the pause ends if nobody ends it before.")


class DeliveryStory(DeliveryState):
    """The history of one delivery."""

    history: list[HistoryEntry]


class InAppAnswer(Part):
    """The answer of the feed: if the application shows the notification, and why not."""

    reason: InAppReason
    explanation: str = Field(description="The same in one or two sentences.")


class ChannelAnswer(Route, Part):
    """One channel's answer: the routing, the delivery it led to, and both in words."""

    delivery: DeliveryState | None = None
    explanation: str = Field(description="One or two sentences for a person. They quote nothing the notification says.")


class _InApp(Part):
    in_app: InAppAnswer


_ANSWERS: dict[str, Any] = dict.fromkeys(CHANNELS, ChannelAnswer)


class Answers(create_model("OneAnswerForEachChannel", __base__=_InApp, **_ANSWERS)):
    """One answer for each channel."""

    def of(self, channel: Channel) -> ChannelAnswer:
        """Return the answer of a channel."""
        answer: ChannelAnswer = getattr(self, channel)
        return answer


class NotificationDeliveries(Part):
    """Why something was sent, or was not: one answer a channel, the routing, and each delivery's time line."""

    notification_id: UUID
    in_app: bool
    channels: Answers
    routing: dict[Channel, Route]
    deliveries: list[DeliveryStory]


class Story(Part):
    """A notification and its deliveries as stored: the row of `statements/notifications/list_deliveries.sql`."""

    notification_id: UUID
    severity: Severity
    in_app: bool
    routing: dict[Channel, Route]
    send_at: datetime | None
    expires_at: datetime | None
    read_at: datetime | None
    archived_at: datetime | None
    retracted_at: datetime | None
    asked_at: datetime  # by the database's clock
    deliveries: list[DeliveryStory]
