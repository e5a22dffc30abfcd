"""Provider events: the feedback of SES and SNS about messages that they accepted.

Sources: "Contents of event data that Amazon SES publishes to Amazon SNS" (SES developer guide) for email, "Application
event notifications" (SNS developer guide) for push.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, PositiveInt, StringConstraints

from carillon.models.channel import Channel
from carillon.models.event_kind import EventKind

# Every value that Carillon sent or received so far is visible ASCII. Another value could make a batch fail in the
# database.
Visible = Annotated[str, StringConstraints(min_length=1, max_length=2048, pattern=r"^[\x20-\x7e]+$")]


class ProviderEvent(BaseModel):
    """One event. `at` is the provider's time; `detail` holds no personal data.

    An event of an email has the claim that sent it. An event that says something about an address has the address.
    `counts` is false if the event does not count against the producer's reputation. An event of a push has the endpoint
    of a device that is gone, or the code of a fault of this stack's credentials.
    """

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    channel: Channel
    kind: EventKind
    message_id: Visible
    at: AwareDatetime
    detail: str | None = None
    delivery_id: UUID | None = None
    claim_no: Annotated[PositiveInt, Field(lt=2**31)] | None = None
    addresses: list[Visible] = []
    counts: bool = True
    endpoint_arn: Visible | None = None
    fault: Visible | None = None

    def for_sql(self, position: int) -> dict[str, Any]:
        """Return the event for the SQL function. All times have one format, so their texts sort like the times."""
        return self.model_dump(mode="json") | {"position": position, "at": _utc(self.at)}


class Ignored(BaseModel):
    """An event that changes nothing, and why."""

    why: str


def _utc(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class _Part(BaseModel):
    model_config = ConfigDict(hide_input_in_errors=True)


class _Mail(_Part):
    timestamp: AwareDatetime
    message_id: str = Field(alias="messageId")
    destination: list[str] = []
    tags: Mapping[str, list[str]] = {}


class BouncedRecipient(_Part):
    """The recipient of a bounce, and what their server answered."""

    address: str | None = Field(default=None, alias="emailAddress")
    status: str | None = None
    diagnostic_code: str | None = Field(default=None, alias="diagnosticCode")
    smtp_response: str | None = Field(default=None, alias="smtpResponse")


class Bounce(_Part):
    """A bounce as SES labels it."""

    bounce_type: str = Field(alias="bounceType")
    sub_type: str | None = Field(default=None, alias="bounceSubType")
    recipients: list[BouncedRecipient] = Field(default=[], alias="bouncedRecipients")
    smtp_response: str | None = Field(default=None, alias="smtpResponse")
    timestamp: AwareDatetime


class _ComplainedRecipient(_Part):
    address: str | None = Field(default=None, alias="emailAddress")


class _Complaint(_Part):
    recipients: list[_ComplainedRecipient] = Field(default=[], alias="complainedRecipients")
    feedback_type: str | None = Field(default=None, alias="complaintFeedbackType")
    sub_type: str | None = Field(default=None, alias="complaintSubType")
    timestamp: AwareDatetime


class _Delay(_Part):
    delay_type: str | None = Field(default=None, alias="delayType")
    timestamp: AwareDatetime


class _Delivery(_Part):
    timestamp: AwareDatetime


class _Reject(_Part):
    reason: str | None = None


class SesEvent(_Part):
    """An event that the configuration set of SES publishes. Only the used fields are here.

    The parser drops each null first, so an explicit null is like a field that is absent.
    """

    event_type: str = Field(alias="eventType")
    mail: _Mail
    bounce: Bounce | None = None
    complaint: _Complaint | None = None
    delivery: _Delivery | None = None
    delivery_delay: _Delay | None = Field(default=None, alias="deliveryDelay")
    reject: _Reject | None = None


class PushFailure(_Part):
    """A delivery failure of an SNS platform application. It has the message's id, and nothing else that was sent."""

    event_type: Literal["DeliveryFailure"] = Field(alias="EventType")
    endpoint_arn: str = Field(alias="EndpointArn")
    message_id: str = Field(alias="MessageId")
    failure_type: str = Field(default="unknown", alias="FailureType")
    failure_message: str = Field(default="", alias="FailureMessage")
    time: AwareDatetime = Field(alias="Time")
