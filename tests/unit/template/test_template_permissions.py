"""The permissions of template.yaml: what it allows functions, operators and callers of the API."""

import re
from typing import Any, cast

import pytest

from tests.support.template import actions, functions, properties, statements, template, variables
from tests.support.translated_template import PROFILES, Worked, listed

WITHOUT_RESOURCE = {"ses:DeleteSuppressedDestination"}  # IAM defines no resource for it


def test_functions_have_only_the_needed_permissions() -> None:
    connect = {"rds-db:connect"}
    register = {"sns:CreatePlatformEndpoint", "sns:SetEndpointAttributes", "sns:DeleteEndpoint"}
    receive = {"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility"}
    expected = {
        "Create": connect | {"sqs:SendMessage"},
        "Read": connect | {"sqs:SendMessage"},
        "Recipients": connect | register | {"sqs:SendMessage"},
        "Deliver": connect | receive | {"sqs:GetQueueAttributes", "sqs:SendMessage", "ses:SendEmail", "sns:Publish"},
        "LiveHints": receive | {"sqs:GetQueueAttributes", "appsync:EventPublish"},
        "LiveAuthorizer": set[str](),
        "ProviderEvents": connect | receive | {"sqs:GetQueueAttributes"},
        "Reaper": connect | register | {"sqs:SendMessage", "sqs:GetQueueAttributes"},
        "Migrate": connect | {"secretsmanager:GetSecretValue", "sns:SetPlatformApplicationAttributes"},
        "Operator": connect | register | {"sqs:SendMessage", "ses:DeleteSuppressedDestination"},
    }
    assert {name: actions(name) for name in functions()} == expected


@pytest.mark.parametrize("function", sorted(functions()))
def test_every_permission_names_its_resource(function: str) -> None:
    for condition, statement in statements(function):
        resource: Any = statement["Resource"]
        resources = cast("list[Any]", resource if isinstance(resource, list) else [resource])
        queue = {"ProviderEvents": "EventQueue", "LiveHints": "Hints"}.get(function, "Deliveries")
        if condition == "HasLive":
            queue = "Hints"
        for one in resources:
            assert one != "*" or statement["Action"] in WITHOUT_RESOURCE
            if "sqs:" in str(statement["Action"]):
                assert one == {"Fn::GetAtt": [queue, "Arn"]}
        if "rds-db:connect" in str(statement["Action"]):
            user = variables(function)["DATABASE_URL"]["Fn::Sub"][0].removeprefix("postgresql://").partition("@")[0]
            assert resources[0]["Fn::Sub"][0].endswith(f":dbuser:${{ResourceId}}/{user}")
        assert ("secretsmanager" in str(statement["Action"])) <= (condition == "HasSecret")


def test_operators_may_use_the_command_and_nothing_else() -> None:
    [invoke, queues, hints, stack, *diagnosis] = properties("OperatorPolicy")["PolicyDocument"]["Statement"]
    assert (invoke["Action"], invoke["Resource"]) == ("lambda:InvokeFunction", {"Fn::GetAtt": ["Operator", "Arn"]})
    assert {action.partition(":")[0] for action in queues["Action"]} == {"sqs"}
    assert queues["Resource"] == [{"Fn::GetAtt": [name, "Arn"]} for name in ("Deliveries", "DeadLetters")]
    [_, counts, _] = hints["Fn::If"]
    assert (counts["Action"], counts["Resource"]) == ("sqs:GetQueueAttributes", {"Fn::GetAtt": ["Hints", "Arn"]})
    assert stack["Action"] == ["cloudformation:DescribeStacks", "cloudformation:ListStackResources"]
    # tests/unit/cli/doctor/test_rights.py has the rights that the command doctor needs. All of them only read.
    for statement in diagnosis:
        verbs = {action.partition(":")[2] for action in listed(statement["Action"])}
        assert all(verb.startswith(("Describe", "Get", "List")) for verb in verbs)
    assert not properties("Operator").get("Events"), "only IAM may give access to the function"
    outputs = template()["Outputs"]
    assert outputs["OperatorFunctionName"]["Value"] == {"Ref": "Operator"}
    assert outputs["OperatorPolicyArn"]["Value"] == {"Ref": "OperatorPolicy"}


def test_email_is_sent_only_from_one_address() -> None:
    [email] = [statement for _, statement in statements("Deliver") if statement["Action"] == "ses:SendEmail"]
    # All identities: in the sandbox SES also checks that of the recipient.
    assert str(email["Resource"][0]).endswith(":identity/*'}")
    assert email["Condition"] == {"StringEqualsIgnoreCase": {"ses:FromAddress": {"Ref": "EmailFrom"}}}


def test_all_routes_but_the_open_ones_need_a_token() -> None:
    """Without a default authorizer each route names its own, so a new route that forgets it must fail here."""
    api = Worked({}).properties("Api")["Body"]
    security = {
        f"{method} {path}": operation.get("security")
        for path, operations in api["paths"].items()
        for method, operation in operations.items()
    }
    open_routes = {route for route, needed in security.items() if needed is None}
    assert {route.partition(" ")[2] for route in open_routes} == {"/health", "/openapi.json", "/unsubscribe/{token}"}
    assert all(needed == [{"Jwt": []}] for route, needed in security.items() if route not in open_routes)


def test_an_authorizer_that_aws_cannot_make_fails_the_deploy() -> None:
    """AWS ignores what it cannot import, unless it must fail: then nothing may be in the document that it warns of."""
    for given in PROFILES.values():
        api = Worked(given).properties("Api")
        assert api["FailOnWarnings"] is True
        declared = set(api["Body"]["components"]["securitySchemes"])
        named = set(re.findall(r"'security': \[\{'(\w+)'", str(api["Body"]["paths"])))
        assert named == declared == {"Jwt"}, "a scheme that nothing declares may be a warning"
        assert all(path.startswith("/") for path in api["Body"]["paths"]), "$default is a warning"


def test_access_logs_have_the_route_and_never_the_path() -> None:
    log_format = properties("Api")["AccessLogSettings"]["Format"]
    assert "$context.routeKey" in log_format
    assert "$context.path" not in log_format
    assert "$context.httpMethod" not in log_format


def test_a_page_on_another_origin_may_read_the_headers_it_needs() -> None:
    [condition, cors, otherwise] = properties("Api")["CorsConfiguration"]["Fn::If"]
    assert (condition, otherwise) == ("HasOrigins", {"Ref": "AWS::NoValue"}), (
        "without named origins, no page may call the API"
    )
    assert cors["AllowOrigins"] == {"Fn::Split": [",", {"Ref": "AllowedOrigins"}]}
    assert "AllowCredentials" not in cors
    assert set(cors["ExposeHeaders"]) == {"ETag", "Idempotency-Replayed", "Retry-After", "Carillon-Poll-Interval"}
    assert {"Authorization", "Content-Type", "If-None-Match"} <= set(cors["AllowHeaders"])
