"""The kinds of provider events."""

from typing import Literal

EventKind = Literal[
    "accepted", "delayed", "delivered", "soft_bounced", "rejected", "bounced", "complained", "undelivered"
]
