"""What the settings of functions are made of: each group is what several of them share."""

import os
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PositiveFloat, PositiveInt, model_validator

from carillon.categories import SHIPPED, Categories, read_categories
from carillon.models.channel import CHANNEL_SPECS
from carillon.models.delivery import CHANNELS, Channel
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
    """Where the database is. `database_iam_auth` signs a token per connection instead of a password, and asks the
    database for a certificate. `statement_timeout_seconds` replaces the limit that the role has."""

    database_url: str
    database_iam_auth: bool = False
    connect_timeout_seconds: PositiveInt = 3
    statement_timeout_seconds: PositiveInt | None = None


class QueueSettings(Settings):
    """Where deliveries are dispatched to, and how long a request may wait for it."""

    queue_url: str
    dispatch_budget_seconds: float = Field(default=2.0, gt=0, le=2.0)
    dispatch_ahead_seconds: int = Field(default=900, ge=0, le=900)  # SQS: DelaySeconds ≤ 900


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


class ChannelSettings(CategorySettings):
    """What this stack can send with. A channel without its setting is `off / not_configured`."""

    email_from: str | None = None
    ses_configuration_set: str | None = None
    apns_application_arn: str | None = None
    fcm_application_arn: str | None = None
    app_url: str = "https://example.com"
    app_name: str = "Carillon"
    api_url: str | None = None  # where people reach the HTTP API: an email without it has no link to unsubscribe
    send_timeout_seconds: PositiveInt = 8
    pause_delay_seconds: PositiveInt = 300  # while the account or the sender itself cannot send

    @property
    def channels(self) -> list[Channel]:
        """The channels that are set up, in the order of CHANNELS."""
        return [
            channel for channel in CHANNELS if any(getattr(self, name) for name in CHANNEL_SPECS[channel].set_up_by)
        ]


class PreferenceSettings(Settings):
    """What holds for a recipient who never chose."""

    default_in_app_enabled: bool = True
    default_email_enabled: bool = False
    default_push_enabled: bool = False
    default_digest_minutes: int = Field(default=5, ge=0, le=1440)
    default_timezone: TimeZone = "UTC"


class LimitSettings(Settings):
    """How many deliveries may open for one person and minute; what is more leaves as one digest in the next minute."""

    email_per_minute: PositiveInt = 5
    push_per_minute: PositiveInt = 20

    @property
    def per_minute(self) -> dict[Channel, int]:
        """The limit of each channel."""
        return {channel: getattr(self, CHANNEL_SPECS[channel].per_minute) for channel in CHANNELS}


class RoutingSettings(ChannelSettings, PreferenceSettings, LimitSettings):
    """All that the routing of a notification depends on besides the database."""

    def for_sql(self) -> dict[str, object]:
        """The settings as the SQL functions take them."""
        return {
            "channels": self.channels,
            "in_app_enabled": self.default_in_app_enabled,
            **{f"{channel}_enabled": getattr(self, CHANNEL_SPECS[channel].default_enabled) for channel in CHANNELS},
            "digest_minutes": self.default_digest_minutes,
            "timezone": self.default_timezone,
            "limits": self.per_minute,
            "categories": self.categories.for_sql(),
        }


class LinkSettings(Settings):
    """Origins whose pages call the API; the https ones among them a `target_url` may point to, besides paths."""

    allowed_origins: CommaSeparated = []

    @property
    def link_origins(self) -> list[str]:
        """The origins that a `target_url` may point to: http is for a page on the developer's own machine."""
        return [origin for origin in self.allowed_origins if urlsplit(origin).scheme == "https"]

    @model_validator(mode="after")
    def _origins_are_origins(self) -> Self:
        for origin in self.allowed_origins:
            parts = urlsplit(origin)
            if parts.scheme not in ("https", "http") or not parts.netloc or parts.path or parts.query:
                raise ValueError(f"allowed_origins: {origin!r} is not an origin like https://app.example.com")
        return self


class LeaseSettings(Settings):
    """How long a worker may hold a delivery (design of the times: docs/architecture.md, "Times")."""

    function_timeout_seconds: PositiveInt = 30
    stuck_after_seconds: PositiveInt = 120

    @model_validator(mode="after")
    def _a_lease_outlives_its_worker(self) -> Self:
        if self.stuck_after_seconds <= self.function_timeout_seconds:
            raise ValueError("stuck_after_seconds must exceed function_timeout_seconds")
        return self


class ReputationSettings(Settings):
    """When a producer's email comes back too often: in per cent of what was accepted within a day, if that is at least
    `reputation_minimum`.

    SES reviews an account at 5 % bounces or 0.1 % complaints and may pause it at 10 % or 0.5 % (SES developer guide,
    "Amazon SES sending review process FAQs"): the producer is held back before that.
    """

    reputation_minimum: PositiveInt = 1000
    bounce_warn_percent: PositiveFloat = 5.0
    bounce_pause_percent: PositiveFloat = 8.0
    complaint_warn_percent: PositiveFloat = 0.1
    complaint_pause_percent: PositiveFloat = 0.4

    @model_validator(mode="after")
    def _a_warning_comes_first(self) -> Self:
        for rate in ("bounce", "complaint"):
            if getattr(self, f"{rate}_warn_percent") > getattr(self, f"{rate}_pause_percent"):
                raise ValueError(f"{rate}_warn_percent must not exceed {rate}_pause_percent")
        return self

    def limits_for_sql(self) -> dict[str, float]:
        """The limits as the SQL functions take them."""
        return {
            "minimum": self.reputation_minimum,
            "warn_bounced": self.bounce_warn_percent,
            "pause_bounced": self.bounce_pause_percent,
            "warn_complained": self.complaint_warn_percent,
            "pause_complained": self.complaint_pause_percent,
        }


class RepairSettings(LeaseSettings):
    """When what went wrong is repaired. `retention_days` is how long notifications are kept."""

    reaper_interval_seconds: PositiveInt = 60
    reset_jitter_seconds: PositiveInt = 60
    redispatch_after_seconds: PositiveInt = 120
    retention_days: PositiveInt = 365


class VerifySettings(RepairSettings, LimitSettings):
    """What the accounting rule is measured against. `verify_slack_seconds`: what is later than a repair takes is not
    a breach before."""

    verify_slack_seconds: PositiveInt = 60
