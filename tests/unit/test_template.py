"""What template.yaml promises: the times, the settings' names, and who may do what."""

from typing import Any, cast

import pytest

import recipients
from carillon import endpoints, settings
from carillon.settings import DeliverSettings, ReaperSettings
from tests.template import (
    TEMPLATE,
    actions,
    defaults_of,
    functions,
    properties,
    statements,
    template,
    timeout,
    variables,
)

SETTINGS = {
    "Create": settings.CreateSettings,
    "Read": settings.ReadSettings,
    "Recipients": settings.RecipientsSettings,
    "Deliver": settings.DeliverSettings,
    "Reaper": settings.ReaperSettings,
    "Migrate": settings.DatabaseSettings,
    "Operator": settings.OperatorSettings,
}
MODULES = {"Operator": "operate"}  # a module `operator` would be Python's own
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
    waits = 2 * 2 * create.connect_timeout_seconds + recipients.MARGIN_SECONDS
    assert waits + 2 * endpoints.TIMEOUT_SECONDS < timeout("Recipients") <= LONGEST_WAIT_OF_THE_GATEWAY


def test_a_failed_delivery_is_seen_five_times_and_kept_for_fourteen_days() -> None:
    assert properties("Deliveries")["RedrivePolicy"]["maxReceiveCount"] == 5
    assert properties("DeadLetters")["MessageRetentionPeriod"] == SQS_LONGEST_RETENTION
    assert properties("DeadLetters")["RedriveAllowPolicy"]["redrivePermission"] == "byQueue"
    for queue in ("Deliveries", "DeadLetters"):
        assert properties(queue)["SqsManagedSseEnabled"] is True


