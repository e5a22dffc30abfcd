"""The settings that a cold start refuses. Each bound is tested from both sides."""

import pytest
from pydantic import ValidationError

from carillon.settings import (
    CreateSettings,
    DeliverSettings,
    MigrateSettings,
    ReadSettings,
    ReaperSettings,
    RecipientsSettings,
)
from carillon.settings.groups import QueueSettings, Settings

NEEDED = {"DATABASE_URL": "postgresql://db/carillon", "QUEUE_URL": "https://queue"}


@pytest.mark.parametrize(
    ("model", "accepted", "refused", "named"),
    [
        # A lease must outlast its worker, or the reaper resets deliveries that the worker still sends.
        (DeliverSettings, {"STUCK_AFTER_SECONDS": "31"}, {"STUCK_AFTER_SECONDS": "30"}, "stuck_after_seconds"),
        (ReaperSettings, {"STUCK_AFTER_SECONDS": "31"}, {"STUCK_AFTER_SECONDS": "30"}, "stuck_after_seconds"),
        (
            ReaperSettings,
            {"FUNCTION_TIMEOUT_SECONDS": "119"},
            {"FUNCTION_TIMEOUT_SECONDS": "120"},
            "function_timeout_seconds",
        ),
        (
            DeliverSettings,
            {"BACKOFF_BASE_SECONDS": "1800"},
            {"BACKOFF_BASE_SECONDS": "1801"},
            "backoff_base_seconds",
        ),
        (DeliverSettings, {"BACKOFF_CAP_SECONDS": "60"}, {"BACKOFF_CAP_SECONDS": "59"}, "backoff_cap_seconds"),
        (DeliverSettings, {"PROBE_CAP_SECONDS": "60"}, {"PROBE_CAP_SECONDS": "59"}, "probe_cap_seconds"),
        # Twice 8 s to send and 5 s to connect to the database.
        (
            DeliverSettings,
            {"FUNCTION_TIMEOUT_SECONDS": "22", "CONNECT_TIMEOUT_SECONDS": "5"},
            {"FUNCTION_TIMEOUT_SECONDS": "21", "CONNECT_TIMEOUT_SECONDS": "5"},
            "send_timeout_seconds",
        ),
        (
            DeliverSettings,
            {"SEND_TIMEOUT_SECONDS": "12", "CONNECT_TIMEOUT_SECONDS": "5"},
            {"SEND_TIMEOUT_SECONDS": "13", "CONNECT_TIMEOUT_SECONDS": "5"},
            "send_timeout_seconds",
        ),
        (
            DeliverSettings,
            {"CONNECT_TIMEOUT_SECONDS": "13"},
            {"CONNECT_TIMEOUT_SECONDS": "14"},
            "connect_timeout_seconds",
        ),
        (ReadSettings, {"POLL_INTERVAL_SECONDS": "5"}, {"POLL_INTERVAL_SECONDS": "4"}, "poll_interval_seconds"),
        (ReadSettings, {"POLL_INTERVAL_SECONDS": "3600"}, {"POLL_INTERVAL_SECONDS": "3601"}, "poll_interval_seconds"),
        (QueueSettings, {"DISPATCH_AHEAD_SECONDS": "900"}, {"DISPATCH_AHEAD_SECONDS": "901"}, "dispatch_ahead_seconds"),
        (QueueSettings, {"DISPATCH_AHEAD_SECONDS": "0"}, {"DISPATCH_AHEAD_SECONDS": "-1"}, "dispatch_ahead_seconds"),
        (
            QueueSettings,
            {"DISPATCH_BUDGET_SECONDS": "2"},
            {"DISPATCH_BUDGET_SECONDS": "2.1"},
            "dispatch_budget_seconds",
        ),
        (
            QueueSettings,
            {"DISPATCH_BUDGET_SECONDS": "0.1"},
            {"DISPATCH_BUDGET_SECONDS": "0"},
            "dispatch_budget_seconds",
        ),
        (
            ReaperSettings,
            {"DISPATCH_BUDGET_SECONDS": "5"},
            {"DISPATCH_BUDGET_SECONDS": "5.1"},
            "dispatch_budget_seconds",
        ),
        (ReaperSettings, {"RETENTION_DAYS": "1"}, {"RETENTION_DAYS": "0"}, "retention_days"),
        (ReaperSettings, {"REAPER_BATCH": "1"}, {"REAPER_BATCH": "0"}, "reaper_batch"),
        (
            CreateSettings,
            {"DEFAULT_DIGEST_MINUTES": "1440"},
            {"DEFAULT_DIGEST_MINUTES": "1441"},
            "default_digest_minutes",
        ),
        (CreateSettings, {"DEFAULT_TIMEZONE": "America/New_York"}, {"DEFAULT_TIMEZONE": "EST8"}, "default_timezone"),
        # migrate checks it at the deploy, so that no request fails because of it
        (MigrateSettings, {"DEFAULT_TIMEZONE": "UTC"}, {"DEFAULT_TIMEZONE": "Europe/Berln"}, "default_timezone"),
        (RecipientsSettings, {"DEFAULT_TIMEZONE": "UTC"}, {"DEFAULT_TIMEZONE": "europe/paris"}, "default_timezone"),
        (CreateSettings, {"EMAIL_PER_MINUTE": "1"}, {"EMAIL_PER_MINUTE": "0"}, "email_per_minute"),
        (DeliverSettings, {"PUSH_PER_MINUTE": "1"}, {"PUSH_PER_MINUTE": "0"}, "push_per_minute"),
        (
            CreateSettings,
            {"ALLOWED_ORIGINS": "https://a.example.com, https://b.example.com:8443"},
            {"ALLOWED_ORIGINS": "https://a.example.com/path"},
            "allowed_origins",
        ),
        (CreateSettings, {"ALLOWED_ORIGINS": ""}, {"ALLOWED_ORIGINS": "ftp://a.example.com"}, "allowed_origins"),
    ],
)
def test_each_bound_is_checked_from_both_sides(
    model: type[Settings], accepted: dict[str, str], refused: dict[str, str], named: str
) -> None:
    model.load(NEEDED | accepted)
    with pytest.raises(ValidationError, match=named):
        model.load(NEEDED | refused)


