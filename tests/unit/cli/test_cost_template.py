"""The copies of the template's values in `cli/cost` are those of the template."""

from typing import Any

import pytest

from carillon.settings.read import ReadSettings
from cli.cost import stacks
from cli.cost.stacks import Database, Network, Size
from cli.cost.usage import Usage
from tests.support.paths import ROOT
from tests.support.template import as_deployed, properties, variables
from tests.support.translated_template import PROFILES, Worked, translated

FUNCTIONS = {
    "create": "Create", "read": "Read", "recipients": "Recipients", "deliver": "Deliver",
    "provider_events": "ProviderEvents", "reaper": "Reaper",
}  # fmt: skip


@pytest.mark.parametrize("size", Size)
def test_the_sizes_have_the_instances_and_rates_of_the_template(size: Size) -> None:
    row = translated()["Mappings"]["Sizes"][size.value]
    assert (row["Instance"], row["Rate"]) == (stacks.SIZES[size].instance, stacks.SIZES[size].rate)


@pytest.mark.parametrize(("parameter", "choices"), [("Size", Size), ("Database", Database), ("Network", Network)])
def test_the_choices_are_those_of_the_parameters(parameter: str, choices: Any) -> None:
    assert translated()["Parameters"][parameter]["AllowedValues"] == [choice.value for choice in choices]


def test_the_memory_of_each_function_is_that_of_the_template() -> None:
    worked = Worked(PROFILES["enter"])
    assert {name: worked.properties(each)["MemorySize"] for name, each in FUNCTIONS.items()} == stacks.MEMORY


def test_batches_and_the_reapers_schedule() -> None:
    sources = translated()["Resources"].values()
    mappings = [each for each in sources if each["Type"] == "AWS::Lambda::EventSourceMapping"]
    assert sum("Condition" not in each for each in mappings) == stacks.QUEUES_WITH_SOURCE
    assert properties("DeliverySource")["BatchSize"] == stacks.DELIVERY_BATCH
    assert properties("EventSource")["BatchSize"] == stacks.EVENT_BATCH
    assert properties("EventSource")["MaximumBatchingWindowInSeconds"] == stacks.EVENT_WINDOW_SECONDS
    # AWS optimises idle pollers away only without this setting, so the model counts all of them.
    assert all("MaximumConcurrency" in properties(name)["ScalingConfig"] for name in ("DeliverySource", "EventSource"))
    assert properties("Reaper")["Events"]["EveryMinute"]["Properties"]["Schedule"] == "rate(1 minute)"
    assert stacks.REAPER_SECONDS == 60


@pytest.mark.parametrize(
    ("given", "database_alarms"),
    [
        (PROFILES["trial"], stacks.DATABASE_ALARMS + stacks.CREDITS_ALARMS),
        (PROFILES["trial"] | {"Size": "large"}, stacks.DATABASE_ALARMS),
        (PROFILES["aurora"], stacks.CLUSTER_ALARMS),
        (PROFILES["existing"] | {"EmailFrom": "hello@example.com"}, 0),
    ],
    ids=["a database of the stack", "a large one", "Aurora", "an existing database"],
)
def test_the_alarms_and_the_dashboard(given: dict[str, str], database_alarms: int) -> None:
    worked = Worked(given)
    assert len(worked.resources("AWS::CloudWatch::Alarm")) == stacks.ALARMS + database_alarms
    assert len(worked.resources("AWS::CloudWatch::Dashboard")) == 1


def test_live_hints_have_the_alarms_the_memory_and_the_polls_of_the_model() -> None:
    on, off = (Worked(PROFILES["production"] | {"Live": live}) for live in ("appsync", "off"))
    alarms = [len(worked.resources("AWS::CloudWatch::Alarm")) for worked in (on, off)]
    assert alarms[0] - alarms[1] == stacks.LIVE_ALARMS
    assert {on.properties(name)["MemorySize"] for name in ("LiveHints", "LiveAuthorizer")} == {stacks.LIVE_MEMORY}
    poller = (ROOT / "web" / "src" / "store" / "poller.ts").read_text("utf-8")
    assert f"const SAFETY = {stacks.LISTENING_POLL_SECONDS};" in poller


def test_storage_retention_and_polls() -> None:
    instance = properties("Instance")
    assert int(instance["AllocatedStorage"]) == stacks.STORAGE_GB
    assert instance["MaxAllocatedStorage"] == stacks.MAX_STORAGE_GB
    assert instance["StorageType"] == "gp3"
    assert int(as_deployed(variables("Reaper")["RETENTION_DAYS"])) == pytest.approx(stacks.RETENTION_MONTHS * 365 / 12)
    assert int(as_deployed(variables("Read")["POLL_INTERVAL_SECONDS"])) == Usage().poll_seconds
    assert ReadSettings.model_fields["poll_interval_seconds"].default == Usage().poll_seconds
    assert properties("Logs")["RetentionInDays"] == properties("AccessLogs")["RetentionInDays"] == 30
    cors = properties("Api")["CorsConfiguration"]["Fn::If"][1]
    assert cors["MaxAge"] == stacks.PREFLIGHT_SECONDS


@pytest.mark.parametrize("size", Size)
def test_the_capacity_of_aurora(size: Size) -> None:
    worked = Worked({"Size": size.value, "Database": "aurora"})
    bounds = worked.properties("Cluster")["ServerlessV2ScalingConfiguration"]
    assert float(bounds["MinCapacity"]) == stacks.LEAST_ACU[size]
    members = worked.resources("AWS::RDS::DBInstance").values()
    assert len(members) == stacks.AURORA_MEMBERS
    assert all(each["Properties"]["PromotionTier"] <= 1 for each in members), "the reader would scale by itself"


def test_the_interface_endpoints() -> None:
    worked = Worked(PROFILES["proxy"])
    endpoints = [
        each["Properties"]
        for each in worked.resources("AWS::EC2::VPCEndpoint").values()
        if each["Properties"]["VpcEndpointType"] == "Interface"
    ]
    assert len(endpoints) == stacks.ENDPOINTS
    assert {len(each["SubnetIds"]) for each in endpoints} == {stacks.ENDPOINT_ZONES}


def test_the_functions_are_traced_and_run_on_arm64_by_default() -> None:
    worked = Worked(PROFILES["enter"])
    for name in FUNCTIONS.values():
        function = worked.properties(name)
        assert function["TracingConfig"] == {"Mode": "Active"}
        assert function["Architectures"] == ["arm64"]