def test_the_event_source_reports_single_failures_and_is_bounded() -> None:
    source = properties("DeliverySource")
    assert source["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert source["BatchSize"] == 10
    assert source["ScalingConfig"] == {"MaximumConcurrency": {"Ref": "DeliverConcurrency"}}
    assert template()["Parameters"]["DeliverConcurrency"]["MinValue"] == 2
    assert "ReservedConcurrentExecutions" not in TEMPLATE.read_text()


@pytest.mark.parametrize("function", sorted(SETTINGS))
def test_every_variable_is_a_setting(function: str) -> None:
    known = {name.upper() for model in SETTINGS.values() for name in model.model_fields}
    mine = {name.upper() for name in SETTINGS[function].model_fields}
    own = {n for n in properties(function)["Environment"]["Variables"] if not n.startswith("POWERTOOLS_")}
    assert own <= mine, "a variable of its own that the function does not read"
    assert {n for n in variables(function) if not n.startswith("POWERTOOLS_")} <= known
    assert variables(function)["POWERTOOLS_SERVICE_NAME"] == function.lower()
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
        folder, module = name.lower(), MODULES.get(name, name.lower())
        assert function["CodeUri"] == f"functions/{folder}"
        assert function["Handler"] == f"{module}.handler"
        assert (TEMPLATE.parent / "functions" / folder / f"{module}.py").exists()


def test_nobody_may_do_more_than_needed() -> None:
    connect = {"rds-db:connect"}
    register = {"sns:CreatePlatformEndpoint", "sns:SetEndpointAttributes", "sns:DeleteEndpoint"}
    receive = {"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility"}
    expected = {
        "Create": connect | {"sqs:SendMessage"},
        "Read": connect,
        "Recipients": connect | register,
        "Deliver": connect | receive | {"sqs:GetQueueAttributes", "sqs:SendMessage", "ses:SendEmail", "sns:Publish"},
        "Reaper": connect | {"sqs:SendMessage", "sqs:GetQueueAttributes"},
        "Migrate": connect,
        "Operator": connect | register | {"sqs:SendMessage"},
    }
    assert {name: actions(name) for name in functions()} == expected


@pytest.mark.parametrize("function", sorted(SETTINGS))
def test_every_permission_names_its_resource(function: str) -> None:
    for condition, statement in statements(function):
        resource: Any = statement["Resource"]
        resources = cast("list[Any]", resource if isinstance(resource, list) else [resource])
        for one in resources:
            assert one != "*"
            if "sqs:" in str(statement["Action"]):
                assert one == {"Fn::GetAtt": ["Deliveries", "Arn"]}
        if "rds-db:connect" in str(statement["Action"]):
            assert condition == "HasIamAuth"


def test_operators_may_use_the_command_and_nothing_else() -> None:
    [invoke, queues, stack] = properties("OperatorPolicy")["PolicyDocument"]["Statement"]
    assert (invoke["Action"], invoke["Resource"]) == ("lambda:InvokeFunction", {"Fn::GetAtt": ["Operator", "Arn"]})
    assert {action.partition(":")[0] for action in queues["Action"]} == {"sqs"}
    assert queues["Resource"] == [{"Fn::GetAtt": [name, "Arn"]} for name in ("Deliveries", "DeadLetters")]
    assert (stack["Action"], stack["Resource"]) == ("cloudformation:DescribeStacks", {"Ref": "AWS::StackId"})
    assert not properties("Operator").get("Events"), "IAM is the only door"
    outputs = template()["Outputs"]
    assert outputs["OperatorFunctionName"]["Value"] == {"Ref": "Operator"}
    assert outputs["OperatorPolicyArn"]["Value"] == {"Ref": "OperatorPolicy"}


def test_email_leaves_from_one_address_alone() -> None:
    [email] = [statement for _, statement in statements("Deliver") if statement["Action"] == "ses:SendEmail"]
    # Of all identities: in the sandbox SES asks for the recipient's too.
    assert str(email["Resource"][0]).endswith(":identity/*'}")
    assert email["Condition"] == {"StringEqualsIgnoreCase": {"ses:FromAddress": {"Ref": "EmailFrom"}}}


def test_a_reaper_that_failed_runs_again_only_with_the_next_minute() -> None:
    reaper = properties("Reaper")
    assert reaper["EventInvokeConfig"] == {"MaximumRetryAttempts": 0}
    assert reaper["Events"]["EveryMinute"]["Properties"]["RetryPolicy"] == {"MaximumRetryAttempts": 0}


def test_what_anybody_may_ask_is_throttled() -> None:
    settings = properties("Api")["RouteSettings"]
    assert set(settings) == {"GET /health", "GET /openapi.json"}
    for limits in settings.values():
        assert 0 < limits["ThrottlingRateLimit"] <= limits["ThrottlingBurstLimit"] <= 10


def test_all_routes_but_two_need_a_token() -> None:
    api = properties("Api")["Auth"]
    assert api["DefaultAuthorizer"] in api["Authorizers"]
    open_routes = {
        event["Properties"]["Path"]
        for function in functions().values()
        for event in function.get("Events", {}).values()
        if event["Type"] == "HttpApi" and event["Properties"].get("Auth") == {"Authorizer": "NONE"}
    }
    assert open_routes == {"/health", "/openapi.json"}


def test_a_page_on_another_origin_may_read_the_headers_it_needs() -> None:
    cors = properties("Api")["CorsConfiguration"]["Fn::If"][1]
    assert set(cors["ExposeHeaders"]) == {"ETag", "Idempotency-Replayed", "Retry-After", "Carillon-Poll-Interval"}
    assert {"Authorization", "Content-Type", "If-None-Match"} <= set(cors["AllowHeaders"])


def test_access_logs_hold_the_route_and_never_the_path() -> None:
    log_format = properties("Api")["AccessLogSettings"]["Format"]
    assert "$context.routeKey" in log_format
    assert "$context.path" not in log_format
    assert "$context.httpMethod" not in log_format


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
        limits = {"AllowedPattern", "AllowedValues", "MinValue", "MinLength"} & set(parameter)
        assert limits or name == "JwtAudience", name
        assert ("AllowedPattern" in parameter) == ("ConstraintDescription" in parameter), name
    assert template()["Parameters"]["DatabaseUrl"]["NoEcho"] is True
