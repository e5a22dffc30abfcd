"""The settings of functions/read. They are apart, because the other models would slow down its cold start."""

from typing import Annotated

from pydantic import Field

from carillon.settings.base import DatabaseSettings


class ReadSettings(DatabaseSettings):
    """Settings of functions/read. It asks clients to wait `poll_interval_seconds` between two polls."""

    poll_interval_seconds: Annotated[int, Field(ge=5, le=3600)] = 30
