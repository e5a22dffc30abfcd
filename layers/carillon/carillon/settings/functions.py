"""The settings of each function: one model for each, made of the groups that several functions share."""

from typing import Self

from pydantic import Field, PositiveFloat, PositiveInt, SecretStr, model_validator

from carillon.identity import ProducerScopes
from carillon.settings.base import (
    ApiDatabaseSettings,
    BatchDatabaseSettings,
    SchemaSettings,
    Settings,
    WorkerDatabaseSettings,
)
from carillon.settings.groups import (
    ChannelSettings,
    CommaSeparated,
    LeaseSettings,
    LinkSettings,
    PreferenceSettings,
    QueueSettings,
    RepairSettings,
    ReputationSettings,
    SelfRecordingSettings,
    TemplateSettings,
    VerifySettings,
)
from carillon.settings.live import HintSettings
from carillon.settings.routing import RoutingSettings


class CreateSettings(
    ApiDatabaseSettings,
    QueueSettings,
    RoutingSettings,
    LinkSettings,
    SelfRecordingSettings,
    TemplateSettings,
    HintSettings,
):
    """Settings of functions/create."""


class MigrateSettings(SchemaSettings, ChannelSettings, PreferenceSettings, TemplateSettings):
    """Settings of functions/migrate.

    Push applications report deliveries that failed to `topic_arn`. `database_secret_arn` is the secret of the
    administrator, who creates the roles. Without it the roles must exist. The preferences are there to be checked: a
    time zone that does not exist must fail the deploy, not each request.
    """

    topic_arn: str | None = None
    database_secret_arn: str | None = None

    @model_validator(mode="after")
    def _check_templates(self) -> Self:
        # Imported here, because the other functions do not need it.
        from carillon.templates.store import check_templates

        check_templates(self.templates_folder)
        return self


class RecipientsSettings(ApiDatabaseSettings, RoutingSettings, HintSettings):
    """Settings of functions/recipients. `producer_scopes` says whether `carillon/send` grants the other scopes too."""

    producer_scopes: ProducerScopes = "separate"


class DeliverSettings(BatchDatabaseSettings, QueueSettings, RoutingSettings, LeaseSettings):
    """Settings of functions/deliver. The backoff has full jitter."""

    backoff_base_seconds: PositiveInt = 60
    backoff_cap_seconds: PositiveInt = 1800
    throttle_delay_seconds: PositiveInt = 15
    # The circuit breaker probes a channel in an outage after so long. Each failed probe doubles the time up to the cap.
    probe_seconds: PositiveInt = 60
    probe_cap_seconds: PositiveInt = 300
    turn_seconds: PositiveInt = 600  # a delivery that the send rate defers is due again within so long, on average

    @model_validator(mode="after")
    def _relations(self) -> Self:
        if self.backoff_base_seconds > self.backoff_cap_seconds:
            raise ValueError("backoff_base_seconds must not exceed backoff_cap_seconds")
        if self.probe_seconds > self.probe_cap_seconds:
            raise ValueError("probe_seconds must not exceed probe_cap_seconds")
        # With less time no send could ever begin, because worker.py begins none that could outlast the invocation.
        if self.send_timeout_seconds * 2 + self.connect_timeout_seconds >= self.function_timeout_seconds:
            raise ValueError(
                "function_timeout_seconds must exceed twice send_timeout_seconds (connect, then read)"
                " plus connect_timeout_seconds (the database)"
            )
        return self


class ProviderEventsSettings(BatchDatabaseSettings, ReputationSettings):
    """Settings of functions/provider_events. `queue_url` is the queue of provider events, `topic_arn` their topic."""

    queue_url: str
    topic_arn: str


class ReaperSettings(WorkerDatabaseSettings, QueueSettings, RepairSettings, ChannelSettings, HintSettings):
    """Settings of functions/reaper.

    No request waits for the reaper, so it may take longer to dispatch than a request. It dispatches the rest in the
    next minute.
    """

    reaper_batch: PositiveInt = 500
    dispatch_budget_seconds: float = Field(default=5.0, gt=0, le=5.0)
    # After so long FCM treats an Android device's token as expired. APNs gives no number.
    device_silence_days: PositiveInt = 270


class OperatorSettings(CreateSettings, VerifySettings, ReputationSettings):
    """Settings of functions/operator. It does what the other functions do, and some queries read whole tables."""

    connect_timeout_seconds: PositiveInt = 3
    statement_timeout_seconds: PositiveInt | None = 50
    answer_timeout_seconds: PositiveFloat | None = 52


class LiveHintsSettings(Settings):
    """Settings of functions/live_hints. `queue_url` is the queue of hints, `live_host` the host of AppSync's HTTP API.

    Requests go to `live_endpoint_url` instead if it is set: the devstack's host has no address of its own.
    """

    queue_url: str
    live_host: str
    live_endpoint_url: str | None = None


class LiveAuthorizerSettings(Settings):
    """Settings of functions/live_authorizer: whose tokens it accepts, as the HTTP API does."""

    live_key: SecretStr
    jwt_issuer: str
    jwt_audience: CommaSeparated
