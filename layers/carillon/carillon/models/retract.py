"""The answer about a retracted notification."""

from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field, SerializerFunctionWrapHandler, model_serializer

from carillon.models.channel import Channel
from carillon.models.moments import Moment

# - `cancelled`: the delivery is not sent.
# - `left_out`: its digest is sent, or was sent, without this notification.
# - `sending`: a worker has claimed the delivery.
# - `sent`: the delivery was sent before.
# - `failed`: the delivery failed. If an operator sends it again, it excludes this notification.
# - `skipped`: the final check found nothing to send.
# - `off`: routing sent nothing on this channel.
RetractedState = Literal["cancelled", "left_out", "sending", "sent", "failed", "skipped", "off"]


class RetractedChannel(BaseModel):
    """The state of a retracted notification on one channel. A field that does not apply is absent."""

    state: RetractedState
    reason: str | None = Field(default=None, description="Why it was off, skipped or left out, or how it failed.")
    delivery_id: UUID | None = None

    @model_serializer(mode="wrap")
    def _omit_none(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        return {name: value for name, value in handler(self).items() if value is not None}


class Retracted(BaseModel):
    """The answer to `DELETE /notifications/{id}`; a repeat has the first time and what is true by then."""

    notification_id: UUID
    user_id: str
    retracted_at: Moment
    channels: dict[Channel, RetractedChannel]
