"""The channels: one `send` each, one vocabulary of outcomes. They know nothing of the database."""

from typing import Protocol

from carillon.channels.email.sender import EmailChannel
from carillon.channels.push.sender import PushChannel
from carillon.models.delivery import Channel, ClaimedDelivery, Outcome
from carillon.settings.groups import ChannelSettings

__all__ = ["EmailChannel", "PushChannel", "Sender", "build"]


class Sender(Protocol):
    """Sends one delivery over one channel."""

    def send(self, delivery: ClaimedDelivery) -> Outcome:
        """Make one attempt and tell its outcome. Never raises; may be called from several threads at once."""
        ...


def build(settings: ChannelSettings, pool: int = 10) -> dict[Channel, Sender]:
    """The senders of the channels that this stack has set up, for `pool` sends at once."""
    senders: dict[Channel, Sender] = {}
    if "email" in settings.channels:
        senders["email"] = EmailChannel(settings, pool=pool)
    if "push" in settings.channels:
        senders["push"] = PushChannel(settings, pool=pool)
    return senders
