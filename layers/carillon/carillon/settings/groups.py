"""Groups of settings that several functions share."""

from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Self, cast
from urllib.parse import urlsplit

from pydantic import BeforeValidator, Field, NonNegativeInt, PositiveFloat, PositiveInt, model_validator

from carillon.categories import SHIPPED, Categories, read_categories
from carillon.models.channel import CHANNEL_SPECS, CHANNELS, Channel, DefaultEmail
from carillon.models.recipient import TimeZone
from carillon.settings.base import Settings
from carillon.templates import SHIPPED_TEMPLATES


def _split(value: object) -> object:
    return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value


_SWITCHES = {"true": "all", "false": "off"}
CommaSeparated = Annotated[list[str], BeforeValidator(_split)]


class QueueSettings(Settings):
    """The queue of deliveries, and the time that a request may take to dispatch to it."""

    queue_url: str
    dispatch_budget_seconds: float = Field(default=2.0, gt=0, le=2.0)
    dispatch_ahead_seconds: int = Field(default=900, ge=0, le=900)  # SQS: DelaySeconds ≤ 900


class CategorySettings(Settings):
    """The file with the categories of events. By default it is the one in the layer."""

    categories_file: Path = SHIPPED

    @cached_property
    def categories(self) -> Categories:
        """The declared categories. The file is read once."""
        return read_categories(self.categories_file)

    @model_validator(mode="after")
    def _check_categories(self) -> Self:
        _ = self.categories  # read the file at the cold start, not at the first request
        return self


class TemplateSettings(Settings):
    """The folder with the templates of notifications. By default it is the one in the layer."""

    templates_folder: Path = SHIPPED_TEMPLATES


class ChannelSettings(CategorySettings):
    """The senders of this stack. Routing answers `off` and `not_configured` for a channel without its setting."""

    email_from: str | None = None
    ses_configuration_set: str | None = None
    apns_application_arn: str | None = None
    fcm_application_arn: str | None = None
    app_url: str = "https://example.com"
    app_name: str = "Carillon"
    api_url: str | None = None  # the public URL of the HTTP API; without it an email has no link to unsubscribe
    send_timeout_seconds: PositiveInt = 8
    pause_delay_seconds: PositiveInt = 300  # the delay of a delivery while the account or the sender cannot send

    @property
    def channels(self) -> list[Channel]:
        """The channels that are set up, in the order of CHANNELS."""
        return [
            channel for channel in CHANNELS if any(getattr(self, name) for name in CHANNEL_SPECS[channel].set_up_by)
        ]


class PreferenceSettings(Settings):
    """The defaults for a person who never chose.

    `default_email` is `critical` (only critical notifications are emailed), `all` (those of the minimum severity and
    above), or `off`.
    """

    default_in_app_enabled: bool = True
    default_email: DefaultEmail = "critical"
    default_push_enabled: bool = False
    default_digest_minutes: int = Field(default=5, ge=0, le=1440)
    default_timezone: TimeZone = "UTC"

    @property
    def default_email_enabled(self) -> bool:
        """True if email is on, for critical notifications at least."""
        return self.default_email != "off"

    @model_validator(mode="before")
    @classmethod
    def _read_the_switch_of_before(cls, given: Any) -> Any:
        """Read `default_email_enabled`, the switch of earlier releases, if there is no `default_email`."""
        named = cast("dict[str, Any]", given)
        if "default_email" not in named and "default_email_enabled" in named:
            return named | {"default_email": _SWITCHES.get(str(named["default_email_enabled"]).lower())}
        return named


class LimitSettings(Settings):
    """The number of deliveries that may open for one person and minute. Further items join the overflow digest."""

    email_per_minute: PositiveInt = 5
    push_per_minute: PositiveInt = 20

    @property
    def per_minute(self) -> dict[Channel, int]:
        """The limit of each channel."""
        return {channel: getattr(self, CHANNEL_SPECS[channel].per_minute) for channel in CHANNELS}


class SelfRecordingSettings(Settings):
    """The limit of notifications that a person records for themselves in a minute; 0: only producers record."""

    self_recorded_per_minute: NonNegativeInt = 10


class LinkSettings(Settings):
    """The origins whose pages may call the API. A `target_url` may be a path, or a URL on an https origin of these."""

    allowed_origins: CommaSeparated = Field(default_factory=list[str])

    @property
    def link_origins(self) -> list[str]:
        """The origins that a `target_url` may point to. An http origin is only for pages on a developer's machine."""
        return [origin for origin in self.allowed_origins if urlsplit(origin).scheme == "https"]

    @model_validator(mode="after")
    def _check_origins(self) -> Self:
        for origin in self.allowed_origins:
            parts = urlsplit(origin)
            if parts.scheme not in ("https", "http") or not parts.netloc or parts.path or parts.query:
                raise ValueError(f"allowed_origins: {origin!r} is not an origin like https://app.example.com")
        return self


class LeaseSettings(Settings):
    """The times of a worker's lease. docs/architecture.md, "Times", explains them."""

    function_timeout_seconds: PositiveInt = 30
    stuck_after_seconds: PositiveInt = 120

    @model_validator(mode="after")
    def _check_that_a_lease_outlives_its_worker(self) -> Self:
        if self.stuck_after_seconds <= self.function_timeout_seconds:
            raise ValueError("stuck_after_seconds must exceed function_timeout_seconds")
        return self


class ReputationSettings(Settings):
    """The limits for bounces and complaints about a producer's email, in per cent of the email accepted within a day.

    They apply if at least `reputation_minimum` emails were accepted. SES reviews an account at 5 % bounces or 0.1 %
    complaints, and may pause it at 10 % or 0.5 %. So Carillon pauses the producer before that. Source: SES developer
    guide, "Amazon SES sending review process FAQs".
    """

    reputation_minimum: PositiveInt = 1000
    bounce_warn_percent: PositiveFloat = 5.0
    bounce_pause_percent: PositiveFloat = 8.0
    complaint_warn_percent: PositiveFloat = 0.1
    complaint_pause_percent: PositiveFloat = 0.4

    @model_validator(mode="after")
    def _check_that_a_warning_comes_first(self) -> Self:
        for rate in ("bounce", "complaint"):
            if getattr(self, f"{rate}_warn_percent") > getattr(self, f"{rate}_pause_percent"):
                raise ValueError(f"{rate}_warn_percent must not exceed {rate}_pause_percent")
        return self

    def limits_for_sql(self) -> dict[str, float]:
        """Return the limits for the SQL functions."""
        return {
            "minimum": self.reputation_minimum,
            "warn_bounced": self.bounce_warn_percent,
            "pause_bounced": self.bounce_pause_percent,
            "warn_complained": self.complaint_warn_percent,
            "pause_complained": self.complaint_pause_percent,
        }


class RepairSettings(LeaseSettings):
    """The times of the reaper's repairs. Notifications are kept for `retention_days`."""

    reaper_interval_seconds: PositiveInt = 60
    reset_jitter_seconds: PositiveInt = 60
    redispatch_after_seconds: PositiveInt = 120
    retention_days: PositiveInt = 365


class VerifySettings(RepairSettings, LimitSettings):
    """The settings of `verify`. A repair that is due counts as late only after `verify_slack_seconds` more."""

    verify_slack_seconds: PositiveInt = 60