def test_the_defaults_follow_the_table_of_times() -> None:
    settings = DeliverSettings.load(NEEDED)
    reaper = ReaperSettings.load(NEEDED)

    assert settings.function_timeout_seconds < settings.stuck_after_seconds < 180  # the queue's visibility timeout
    assert 6 * settings.function_timeout_seconds <= 180  # AWS recommends it
    assert settings.stuck_after_seconds == reaper.stuck_after_seconds
    assert reaper.reset_jitter_seconds <= 60


@pytest.mark.parametrize("missing", ["DATABASE_URL", "QUEUE_URL"])
def test_a_missing_setting_is_named(missing: str) -> None:
    with pytest.raises(ValidationError, match=missing.lower()):
        DeliverSettings.load({name: value for name, value in NEEDED.items() if name != missing})


def test_an_error_does_not_quote_the_environment() -> None:
    environment = {"DATABASE_URL": "postgresql://c:hush@db/c", "AWS_SESSION_TOKEN": "hush", "QUEUE_URL": ""}
    with pytest.raises(ValidationError) as refused:
        DeliverSettings.load(environment | {"STUCK_AFTER_SECONDS": "hush"})
    assert "queue_url" in str(refused.value)
    assert "stuck_after_seconds" in str(refused.value)
    assert "hush" not in str(refused.value)


def test_an_empty_variable_counts_as_not_set() -> None:
    settings = DeliverSettings.load(NEEDED | {"EMAIL_FROM": "", "STUCK_AFTER_SECONDS": ""})

    assert (settings.email_from, settings.stuck_after_seconds) == (None, 120)


@pytest.mark.parametrize(
    ("environment", "channels"),
    [
        ({}, []),
        ({"EMAIL_FROM": "a@example.com"}, ["email"]),
        ({"APNS_APPLICATION_ARN": "arn:1"}, ["push"]),
        ({"FCM_APPLICATION_ARN": "arn:1", "EMAIL_FROM": "a@example.com"}, ["email", "push"]),
    ],
)
def test_a_channel_is_set_up_by_its_own_settings(environment: dict[str, str], channels: list[str]) -> None:
    assert DeliverSettings.load(NEEDED | environment).channels == channels
