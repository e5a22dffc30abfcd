"""What template.yaml promises: the times, the settings' names, and who may do what."""

import re
from importlib.resources import files

import pytest

import reaper
import recipients_devices
from carillon import settings
from carillon.aws import endpoints
from carillon.settings import DeliverSettings, ReaperSettings
from tests.support.template import TEMPLATE, defaults_of, functions, properties, template, timeout, variables

SETTINGS = {
    "Create": settings.CreateSettings,
    "Read": settings.ReadSettings,
    "Recipients": settings.RecipientsSettings,
    "Deliver": settings.DeliverSettings,
    "ProviderEvents": settings.ProviderEventsSettings,
    "Reaper": settings.ReaperSettings,
    "Migrate": settings.MigrateSettings,
    "Operator": settings.OperatorSettings,
}
MODULES = {"Operator": "operate"}  # a module `operator` would be Python's own


def folder(function: str) -> str:
    """ProviderEvents is in functions/provider_events."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", function).lower()


LONGEST_WAIT_OF_THE_GATEWAY = 29  # seconds: an HTTP API gives up after 30
SQS_LONGEST_RETENTION = 14 * 24 * 3600


def test_the_times_stand_in_their_order() -> None:
    deliver = DeliverSettings.load(defaults_of("Deliver"))
    reaper = ReaperSettings.load(defaults_of("Reaper"))
    visibility = properties("Deliveries")["VisibilityTimeout"]
    assert deliver.function_timeout_seconds == timeout("Deliver")
    assert timeout("Deliver") < deliver.stuck_after_seconds < visibility
    assert visibility >= 6 * timeout("Deliver")
    # Who holds a lease and who takes it away must mean the same lease.
    assert reaper.stuck_after_seconds == deliver.stuck_after_seconds
    assert reaper.function_timeout_seconds == deliver.function_timeout_seconds
    assert properties("Reaper")["Events"]["EveryMinute"]["Properties"]["Schedule"] == "rate(1 minute)"
    assert reaper.reaper_interval_seconds == 60
    assert timeout("Reaper") < reaper.reaper_interval_seconds


def test_a_push_is_waited_for_as_long_as_its_worker_can_live() -> None:
    """A phone that changes hands may get an endpoint that a worker still holds: 52_devices.sql."""
    text = files("carillon").joinpath("database/schema/functions/52_devices.sql").read_text()
    assert re.findall(r"interval '(\d+) seconds'", text) == [str(timeout("Deliver"))]


def test_the_reapers_last_step_ends_within_its_time() -> None:
    reads = settings.ReaperSettings.load(defaults_of("Reaper"))
    assert reads.dispatch_budget_seconds == 5  # nobody waits for it: a request waits two at most
    # A statement, the dispatch, and taking back what did not leave, begun at the deadline.
    assert reads.dispatch_budget_seconds + 2 < reaper.MARGIN_SECONDS < timeout("Reaper") / 2


def test_the_api_functions_outlive_what_they_wait_for() -> None:
    create = settings.CreateSettings.load(defaults_of("Create"))
    assert {name: timeout(name) for name in ("Create", "Read", "Recipients")} == {
        "Create": 10,
        "Read": 10,
        "Recipients": 15,
    }
    # One lost connection and a second try, then the dispatch.
    assert 2 * create.connect_timeout_seconds + create.dispatch_budget_seconds < timeout("Create")
    # The database before SNS and after it, and a call to SNS that may still begin in between.
    waits = 2 * 2 * create.connect_timeout_seconds + recipients_devices.MARGIN_SECONDS
    assert waits + 2 * endpoints.TIMEOUT_SECONDS < timeout("Recipients") <= LONGEST_WAIT_OF_THE_GATEWAY


def test_a_failed_delivery_is_seen_five_times_and_kept_for_fourteen_days() -> None:
    assert properties("Deliveries")["RedrivePolicy"]["maxReceiveCount"] == 5
    assert properties("DeadLetters")["MessageRetentionPeriod"] == SQS_LONGEST_RETENTION
    assert properties("DeadLetters")["RedriveAllowPolicy"]["redrivePermission"] == "byQueue"
    for queue in ("Deliveries", "DeadLetters"):
        assert properties(queue)["SqsManagedSseEnabled"] is True


def test_what_providers_tell_comes_by_their_topic_alone_and_is_kept() -> None:
    queue, dead = properties("EventQueue"), properties("EventDeadLetters")
    assert queue["VisibilityTimeout"] >= 6 * timeout("ProviderEvents")
    assert queue["RedrivePolicy"]["maxReceiveCount"] == 5
    for each in (queue, dead):
        assert each["SqsManagedSseEnabled"] is True
        assert each["MessageRetentionPeriod"] == SQS_LONGEST_RETENTION
    [allowed] = properties("EventQueuePolicy")["PolicyDocument"]["Statement"]
    assert allowed["Principal"] == {"Service": "sns.amazonaws.com"}
    assert allowed["Condition"] == {"ArnEquals": {"aws:SourceArn": {"Ref": "EventTopic"}}}
    # The envelope names the topic: the function looks at it.
    assert "RawMessageDelivery" not in properties("EventSubscription")
    for statement in properties("EventTopicPolicy")["PolicyDocument"]["Statement"]:
        assert {"Ref": "AWS::AccountId"} in statement["Condition"]["StringEquals"].values()
    source = properties("EventSource")
    assert source["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert source["ScalingConfig"] == {"MaximumConcurrency": 2}
    told = properties("EmailEvents")["EventDestination"]
    assert set(told["MatchingEventTypes"]) == {
        "SEND", "DELIVERY", "DELIVERY_DELAY", "BOUNCE", "COMPLAINT", "REJECT"
    }  # fmt: skip
    assert told["SnsDestination"] == {"TopicARN": {"Ref": "EventTopic"}}
    assert {"Ref": "EventTopic"} in properties("Migration")["PushApplications"], "another topic must be told again"


def test_the_event_source_reports_single_failures_and_is_bounded() -> None:
    source = properties("DeliverySource")
    assert source["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert source["BatchSize"] == 10
    assert source["ScalingConfig"] == {
        "MaximumConcurrency": {"Fn::FindInMap": ["Sizes", {"Ref": "Size"}, "Deliveries"]}
    }
    assert min(size["Deliveries"] for size in template()["Mappings"]["Sizes"].values()) >= 2  # the least for SQS
    assert "ReservedConcurrentExecutions" not in TEMPLATE.read_text()


@pytest.mark.parametrize("function", sorted(SETTINGS))
def test_every_variable_is_a_setting(function: str) -> None:
    known = {name.upper() for model in SETTINGS.values() for name in model.model_fields}
    mine = {name.upper() for name in SETTINGS[function].model_fields}
    own = {n for n in properties(function)["Environment"]["Variables"] if not n.startswith("POWERTOOLS_")}
    assert own <= mine, "a variable of its own that the function does not read"
    assert {n for n in variables(function) if not n.startswith(("POWERTOOLS_", "AWS_"))} <= known
    assert variables(function)["POWERTOOLS_SERVICE_NAME"] == folder(function)
    required = {name.upper() for name, field in SETTINGS[function].model_fields.items() if field.is_required()}
    assert required <= set(variables(function))


@pytest.mark.parametrize("function", sorted(SETTINGS))
def test_the_settings_load_with_the_defaults_of_the_template(function: str) -> None:
    loaded = SETTINGS[function].load(defaults_of(function))
    for name, field in SETTINGS[function].model_fields.items():
        if name.startswith("default_") or name in ("retention_days", "poll_interval_seconds"):
            assert getattr(loaded, name) == field.default, f"{name}: the template and settings.py disagree"


def test_every_function_is_in_its_own_file() -> None:
    assert set(functions()) == set(SETTINGS)
    for name, function in functions().items():
        module = MODULES.get(name, folder(name))
        assert function["CodeUri"] == f"functions/{folder(name)}"
        assert function["Handler"] == f"{module}.handler"
        assert (TEMPLATE.parent / "functions" / folder(name) / f"{module}.py").exists()


def test_a_reaper_that_failed_runs_again_only_with_the_next_minute() -> None:
    reaper = properties("Reaper")
    assert reaper["EventInvokeConfig"] == {"MaximumRetryAttempts": 0}
    assert reaper["Events"]["EveryMinute"]["Properties"]["RetryPolicy"] == {"MaximumRetryAttempts": 0}


def test_links_in_email_lead_to_the_api() -> None:
    """Only deliver makes them, and no route of the API leads to it: neither resource waits for the other."""
    address = {"Fn::If": ["HasPublicApiUrl", {"Ref": "PublicApiUrl"}, {"Fn::GetAtt": ["Api", "ApiEndpoint"]}]}
    assert {name for name in functions() if "API_URL" in variables(name)} == {"Deliver"}
    assert variables("Deliver")["API_URL"] == address
    assert "Events" not in properties("Deliver")


def test_the_schema_is_there_before_any_function_that_needs_it() -> None:
    migration = properties("Migration")
    assert migration["ServiceToken"] == {"Fn::GetAtt": ["Migrate", "Arn"]}
    assert migration["LayerVersion"] == {"Ref": "Layer"}
    for name, resource in template()["Resources"].items():
        if resource["Type"] == "AWS::Serverless::Function" and name != "Migrate":
            assert resource["DependsOn"] == "Migration", name


def test_every_parameter_says_what_it_is_and_what_it_takes() -> None:
    for name, parameter in template()["Parameters"].items():
        assert len(parameter["Description"]) > 20, name
        assert {"AllowedPattern", "AllowedValues"} & set(parameter), name
        assert ("AllowedPattern" in parameter) == ("ConstraintDescription" in parameter), name
        for value in [parameter.get("Default")] if "AllowedPattern" in parameter and "Default" in parameter else []:
            assert re.fullmatch(parameter["AllowedPattern"], value), f"{name}: its own default is refused"
    assert len(template()["Parameters"]) <= 20, "sam deploy --guided asks for every one"
    without = {name for name, parameter in template()["Parameters"].items() if "Default" not in parameter}
    assert without == {"AppUrl"}, "Enter must do for all others"
