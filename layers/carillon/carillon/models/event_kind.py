"""The kinds of event that a provider reports about a message: the type `provider_status` of the database."""

from typing import Literal

EventKind = Literal[
    "accepted", "delayed", "delivered", "soft_bounced", "rejected", "bounced", "complained", "undelivered"
]
