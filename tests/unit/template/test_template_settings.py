"""A setting that the template forgets would keep its default in one function and have another value in the next."""

from typing import Any

import pytest

from tests.support.template import as_deployed, functions, variables
from tests.unit.template.test_template import SETTINGS

# The stack never sets these: their defaults fit it. A new setting belongs here or into a part of the template.
BY_DEFAULT = {
    "answer_timeout_seconds", "backoff_base_seconds", "backoff_cap_seconds", "bounce_pause_percent",
    "bounce_warn_percent", "categories_file", "complaint_pause_percent", "complaint_warn_percent",
    "connect_timeout_seconds", "device_silence_days", "dispatch_ahead_seconds", "dispatch_budget_seconds",
    "hint_budget_seconds", "live_endpoint_url", "patience_seconds", "pause_delay_seconds", "probe_cap_seconds",
    "probe_seconds", "reaper_batch", "reaper_interval_seconds", "redispatch_after_seconds", "reputation_minimum",
    "reset_jitter_seconds", "send_timeout_seconds", "statement_timeout_seconds", "templates_folder",
    "throttle_delay_seconds", "turn_seconds", "verify_slack_seconds",
}  # fmt: skip
# A group brings these to functions that never use them.
UNUSED = {
    ("Create", "api_url"), ("Create", "ses_configuration_set"),
    ("Migrate", "default_email"), ("Migrate", "api_url"), ("Migrate", "ses_configuration_set"),
    ("Operator", "allowed_origins"), ("Operator", "api_url"), ("Operator", "self_recorded_per_minute"),
    ("Operator", "ses_configuration_set"), ("Operator", "hints_queue_url"), ("Operator", "live_key"),
    ("Reaper", "api_url"), ("Reaper", "ses_configuration_set"),
    ("Recipients", "api_url"), ("Recipients", "ses_configuration_set"),
}  # fmt: skip
# These mean something else in each function: its own queue, its own role.
OF_ONE_FUNCTION = {"QUEUE_URL", "DATABASE_URL", "POWERTOOLS_SERVICE_NAME"}

MADE = ("database_url", "queue_url", "topic_arn", "live_host", "live_key", "jwt_issuer", "jwt_audience")


def settings_of(function: str) -> dict[str, Any]:
    return {name: field.default for name, field in SETTINGS[function].model_fields.items()}


def test_every_setting_is_set_by_the_template_or_kept_at_its_default_on_purpose() -> None:
    unset = {(function, name) for function in SETTINGS for name in settings_of(function)
             if name.upper() not in variables(function)}  # fmt: skip
    assert {name for _, name in unset if all(name.upper() not in variables(each) for each in SETTINGS)} == BY_DEFAULT
    assert {(function, name) for function, name in unset if name not in BY_DEFAULT} == UNUSED


def test_functions_that_share_a_variable_have_the_same_value() -> None:
    values: dict[str, Any] = {}
    for function in functions():
        for name, given in variables(function).items():
            value = given
            match given:  # functions that only exist in a stack with live hints need no condition
                case {"Fn::If": ["HasLive", there, ""]}:
                    value = there
                case _:
                    pass
            assert values.setdefault(name, value) == value or name in OF_ONE_FUNCTION, f"{name} of {function}"


@pytest.mark.parametrize("function", sorted(SETTINGS))
def test_a_number_in_the_template_is_the_default_of_its_setting(function: str) -> None:
    """Tests, benchmarks and the devstack run with the defaults."""
    deployed = {name.lower(): as_deployed(value) for name, value in variables(function).items()}
    written = {name: value for name, value in deployed.items() if isinstance(value, str) and value}
    loaded = SETTINGS[function].load(
        {name.upper(): "made-by-the-stack" for name in MADE} | {name.upper(): value for name, value in written.items()}
    )
    for name, default in settings_of(function).items():
        if name in written and name != "database_iam_auth":  # passwords serve only on one machine
            assert getattr(loaded, name) == default, name
