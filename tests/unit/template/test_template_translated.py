"""What CloudFormation makes of template.yaml for each way to deploy it."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from carillon.settings import CreateSettings
from tests.support.template import defaults_of
from tests.support.translated_template import PROFILES, ROOT, Worked, named, statements, translated

SIZES: dict[str, dict[str, Any]] = translated()["Mappings"]["Sizes"]


@pytest.fixture(params=PROFILES)
def worked(request: pytest.FixtureRequest) -> Worked:
    return Worked(PROFILES[request.param])


def test_each_condition_holds_in_one_profile_and_not_in_another() -> None:
    seen = [Worked(given).conditions for given in PROFILES.values()]
    for condition in translated()["Conditions"]:
        assert {conditions[condition] for conditions in seen} == {True, False}, condition


def test_whatever_is_named_is_there(worked: Worked) -> None:
    resources = worked.resources()
    for name, resource in resources.items():
        waits: Any = resource.get("DependsOn", [])
        wanted = named(resource) | set([waits] if isinstance(waits, str) else waits)
        assert wanted - {"AWS::NoValue"} <= set(resources), name
    assert named(worked.outputs()) <= set(resources)


def test_no_resource_is_made_for_nothing() -> None:
    """Each is made in some profile and, if another names it nowhere, stands for itself."""
    made = {name for given in PROFILES.values() for name in Worked(given).resources()}
    assert made == set(translated()["Resources"])


@pytest.mark.parametrize("size", SIZES)
def test_connections_never_exceed_what_the_database_allows(size: str) -> None:
    worked = Worked({"Size": size})
    functions = worked.resources("AWS::Lambda::Function")
    api = {
        name
        for name in functions
        if any(name in named(p) for p in worked.resources("AWS::Lambda::Permission").values())
    }
    longest = max(functions[name]["Properties"]["Timeout"] for name in api - {"Reaper"})
    throttle = worked.properties("ApiApiGatewayDefaultStage")["DefaultRouteSettings"]
    sources = worked.resources("AWS::Lambda::EventSourceMapping").values()
    queues = sum(source["Properties"]["ScalingConfig"]["MaximumConcurrency"] for source in sources)
    most = (
        throttle["ThrottlingRateLimit"] * longest
        + throttle["ThrottlingBurstLimit"]
        + queues
        + 2 * len({"Reaper", "Operator"})  # runs may overlap
    )
    allowed = int(worked.properties("InstanceParameters")["Parameters"]["max_connections"])
    assert most < 0.8 * allowed
    assert longest == 15
    assert worked.properties("DatabaseConnectionsAlarm")["Threshold"] == 0.75 * allowed
    # The proxy takes no more than the role may.
    proxied = Worked({"Size": size, "Database": "multi-az-proxy"}).properties("ProxyTarget")
    assert proxied["ConnectionPoolConfigurationInfo"]["MaxConnectionsPercent"] < 80


def test_nothing_at_rest_is_in_clear_and_the_database_takes_nothing_but_tls(worked: Worked) -> None:
    for name, queue in worked.resources("AWS::SQS::Queue").items():
        assert queue["Properties"]["SqsManagedSseEnabled"] is True, name
    for instance in worked.resources("AWS::RDS::DBInstance").values():
        properties = instance["Properties"]
        assert properties["StorageEncrypted"] is properties["DeletionProtection"] is True
        assert properties["PubliclyAccessible"] is False
        assert properties["EnableIAMDatabaseAuthentication"] is properties["ManageMasterUserPassword"] is True
        assert properties["BackupRetentionPeriod"] >= 7
        assert instance["DeletionPolicy"] == instance["UpdateReplacePolicy"] == "Snapshot"
        assert worked.properties("InstanceParameters")["Parameters"]["rds.force_ssl"] == "1"
    for proxy in worked.resources("AWS::RDS::DBProxy").values():
        assert proxy["Properties"]["RequireTLS"] is True
        assert proxy["Properties"]["DefaultAuthScheme"] == "IAM_AUTH"


def test_no_function_holds_a_password_and_only_migrate_may_read_one(worked: Worked) -> None:
    for name, function in worked.resources("AWS::Lambda::Function").items():
        variables = function["Properties"]["Environment"]["Variables"]
        user = "carillon_owner" if name == "Migrate" else "carillon"
        assert re.fullmatch(rf"postgresql://{user}@[^:@]+(:[^:@]+)?/\w+", variables["DATABASE_URL"])
        assert variables["DATABASE_IAM_AUTH"] == "true"
        mine = statements(worked, f"{name}Role")
        assert any("secretsmanager" in str(each["Action"]) for each in mine) == (
            name == "Migrate" and worked.conditions["HasSecret"]
        )
        [connect] = [each for each in mine if each["Action"] == "rds-db:connect"]
        assert connect["Resource"].endswith(f"/{user}")


def test_what_is_signed_for_is_what_is_connected_to(worked: Worked) -> None:
    """With a proxy, functions sign in at the proxy, and migrate, which needs the administrator, at the instance."""
    for name in ("Create", "Migrate"):
        address = worked.properties(name)["Environment"]["Variables"]["DATABASE_URL"]
        [connect] = [each for each in statements(worked, f"{name}Role") if each["Action"] == "rds-db:connect"]
        if worked.conditions["HasProxy"] and name == "Create":
            assert "${Proxy.Endpoint}" in address
            assert "Proxy.DBProxyArn" in connect["Resource"]
        elif worked.conditions["MakesDatabase"]:
            assert "${Instance.Endpoint.Address}" in address
            assert "${Instance.DbiResourceId}" in connect["Resource"]
        else:
            assert address.endswith("@db.example.com:5432/app")
            assert ":dbuser:db-EXAMPLE/" in connect["Resource"]


def test_no_permission_is_for_everything(worked: Worked) -> None:
    for name in worked.resources("AWS::IAM::Role"):
        for statement in statements(worked, name):
            actions = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
            assert not [action for action in actions if "*" in action], name
            assert statement["Resource"] != "*" or actions == ["ses:DeleteSuppressedDestination"], name


def test_phones_of_both_platforms_have_the_same_policies() -> None:
    worked = Worked(PROFILES["proxy"])
    for what in ("Register", "Configure", "Publish"):
        apns, fcm = (worked.properties(f"{platform}{what}")["PolicyDocument"] for platform in ("Apns", "Fcm"))
        assert json.loads(json.dumps(apns).replace("/APNS/", "/GCM/")) == fcm, what
        assert "/APNS/" in json.dumps(apns)
        assert "/GCM/" in json.dumps(fcm)


def test_the_page_of_the_deploy_is_there() -> None:
    assert Path(ROOT, "docs", "deploy.md").exists()


def test_what_may_be_refused_comes_before_the_database(worked: Worked) -> None:
    """A database that is there is protected from a rollback: a first deploy must fail before it, if it does."""
    identities = set(worked.resources("AWS::SES::EmailIdentity"))
    for instance in worked.resources("AWS::RDS::DBInstance").values():
        assert named(instance["Metadata"]["After"]) == identities


def test_every_function_logs_to_the_one_group_and_is_traced(worked: Worked) -> None:
    for name, function in worked.resources("AWS::Lambda::Function").items():
        assert function["Properties"]["LoggingConfig"] == {"LogGroup": "${Logs}"}, name
        assert function["Properties"]["TracingConfig"] == {"Mode": "Active"}, name
    for name, group in worked.resources("AWS::Logs::LogGroup").items():
        assert group["Properties"]["RetentionInDays"] == 30, name


def test_what_is_kept_when_a_stack_goes_or_changes(worked: Worked) -> None:
    kept = {name: each["DeletionPolicy"] for name, each in worked.resources().items() if "DeletionPolicy" in each}
    layers = set(worked.resources("AWS::Lambda::LayerVersion"))
    pools = set(worked.resources("AWS::Cognito::UserPool"))
    assert {name for name, policy in kept.items() if policy == "Retain"} == layers | pools, (
        "a rollback needs the layers"
    )
    assert {name for name, policy in kept.items() if policy == "Snapshot"} == set(
        worked.resources("AWS::RDS::DBInstance")
    )


def test_what_ends_nobody_waits_for_at_the_database(worked: Worked) -> None:
    for group in worked.resources("AWS::RDS::DBParameterGroup").values():
        given = group["Properties"]["Parameters"]
        assert 60_000 <= int(given["statement_timeout"]) <= 300_000  # milliseconds: migrate has 300 s in all
        assert int(given["idle_in_transaction_session_timeout"]) == 60_000
    for instance in worked.resources("AWS::RDS::DBInstance").values():
        assert instance["Properties"]["MultiAZ"] is worked.conditions["HasTwoZones"]
    for target in worked.resources("AWS::RDS::DBProxyTargetGroup").values():
        waits = target["Properties"]["ConnectionPoolConfigurationInfo"]["ConnectionBorrowTimeout"]
        assert waits == CreateSettings.load(defaults_of("Create")).connect_timeout_seconds


def test_the_layer_is_for_the_processor_of_its_functions() -> None:
    for architecture in ("arm64", "x86_64"):
        worked = Worked({"Architecture": architecture})
        [layer] = worked.resources("AWS::Lambda::LayerVersion").values()
        assert layer["Properties"]["CompatibleArchitectures"] == [architecture]
        for function in worked.resources("AWS::Lambda::Function").values():
            assert function["Properties"]["Architectures"] == [architecture]


def test_a_dead_letter_goes_where_it_is_looked_for(worked: Worked) -> None:
    for queue, dead in (("Deliveries", "DeadLetters"), ("EventQueue", "EventDeadLetters")):
        assert worked.properties(queue)["RedrivePolicy"]["deadLetterTargetArn"] == f"${{{dead}.Arn}}"
        [source] = worked.properties(dead)["RedriveAllowPolicy"]["sourceQueueArns"]
        assert source == worked.arn(f"${{{queue}.Arn}}")


def test_what_the_command_and_the_pages_ask_of_a_stack_is_among_its_outputs() -> None:
    outputs = translated()["Outputs"]
    commands = "".join(path.read_text("utf-8") for path in sorted((ROOT / "cli").glob("*.py")))
    asked = set(re.findall(r'"([A-Z]\w+(?:Url|FunctionName))"', commands))
    pages = "".join(path.read_text("utf-8") for path in sorted((ROOT / "docs").glob("*.md")))
    asked |= set(re.findall(r"output `([A-Z]\w+)`", pages)) | set(re.findall(r"OutputKey=='(\w+)'", pages))
    assert {"ApiUrl", "DatabaseInstance", "DeadLetterQueueUrl", "OperatorFunctionName", "OperatorPolicyArn"} <= asked
    assert asked <= set(outputs)
