"""Where an open bell hears hints: the field `live` of a page of the feed. docs/live.md explains hints."""

from pydantic import BaseModel, Field


class LiveChannel(BaseModel):
    """A channel of hints, and how its listeners spread what a hint makes them do."""

    name: str
    spread_seconds: float = Field(
        description="After a hint, wait a random part of so many seconds and then fetch, so that not all fetch at once."
    )


class Live(BaseModel):
    """Where this person's hints arrive. A hint says that something may have changed; the list says what."""

    url: str = Field(description="The WebSocket to connect to, with the subprotocol `aws-appsync-event-ws`.")
    host: str = Field(description="The host that the authorization of a connection and of a subscription names.")
    channels: list[LiveChannel]
