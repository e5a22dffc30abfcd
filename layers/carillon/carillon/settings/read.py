"""The settings of functions/read. They are apart, because the other models would slow down its cold start."""

from typing import Annotated

from pydantic import Field

from carillon.settings.base import DatabaseSettings
from carillon.settings.live import HintSettings


class ReadSettings(DatabaseSettings, HintSettings):
    """Settings of functions/read. It asks clients to wait `poll_interval_seconds` between two polls.

    Open bells hear hints at the WebSocket `live_url`, and name `live_host` in their authorizations.
    """

    poll_interval_seconds: Annotated[int, Field(ge=5, le=3600)] = 30
    live_url: str | None = None
    live_host: str | None = None
