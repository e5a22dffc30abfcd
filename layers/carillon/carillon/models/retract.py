"""What became of a notification that was taken back."""

from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field, SerializerFunctionWrapHandler, model_serializer

from carillon.models.delivery import Channel
from carillon.models.moments import Moment

# `cancelled`: nothing leaves. `left_out`: its digest leaves, or left, without it. `sending`: a worker has it in hand.
# `sent`: it had left. `failed`: it could not be sent, and is left out should an operator send the delivery again.
# `skipped`: the last look before sending had found nothing to send. `off`: it was never to leave.
RetractedState = Literal["cancelled", "left_out", "sending", "sent", "failed", "skipped", "off"]


class RetractedChannel(BaseModel):
    """What became of it on one channel. What does not apply is left out."""

    state: RetractedState
    reason: str | None = Field(default=None, description="Why it was off, skipped or left out, or how it failed.")
    delivery_id: UUID | None = None

    @model_serializer(mode="wrap")
    def _said(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        return {name: value for name, value in handler(self).items() if value is not None}


class Retracted(BaseModel):
    """The answer to `DELETE /notifications/{id}`; a repeat has the first time and what is true by then."""

    notification_id: UUID
    user_id: str
    retracted_at: Moment
    channels: dict[Channel, RetractedChannel]
