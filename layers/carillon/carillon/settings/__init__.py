"""Typed settings, one model per function, read from the environment and validated at cold start.

A field is the lower-case name of its environment variable. An empty variable counts as not set: a
CloudFormation parameter cannot be absent, only empty.
"""

from typing import Annotated, Self

from pydantic import Field, PositiveInt, model_validator

from carillon.settings.groups import (
    ChannelSettings,
    DatabaseSettings,
    LeaseSettings,
    LinkSettings,
    QueueSettings,
    RepairSettings,
    ReputationSettings,
    RoutingSettings,
    VerifySettings,
)


class CreateSettings(DatabaseSettings, QueueSettings, RoutingSettings, LinkSettings):
    """Settings of functions/create."""


class MigrateSettings(DatabaseSettings, ChannelSettings):
    """Settings of functions/migrate. `topic_arn` is where push applications are to tell what they could not deliver.
    `database_secret_arn` is the administrator's, who makes the roles; without it they are there already."""

    topic_arn: str | None = None
    database_secret_arn: str | None = None


class ReadSettings(DatabaseSettings):
    """Settings of functions/read. Clients that poll are asked to wait so many seconds between two polls."""

    poll_interval_seconds: Annotated[int, Field(ge=5, le=3600)] = 30


class RecipientsSettings(DatabaseSettings, RoutingSettings):
    """Settings of functions/recipients."""


class DeliverSettings(DatabaseSettings, QueueSettings, RoutingSettings, LeaseSettings):
    """Settings of functions/deliver. Backoff is in seconds, with full jitter."""

    backoff_base_seconds: PositiveInt = 60
    backoff_cap_seconds: PositiveInt = 1800
    throttle_delay_seconds: PositiveInt = 15
    # While a provider is out, its channel is probed after so long, twice as long each time up to the cap.
    probe_seconds: PositiveInt = 60
    probe_cap_seconds: PositiveInt = 300
    turn_seconds: PositiveInt = 600  # what waits its turn looks again after so long at most, on average

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


class ProviderEventsSettings(DatabaseSettings, ReputationSettings):
    """Settings of functions/provider_events. `queue_url` is the events' own queue, `topic_arn` what it listens to."""

    queue_url: str
    topic_arn: str


class ReaperSettings(DatabaseSettings, QueueSettings, RepairSettings, ChannelSettings):
    """Settings of functions/reaper. Nobody waits for it: a batch may take longer to dispatch than a request's may, and
    what it does not manage waits for a whole minute."""

    reaper_batch: PositiveInt = 500
    dispatch_budget_seconds: float = Field(default=5.0, gt=0, le=5.0)
    # After so long FCM takes an Android device's token for expired, and APNs gives no number.
    device_silence_days: PositiveInt = 270


class OperatorSettings(CreateSettings, VerifySettings, ReputationSettings):
    """Settings of functions/operator: it asks and records as all the others do, and looks at whole tables."""

    statement_timeout_seconds: PositiveInt | None = 50
