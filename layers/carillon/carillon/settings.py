"""Typed settings, one model per function, read from the environment and validated at cold start.

A field is the lower-case name of its environment variable. An empty variable counts as not set: a
CloudFormation parameter cannot be absent, only empty.
"""

import os
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PositiveInt, model_validator

from carillon.categories import SHIPPED, Categories, read_categories
from carillon.models.recipient import TimeZone


def _split(value: object) -> object:
    return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value


CommaSeparated = Annotated[list[str], BeforeValidator(_split)]


class Settings(BaseModel):
    """The base of all settings: `load()` reads the environment."""

    # An error names the setting and never quotes it: what is next to it in the environment is secret too.
    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    @classmethod
    def load(cls, environment: Mapping[str, str] = os.environ) -> Self:
        """Read and validate; a missing or impossible setting fails the cold start with its name."""
        return cls.model_validate({name.lower(): value for name, value in environment.items() if value != ""})


class DatabaseSettings(Settings):
    """Where the database is. `database_iam_auth` signs a token per connection instead of a password."""

    database_url: str
    database_iam_auth: bool = False
    connect_timeout_seconds: PositiveInt = 3


class QueueSettings(Settings):
    """Where deliveries are dispatched to, and how long a request may wait for it."""

    queue_url: str
    dispatch_budget_seconds: float = Field(default=2.0, gt=0, le=2.0)
    dispatch_ahead_seconds: int = Field(default=900, ge=0, le=900)  # SQS: DelaySeconds ≤ 900


class ChannelSettings(Settings):
    """What this stack can send with. A channel without its setting is `off / not_configured`."""

    email_from: str | None = None
    ses_configuration_set: str | None = None
    apns_application_arn: str | None = None
    fcm_application_arn: str | None = None
    app_url: str = "https://example.com"
    app_name: str = "Carillon"
    send_timeout_seconds: PositiveInt = 8
    pause_delay_seconds: PositiveInt = 300  # while the account or the sender itself cannot send

    @property
    def channels(self) -> list[str]:
        """The channels that are set up, in the order in which they are routed and locked."""
        push = self.apns_application_arn or self.fcm_application_arn
        return [name for name, on in (("email", self.email_from), ("push", push)) if on]


class PreferenceSettings(Settings):
    """What holds for a recipient who never chose."""

    default_in_app_enabled: bool = True
    default_email_enabled: bool = False
    default_push_enabled: bool = False
    default_digest_minutes: int = Field(default=5, ge=0, le=1440)
    default_timezone: TimeZone = "UTC"


class CategorySettings(Settings):
    """Which categories of events there are: `categories_file`, by default the one that the layer brings."""

    categories_file: Path = SHIPPED

    @cached_property
    def categories(self) -> Categories:
        """The declared categories, read once."""
        return read_categories(self.categories_file)

    @model_validator(mode="after")
    def _categories_are_as_they_should_be(self) -> Self:
        _ = self.categories  # now, and not at the first request
        return self


class LimitSettings(Settings):
    """How many deliveries may open for one person and minute; what is more leaves as one digest in the next minute."""

    email_per_minute: PositiveInt = 5
    push_per_minute: PositiveInt = 20


class RoutingSettings(ChannelSettings, PreferenceSettings, CategorySettings, LimitSettings):
    """All that the routing of a notification depends on besides the database."""

    def for_sql(self) -> dict[str, object]:
        """The settings as the SQL functions take them."""
        return {
            "channels": self.channels,
            "in_app_enabled": self.default_in_app_enabled,
            "email_enabled": self.default_email_enabled,
            "push_enabled": self.default_push_enabled,
            "digest_minutes": self.default_digest_minutes,
            "timezone": self.default_timezone,
            "limits": {"email": self.email_per_minute, "push": self.push_per_minute},
            "categories": self.categories.for_sql(),
        }


class LinkSettings(Settings):
    """Origins (besides paths) that a `target_url` may point to."""

    allowed_origins: CommaSeparated = []

    @model_validator(mode="after")
    def _origins_are_https(self) -> Self:
        for origin in self.allowed_origins:
            parts = urlsplit(origin)
            if parts.scheme != "https" or not parts.netloc or parts.path or parts.query:
                raise ValueError(f"allowed_origins: {origin!r} is not an origin like https://app.example.com")
        return self


class CreateSettings(DatabaseSettings, QueueSettings, RoutingSettings, LinkSettings):
    """Settings of functions/create."""


class MigrateSettings(DatabaseSettings, CategorySettings):
    """Settings of functions/migrate."""


class ReadSettings(DatabaseSettings):
    """Settings of functions/read. Clients that poll are asked to wait so many seconds between two polls."""

    poll_interval_seconds: Annotated[int, Field(ge=5, le=3600)] = 30


class RecipientsSettings(DatabaseSettings, RoutingSettings):
    """Settings of functions/recipients."""


class LeaseSettings(Settings):
    """How long a worker may hold a delivery (design of the times: docs/architecture.md, "Times")."""

    function_timeout_seconds: PositiveInt = 30
    stuck_after_seconds: PositiveInt = 120

    @model_validator(mode="after")
    def _a_lease_outlives_its_worker(self) -> Self:
        if self.stuck_after_seconds <= self.function_timeout_seconds:
            raise ValueError("stuck_after_seconds must exceed function_timeout_seconds")
        return self


class DeliverSettings(DatabaseSettings, QueueSettings, RoutingSettings, LeaseSettings):
    """Settings of functions/deliver. Backoff is in seconds, with full jitter."""

    backoff_base_seconds: PositiveInt = 60
    backoff_cap_seconds: PositiveInt = 1800
    throttle_delay_seconds: PositiveInt = 15
    # While a provider is out, its channel is probed after so long, twice as long each time up to the cap.
    probe_seconds: PositiveInt = 60
    probe_cap_seconds: PositiveInt = 300

    @model_validator(mode="after")
    def _relations(self) -> Self:
        if self.backoff_base_seconds > self.backoff_cap_seconds:
            raise ValueError("backoff_base_seconds must not exceed backoff_cap_seconds")
        if self.probe_seconds > self.probe_cap_seconds:
            raise ValueError("probe_seconds must not exceed probe_cap_seconds")
        # With less, no send would ever be begun: worker.py leaves so much time before the end.
        if self.send_timeout_seconds * 2 + self.connect_timeout_seconds >= self.function_timeout_seconds:
            raise ValueError(
                "function_timeout_seconds must exceed twice send_timeout_seconds (connect, then read)"
                " plus connect_timeout_seconds (the database)"
            )
        return self


class RepairSettings(LeaseSettings):
    """When what went wrong is repaired. `retention_days` is how long notifications are kept."""

    reaper_interval_seconds: PositiveInt = 60
    reset_jitter_seconds: PositiveInt = 60
    redispatch_after_seconds: PositiveInt = 120
    retention_days: PositiveInt = 365


class ReaperSettings(DatabaseSettings, QueueSettings, RepairSettings, CategorySettings):
    """Settings of functions/reaper."""

    reaper_batch: PositiveInt = 500


class VerifySettings(RepairSettings, LimitSettings):
    """What the accounting rule is measured against. `verify_slack_seconds`: what is later than a repair takes is not
    a breach before."""

    verify_slack_seconds: PositiveInt = 60


class OperatorSettings(CreateSettings, VerifySettings):
    """Settings of functions/operator: it asks and records as all the others do."""
