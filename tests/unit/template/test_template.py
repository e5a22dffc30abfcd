"""template.yaml: the order of the times, the settings, the queues, the schema before the functions, the parameters."""

import json
import re
from importlib.resources import files

import pytest

import reaper
import recipients_devices
from carillon import settings
from carillon.aws import endpoints
from carillon.database.choices import AUTO, CHOICES
from carillon.settings import DeliverSettings, ReaperSettings
from tests.support.template import (
    TEMPLATE,
    WITHOUT_DATABASE,
    defaults_of,
    functions,
    properties,
    template,
    timeout,
    variables,
)

SETTINGS = {
    "Create": settings.CreateSettings,
    "Read": settings.ReadSettings,
    "Recipients": settings.RecipientsSettings,
    "Deliver": settings.DeliverSettings,
    "ProviderEvents": settings.ProviderEventsSettings,
    "Reaper": settings.ReaperSettings,
    "LiveHints": settings.LiveHintsSettings,
    "LiveAuthorizer": settings.LiveAuthorizerSettings,
    "Migrate": settings.MigrateSettings,
    "Operator": settings.OperatorSettings,
}
MODULES = {"Operator": "operate"}  # a module of the name `operator` would hide the one of Python


def folder(function: str) -> str:
    """Return the folder of a function: ProviderEvents is in functions/provider_events."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", function).lower()


GATEWAY_SECONDS = 29  # an HTTP API stops waiting after 30
SQS_LONGEST_RETENTION = 14 * 24 * 3600


def test_the_times_are_in_the_right_order() -> None:
    deliver = DeliverSettings.load(defaults_of("Deliver"))
    reaper = ReaperSettings.load(defaults_of("Reaper"))
    visibility = properties("Deliveries")["VisibilityTimeout"]
    assert deliver.function_timeout_seconds == timeout("Deliver")
    assert timeout("Deliver") < deliver.stuck_after_seconds < visibility
    assert visibility >= 6 * timeout("Deliver")
    # The worker and the reaper must agree on how long a lease lasts.
    assert reaper.stuck_after_seconds == deliver.stuck_after_seconds
    assert reaper.function_timeout_seconds == deliver.function_timeout_seconds
    assert properties("Reaper")["Events"]["EveryMinute"]["Properties"]["Schedule"] == "rate(1 minute)"
    assert reaper.reaper_interval_seconds == 60
    assert timeout("Reaper") < reaper.reaper_interval_seconds


def test_a_device_waits_for_a_push_as_long_as_its_worker_can_run() -> None:
    """Until this time has passed, a worker may still push to the earlier owner of a phone: 52_devices.sql."""
    text = files("carillon").joinpath("database/schema/functions/05_policy.sql").read_text()
    text = text[text.index("FUNCTION worker_lifetime()") :].split(";", 1)[0]
    assert re.findall(r"interval '(\d+) seconds'", text) == [str(timeout("Deliver"))]


def test_the_reapers_last_step_ends_within_its_time() -> None:
    reads = settings.ReaperSettings.load(defaults_of("Reaper"))
    assert reads.dispatch_budget_seconds == 5  # longer than the two seconds of a request, because no caller waits
    # A statement, the dispatch and the undispatch can begin at the deadline.
    assert reads.dispatch_budget_seconds + 2 < reaper.MARGIN_SECONDS < timeout("Reaper") / 2


def test_the_timeouts_of_the_api_functions_exceed_their_longest_waits() -> None:
    create = settings.CreateSettings.load(defaults_of("Create"))
    assert {name: timeout(name) for name in ("Create", "Read", "Recipients")} == {
        "Create": 12,
        "Read": 8,
        "Recipients": 15,
    }
    # The database before and after SNS, and between them a call to SNS that may still begin.
    waits = 2 * 2 * create.connect_timeout_seconds + recipients_devices.MARGIN_SECONDS
    assert waits + 2 * endpoints.TIMEOUT_SECONDS < timeout("Recipients") <= GATEWAY_SECONDS


def test_a_failed_message_is_received_five_times_and_kept_for_fourteen_days() -> None:
    assert properties("Deliveries")["RedrivePolicy"]["maxReceiveCount"] == 5
    assert properties("DeadLetters")["MessageRetentionPeriod"] == SQS_LONGEST_RETENTION
    assert properties("DeadLetters")["RedriveAllowPolicy"]["redrivePermission"] == "byQueue"
    for queue in ("Deliveries", "DeadLetters"):
        assert properties(queue)["SqsManagedSseEnabled"] is True


def test_provider_events_come_only_from_the_topic_and_are_kept() -> None:
    queue, dead = properties("EventQueue"), properties("EventDeadLetters")
    assert queue["VisibilityTimeout"] >= 6 * timeout("ProviderEvents")
    assert queue["RedrivePolicy"]["maxReceiveCount"] == 5
    for each in (queue, dead):
        assert each["SqsManagedSseEnabled"] is True
        assert each["MessageRetentionPeriod"] == SQS_LONGEST_RETENTION
    [allowed] = properties("EventQueuePolicy")["PolicyDocument"]["Statement"]
    assert allowed["Principal"] == {"Service": "sns.amazonaws.com"}
    assert allowed["Condition"] == {"ArnEquals": {"aws:SourceArn": {"Ref": "EventTopic"}}}
    # The envelope names the topic, and the function checks it.
    assert "RawMessageDelivery" not in properties("EventSubscription")
    for statement in properties("EventTopicPolicy")["PolicyDocument"]["Statement"]:
        if statement["Effect"] == "Allow":
            assert {"Ref": "AWS::AccountId"} in statement["Condition"]["StringEquals"].values()
    source = properties("EventSource")
    assert source["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert source["ScalingConfig"] == {"MaximumConcurrency": 2}
    destination = properties("EmailEvents")["EventDestination"]
    assert set(destination["MatchingEventTypes"]) == {
        "send", "delivery", "deliveryDelay", "bounce", "complaint", "reject"
    }  # fmt: skip
    assert destination["SnsDestination"] == {"TopicARN": {"Ref": "EventTopic"}}
    assert {"Ref": "EventTopic"} in properties("Migration")["PushApplications"], "migrate must set a new topic again"


def test_the_event_source_reports_single_failures_and_has_a_concurrency_limit() -> None:
    source = properties("DeliverySource")
    assert source["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert source["BatchSize"] == 10
    assert source["ScalingConfig"] == {
        "MaximumConcurrency": {"Fn::FindInMap": ["Sizes", {"Ref": "Size"}, "Deliveries"]}
    }
    assert min(size["Deliveries"] for size in template()["Mappings"]["Sizes"].values()) >= 2  # the least for SQS
    assert "ReservedConcurrentExecutions" not in properties("Deliver")


@pytest.mark.parametrize("function", sorted(SETTINGS))
def test_every_variable_is_a_setting(function: str) -> None:
    known = {name.upper() for model in SETTINGS.values() for name in model.model_fields}
    read = {name.upper() for name in SETTINGS[function].model_fields}
    own = {n for n in properties(function)["Environment"]["Variables"] if not n.startswith("POWERTOOLS_")}
    assert own <= read, "a variable of this function alone, which it does not read"
    assert {n for n in variables(function) if not n.startswith(("POWERTOOLS_", "AWS_", "PYDANTIC_"))} <= known
    assert variables(function)["POWERTOOLS_SERVICE_NAME"] == folder(function)
    required = {name.upper() for name, field in SETTINGS[function].model_fields.items() if field.is_required()}
    assert required <= set(variables(function))


@pytest.mark.parametrize("function", sorted(SETTINGS))
def test_the_settings_load_with_the_defaults_of_the_template(function: str) -> None:
    loaded = SETTINGS[function].load(defaults_of(function))
    for name, field in SETTINGS[function].model_fields.items():
        if name.startswith("default_") or name in ("retention_days", "poll_interval_seconds"):
            assert getattr(loaded, name) == field.default, f"{name}: the template and carillon/settings/ disagree"


def test_every_function_is_in_its_own_file() -> None:
    assert set(functions()) == set(SETTINGS)
    for name, function in functions().items():
        module = MODULES.get(name, folder(name))
        assert function["CodeUri"] == f"functions/{folder(name)}"
        assert function["Handler"] == f"{module}.handler"
        assert (TEMPLATE.parent / "functions" / folder(name) / f"{module}.py").exists()


def test_a_failed_reaper_is_not_retried_before_the_next_minute() -> None:
    reaper = properties("Reaper")
    assert reaper["EventInvokeConfig"] == {"MaximumRetryAttempts": 0}
    assert reaper["Events"]["EveryMinute"]["Properties"]["RetryPolicy"] == {"MaximumRetryAttempts": 0}


def test_links_in_email_lead_to_the_api() -> None:
    """Only deliver creates these links, and no route of the API calls it. So there is no circular dependency."""
    own = {"Fn::If": ["HasDomain", {"Fn::Sub": "https://${DomainName}"}, {"Fn::GetAtt": ["Api", "ApiEndpoint"]}]}
    address = {"Fn::If": ["HasPublicApiUrl", {"Ref": "PublicApiUrl"}, own]}
    assert {name for name in functions() if "API_URL" in variables(name)} == {"Deliver"}
    assert variables("Deliver")["API_URL"] == address
    assert "Events" not in properties("Deliver")


def test_the_schema_is_there_before_any_function_that_needs_it() -> None:
    migration = properties("Migration")
    assert migration["ServiceToken"] == {"Fn::GetAtt": ["Migrate", "Arn"]}
    assert migration["LayerVersion"] == {"Ref": "Layer"}
    for name, resource in template()["Resources"].items():
        if resource["Type"] == "AWS::Serverless::Function" and name not in ("Migrate", *WITHOUT_DATABASE):
            assert '["Migration", ' in json.dumps(variables(name)) or resource["DependsOn"] == "Migration", name


def test_what_auto_means_comes_from_the_migration() -> None:
    """The parameters' own value may be `auto`, which no function understands."""
    for name in CHOICES:
        assert template()["Parameters"][name]["Default"] == AUTO
        assert properties("Migration")[name] == {"Ref": name}, "another value must run migrate again"
    used = {name: variables(name) for name in functions()}
    assert {name for name, each in used.items() if each.get("PRODUCER_SCOPES")} == {"Recipients"}
    for each in used.values():
        assert each.get("PRODUCER_SCOPES", {"Fn::GetAtt": ["Migration", "ProducerScopes"]})["Fn::GetAtt"]
        assert each.get("DEFAULT_EMAIL", {"Fn::GetAtt": ["Migration", "DefaultEmail"]})["Fn::GetAtt"]


def test_every_parameter_has_a_description_and_a_constraint() -> None:
    for name, parameter in template()["Parameters"].items():
        assert len(parameter["Description"]) > 20, name
        assert {"AllowedPattern", "AllowedValues", "MinValue"} & set(parameter), name
        assert ("AllowedPattern" in parameter) == ("ConstraintDescription" in parameter), name
        for value in [parameter.get("Default")] if "AllowedPattern" in parameter and "Default" in parameter else []:
            assert re.fullmatch(parameter["AllowedPattern"], value), f"{name}: its pattern refuses its default"
    assert len(template()["Parameters"]) <= 60, "sam deploy --guided asks for every one"
    required = {name for name, parameter in template()["Parameters"].items() if "Default" not in parameter}
    assert required == {"AppUrl"}, "a person must be able to press Enter for all others"
