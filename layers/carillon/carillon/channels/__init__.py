"""The channels: one module or folder for each, of the channel's name.

A folder has the sender, its payload and its errors. All senders give the same kinds of outcome (`OutcomeKind`). The
room may import aws, links, models, settings and words, and never the database.
"""

from collections.abc import Mapping
from typing import Protocol

from carillon.channels.email.sender import EmailChannel
from carillon.channels.push.sender import PushChannel
from carillon.models.channel import Channel
from carillon.models.delivery import ClaimedDelivery, Outcome
from carillon.settings.groups import ChannelSettings

__all__ = ["SENDERS", "EmailChannel", "PushChannel", "Sender", "SenderFactory", "build"]


class Sender(Protocol):
    """Sends one delivery over one channel."""

    def send(self, delivery: ClaimedDelivery) -> Outcome:
        """Make one attempt and return its outcome. Never raise. Several threads may call this at once."""
        ...


class SenderFactory(Protocol):
    """Makes a channel's sender."""

    def __call__(self, settings: ChannelSettings, *, pool: int) -> Sender:
        """Return a sender that `pool` threads may use at once."""
        ...


SENDERS: Mapping[Channel, SenderFactory] = {"email": EmailChannel, "push": PushChannel}


def build(settings: ChannelSettings, pool: int = 10) -> dict[Channel, Sender]:
    """Return the senders of the channels that this stack has set up, for `pool` sends at once."""
    return {channel: SENDERS[channel](settings, pool=pool) for channel in settings.channels}
