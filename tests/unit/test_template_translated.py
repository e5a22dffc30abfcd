"""What CloudFormation makes of template.yaml for each way to deploy it."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.translated import PROFILES, ROOT, Worked, named, statements, translated

SIZES: dict[str, dict[str, Any]] = translated()["Mappings"]["Sizes"]
RUNBOOK = (ROOT / "docs" / "operations.md").read_text("utf-8")
# What AWS publishes, by its documentation of each service.
OF_AWS = {
    "AWS/SQS": {"ApproximateNumberOfMessagesVisible"},
    "AWS/Lambda": {"Errors"},
    "AWS/ApiGateway": {"Count", "4xx", "5xx", "Latency"},
    "AWS/SES": {"Reputation.BounceRate", "Reputation.ComplaintRate"},
    "AWS/RDS": {"FreeStorageSpace", "DatabaseConnections", "CPUUtilization"},
}


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


def test_functions_have_a_way_out_and_migrate_waits_for_it(worked: Worked) -> None:
    functions = worked.resources("AWS::Lambda::Function")
    ways = {"HasIpv6": "Ipv6Route", "HasNat": "NatRoute", "HasEndpoints": "SecretsEndpoint"}
    waits = named(worked.properties("Migration")["Network"])
    if not worked.conditions["MakesDatabase"]:
        assert waits == set()
        assert not worked.resources("AWS::EC2::")
        assert all(("VpcConfig" in f["Properties"]) == worked.conditions["HasSubnets"] for f in functions.values())
        return
    [way] = [route for condition, route in ways.items() if worked.conditions[condition]]
    assert {way, "S3Endpoint", "FunctionsToInstance"} <= waits
    for function in functions.values():
        assert function["Properties"]["VpcConfig"]["SubnetIds"] == ["${SubnetA}", "${SubnetB}"]
        assert function["Properties"]["VpcConfig"]["Ipv6AllowedForDualStack"] is worked.conditions["HasIpv6"]
        dual = function["Properties"]["Environment"]["Variables"]["AWS_USE_DUALSTACK_ENDPOINT"]
        assert dual == str(worked.conditions["HasIpv6"]).lower()


def test_a_private_subnet_is_no_way_in(worked: Worked) -> None:
    for name, group in worked.resources("AWS::EC2::SecurityGroup").items():
        for rule in group["Properties"].get("SecurityGroupIngress", []):
            assert rule["SourceSecurityGroupId"] == "${FunctionsGroup}", name
        assert group["Properties"]["SecurityGroupEgress"], f"{name}: AWS would let it out to anywhere"
    for route in worked.resources("AWS::EC2::Route").values():
        assert ("GatewayId" in route["Properties"]) == (route["Properties"]["RouteTableId"] == "${PublicRoutes}")


def test_every_alarm_tells_somebody_and_leads_to_its_runbook(worked: Worked) -> None:
    headings = re.findall(r"^### (.*)$", RUNBOOK, re.MULTILINE)
    anchors = {re.sub(r"[^\w-]", "", heading.lower().replace(" ", "-")) for heading in headings}
    alarms = worked.resources("AWS::CloudWatch::Alarm")
    assert len(alarms) == 6 + 2 * worked.conditions["HasEmail"] + 2 * worked.conditions["MakesDatabase"]
    for name, alarm in alarms.items():
        properties = alarm["Properties"]
        assert properties["AlarmActions"] == properties["OKActions"] == ["${AlarmTopic}"], name
        [anchor] = re.findall(r"Runbook: docs/operations\.md#([\w-]+)$", properties["AlarmDescription"])
        assert anchor in anchors, name
    shown = json.loads(worked.properties("Dashboard")["DashboardBody"])["widgets"]
    assert {arn[2:-5] for arn in shown[0]["properties"]["alarms"]} == set(alarms)


def test_what_is_watched_is_published(worked: Worked) -> None:
    for namespace, metric, _ in watched(worked):
        if namespace != "Carillon/carillon":
            assert metric in OF_AWS[namespace]


def test_the_dashboard_names_its_metrics_in_full(worked: Worked) -> None:
    assert {("Carillon/carillon", "OldestDueSeconds", "reaper"), ("Carillon/carillon", "EmailSent", "deliver")} <= set(
        watched(worked)
    )


def watched(worked: Worked) -> list[tuple[str, str, str]]:
    """Namespace, metric and the first dimension's value of all that alarms and the dashboard look at."""
    found: list[tuple[str, str, str]] = []
    for alarm in worked.resources("AWS::CloudWatch::Alarm").values():
        properties = alarm["Properties"]
        found.append((properties["Namespace"], properties["MetricName"], properties["Dimensions"][0]["Value"]))
    for widget in json.loads(worked.properties("Dashboard")["DashboardBody"])["widgets"]:
        last: list[str] = []
        for line in widget["properties"].get("metrics", []):
            words = [word for word in line if isinstance(word, str)]
            if words[0] == "...":
                words = last[:-1] + words[1:]
            last = [before if word == "." else word for word, before in zip(words, last or words, strict=True)]
            found.append((last[0], last[1], last[3]))
    return found


def test_the_first_email_is_told_how_to_get_there() -> None:
    outputs = Worked({"EmailFrom": "hello@mail.example.com"}).outputs()
    assert outputs["DnsMailFromMx"] == "mail.mail.example.com MX 10 feedback-smtp.eu-central-1.amazonses.com"
    assert outputs["DnsMailFromSpf"] == 'mail.mail.example.com TXT "v=spf1 include:amazonses.com ~all"'
    assert outputs["DnsDmarc"].startswith("_dmarc.mail.example.com TXT")
    assert "carillon smoke" in outputs["NextSteps"]
    assert not [name for name in Worked({}).outputs() if name.startswith("Dns")]


def test_the_page_of_the_deploy_is_there() -> None:
    assert Path(ROOT, "docs", "deploy.md").exists()
