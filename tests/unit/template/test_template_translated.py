"""The resources that CloudFormation creates from template.yaml, for each way to deploy it."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from benchmarks.capacity.sizes import BUSY_SECONDS
from carillon.settings import CreateSettings
from tests.support.template import WITHOUT_DATABASE, defaults_of
from tests.support.translated_template import PROFILES, ROOT, Worked, named, statements, translated

ROLES = {"Migrate": "carillon_owner", "Read": "carillon_read", "Create": "carillon_api", "Recipients": "carillon_api"}
SIZES: dict[str, dict[str, Any]] = translated()["Mappings"]["Sizes"]


@pytest.fixture(params=PROFILES)
def worked(request: pytest.FixtureRequest) -> Worked:
    return Worked(PROFILES[request.param])


def test_each_condition_is_true_in_one_profile_and_false_in_another() -> None:
    all_conditions = [Worked(given).conditions for given in PROFILES.values()]
    for condition in translated()["Conditions"]:
        assert {conditions[condition] for conditions in all_conditions} == {True, False}, condition


def test_every_resource_that_is_named_exists(worked: Worked) -> None:
    resources = worked.resources()
    for name, resource in resources.items():
        depends_on: Any = resource.get("DependsOn", [])
        wanted = named(resource) | set([depends_on] if isinstance(depends_on, str) else depends_on)
        assert wanted - {"AWS::NoValue"} <= set(resources), name
    assert named(worked.outputs()) <= set(resources)


def test_every_resource_is_created_in_some_profile() -> None:
    created = {name for given in PROFILES.values() for name in Worked(given).resources()}
    assert created == set(translated()["Resources"])


@pytest.mark.parametrize("size", SIZES)
def test_functions_need_less_connections_than_the_database_allows(size: str) -> None:
    worked = Worked({"Size": size})
    throttle = worked.properties("ApiApiGatewayDefaultStage")["DefaultRouteSettings"]
    mappings = worked.resources("AWS::Lambda::EventSourceMapping").items()
    sources = [source for name, source in mappings if name != "HintSource"]  # its function needs no connection
    queues = sum(source["Properties"]["ScalingConfig"]["MaximumConcurrency"] for source in sources)
    most = (
        throttle["ThrottlingRateLimit"] * BUSY_SECONDS
        + throttle["ThrottlingBurstLimit"]
        + queues
        + 2 * len({"Reaper", "Operator"})  # runs may overlap
    )
    allowed = int(worked.properties("InstanceParameters")["Parameters"]["max_connections"])
    assert most < 0.8 * allowed
    reserved = {
        name: each["Properties"].get("ReservedConcurrentExecutions")
        for name, each in Worked({"Size": size, "ReservedConcurrency": "on"}).resources("AWS::Lambda::Function").items()
    }
    api = sum(many for many in reserved.values() if many)
    assert api + queues + 2 * len({"Reaper", "Operator"}) < 0.8 * allowed
    assert not any(
        "ReservedConcurrentExecutions" in each["Properties"]
        for each in worked.resources("AWS::Lambda::Function").values()
    )
    assert worked.properties("DatabaseConnectionsAlarm")["Threshold"] == 0.75 * allowed
    if size == "micro":  # a rule of the template refuses it with the proxy
        assert translated()["Rules"]["AProxyHasConnectionsToShare"]
        return
    # The proxy may use fewer connections than the roles together, and more than those of the API.
    proxied = Worked({"Size": size, "Database": "multi-az-proxy"}).properties("ProxyTarget")
    most_of_api = 65
    at_proxy = proxied["ConnectionPoolConfigurationInfo"]["MaxConnectionsPercent"]
    assert at_proxy < 80
    assert queues + 2 * len({"Reaper", "Operator"}) <= (at_proxy - most_of_api) / 100 * allowed


def test_everything_is_encrypted_at_rest_and_the_database_requires_tls(worked: Worked) -> None:
    for name, queue in worked.resources("AWS::SQS::Queue").items():
        assert queue["Properties"]["SqsManagedSseEnabled"] is True, name
    for instance in worked.instances().values():
        properties = instance["Properties"]
        assert properties["StorageEncrypted"] is properties["DeletionProtection"] is True
        assert properties["PubliclyAccessible"] is False
        assert properties["EnableIAMDatabaseAuthentication"] is properties["ManageMasterUserPassword"] is True
        # The free plan of AWS allows one day, and no second zone.
        assert properties["BackupRetentionPeriod"] == (7 if properties["MultiAZ"] else 1)
        assert instance["DeletionPolicy"] == instance["UpdateReplacePolicy"] == "Snapshot"
        assert worked.properties("InstanceParameters")["Parameters"]["rds.force_ssl"] == "1"
    for proxy in worked.resources("AWS::RDS::DBProxy").values():
        assert proxy["Properties"]["RequireTLS"] is True
        assert proxy["Properties"]["DefaultAuthScheme"] == "IAM_AUTH"


def test_no_function_has_a_password_and_only_migrate_may_read_one(worked: Worked) -> None:
    for name, function in worked.resources("AWS::Lambda::Function").items():
        variables = function["Properties"]["Environment"]["Variables"]
        user = ROLES.get(name, "carillon")
        assert re.fullmatch(rf"postgresql://{user}@[^:@]+(:[^:@]+)?/\w+", variables["DATABASE_URL"])
        assert variables["DATABASE_IAM_AUTH"] == "true"
        of_function = statements(worked, f"{name}Role")
        if name in WITHOUT_DATABASE:
            assert "rds-db" not in str(of_function)
            assert "secretsmanager" not in str(of_function)
            continue
        assert any("secretsmanager" in str(each["Action"]) for each in of_function) == (
            name == "Migrate" and worked.conditions["HasSecret"]
        )
        [connect] = [each for each in of_function if each["Action"] == "rds-db:connect"]
        assert connect["Resource"].rpartition("/")[2] == user


def test_the_proxy_signs_in_as_each_role_of_functions(worked: Worked) -> None:
    for name in worked.resources("AWS::RDS::DBProxy"):
        [statement] = statements(worked, f"{name}Role")
        assert {one.rpartition("/")[2] for one in statement["Resource"]} == {"carillon", *ROLES.values()} - {
            "carillon_owner"
        }


def test_a_function_may_sign_in_where_its_database_url_leads(worked: Worked) -> None:
    """With a proxy, functions sign in at the proxy. Migrate needs the administrator, so it uses the instance."""
    for name in worked.resources("AWS::Lambda::Function").keys() - set(WITHOUT_DATABASE):
        address = worked.properties(name)["Environment"]["Variables"]["DATABASE_URL"]
        [connect] = [each for each in statements(worked, f"{name}Role") if each["Action"] == "rds-db:connect"]
        if worked.conditions["HasProxy"] and name != "Migrate":
            assert "${Proxy.Endpoint}" in address
            assert "Proxy.DBProxyArn" in connect["Resource"]
        elif worked.conditions["MakesCluster"]:
            assert "${Cluster.Endpoint.Address}" in address
            assert "${Cluster.DBClusterResourceId}" in connect["Resource"]
        elif worked.conditions["MakesDatabase"]:
            assert "${Instance.Endpoint.Address}" in address
            assert "${Instance.DbiResourceId}" in connect["Resource"]
        else:
            assert address.endswith("@db.example.com:5432/app")
            assert ":dbuser:db-EXAMPLE/" in connect["Resource"]


def test_no_permission_has_a_wildcard(worked: Worked) -> None:
    for name in worked.resources("AWS::IAM::Role"):
        for statement in statements(worked, name):
            actions = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
            assert not [action for action in actions if "*" in action], name
            assert statement["Resource"] != "*" or actions == ["ses:DeleteSuppressedDestination"], name


def test_both_push_platforms_have_the_same_policies() -> None:
    worked = Worked(PROFILES["proxy"])
    for what in ("Register", "Configure", "Publish"):
        apns, fcm = (worked.properties(f"{platform}{what}")["PolicyDocument"] for platform in ("Apns", "Fcm"))
        assert json.loads(json.dumps(apns).replace("/APNS/", "/GCM/")) == fcm, what
        assert "/APNS/" in json.dumps(apns)
        assert "/GCM/" in json.dumps(fcm)


def test_the_page_about_the_deploy_exists() -> None:
    assert Path(ROOT, "docs", "deploy.md").exists()


def test_resources_that_aws_may_refuse_come_before_the_database(worked: Worked) -> None:
    """A database is protected from deletion, so a rollback fails. A first deploy must fail before it exists."""
    identities = set(worked.resources("AWS::SES::EmailIdentity"))
    domains = set(worked.resources("AWS::ApiGatewayV2::DomainName"))
    for database in (worked.instances() | worked.resources("AWS::RDS::DBCluster")).values():
        assert named(database["Metadata"]["After"]) == identities | domains


def test_every_function_logs_to_the_one_group_and_is_traced(worked: Worked) -> None:
    only_warnings = {} if worked.conditions["HasPlatformLogs"] else {"LogFormat": "JSON", "SystemLogLevel": "WARN"}
    for name, function in worked.resources("AWS::Lambda::Function").items():
        assert function["Properties"]["LoggingConfig"] == {"LogGroup": "${Logs}"} | only_warnings, name
        assert function["Properties"]["TracingConfig"] == {"Mode": "Active"}, name
    for name, group in worked.resources("AWS::Logs::LogGroup").items():
        assert group["Properties"]["RetentionInDays"] == 30, name


def test_layers_pools_and_a_snapshot_outlive_the_stack(worked: Worked) -> None:
    kept = {name: each["DeletionPolicy"] for name, each in worked.resources().items() if "DeletionPolicy" in each}
    layers = set(worked.resources("AWS::Lambda::LayerVersion"))
    pools = set(worked.resources("AWS::Cognito::UserPool"))
    assert {name for name, policy in kept.items() if policy == "Retain"} == layers | pools, (
        "a rollback needs the layers"
    )
    databases = worked.instances() | worked.resources("AWS::RDS::DBCluster")
    assert {name for name, policy in kept.items() if policy == "Snapshot"} == set(databases)


def test_the_database_ends_long_statements_and_idle_transactions(worked: Worked) -> None:
    groups = worked.resources("AWS::RDS::DBParameterGroup") | worked.resources("AWS::RDS::DBClusterParameterGroup")
    assert len(groups) == worked.conditions["MakesDatabase"]
    for group in groups.values():
        given = group["Properties"]["Parameters"]
        assert 60_000 <= int(given["statement_timeout"]) <= 300_000  # milliseconds: migrate has 300 s in all
        assert int(given["idle_in_transaction_session_timeout"]) == 60_000
    for instance in worked.instances().values():
        assert instance["Properties"]["MultiAZ"] is worked.conditions["HasTwoZones"]
    for target in worked.resources("AWS::RDS::DBProxyTargetGroup").values():
        waits = target["Properties"]["ConnectionPoolConfigurationInfo"]["ConnectionBorrowTimeout"]
        assert waits == CreateSettings.load(defaults_of("Create")).connect_timeout_seconds


def test_the_layer_and_the_functions_have_the_same_processor() -> None:
    for architecture in ("arm64", "x86_64"):
        worked = Worked({"Architecture": architecture})
        [layer] = worked.resources("AWS::Lambda::LayerVersion").values()
        assert layer["Properties"]["CompatibleArchitectures"] == [architecture]
        for function in worked.resources("AWS::Lambda::Function").values():
            assert function["Properties"]["Architectures"] == [architecture]


def test_each_queue_has_its_own_dead_letter_queue(worked: Worked) -> None:
    for queue, dead in (("Deliveries", "DeadLetters"), ("EventQueue", "EventDeadLetters")):
        assert worked.properties(queue)["RedrivePolicy"]["deadLetterTargetArn"] == f"${{{dead}.Arn}}"
        [source] = worked.properties(dead)["RedriveAllowPolicy"]["sourceQueueArns"]
        assert source == worked.arn(f"${{{queue}.Arn}}")


def test_the_stack_has_the_outputs_that_the_command_and_the_docs_name() -> None:
    outputs = translated()["Outputs"]
    commands = "".join(path.read_text("utf-8") for path in sorted((ROOT / "cli").glob("*.py")))
    used = set(re.findall(r'"([A-Z]\w+(?:Url|FunctionName))"', commands))
    pages = "".join(path.read_text("utf-8") for path in sorted((ROOT / "docs").glob("*.md"))).replace("`NAME`", "")
    used |= set(re.findall(r"output `([A-Z]\w+)`", pages)) | set(re.findall(r"OutputKey=='(\w+)'", pages))
    assert {"ApiUrl", "DatabaseInstance", "DeadLetterQueueUrl", "OperatorFunctionName", "OperatorPolicyArn"} <= used
    assert used <= set(outputs)
