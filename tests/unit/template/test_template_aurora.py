"""Aurora has the guarantees of the instance, in two zones, and room for the connections of each size."""

from typing import Any

import pytest

from tests.support.translated_template import PROFILES, ROOT, Worked, named, translated

SIZES: dict[str, dict[str, Any]] = translated()["Mappings"]["Sizes"]
# AWS's default of max_connections for a greatest capacity: Aurora User Guide, "Maximum connections for Aurora
# Serverless v2". A smaller number fits into the memory too.
DEFAULT_CONNECTIONS = {1: 189, 4: 823, 8: 1669, 16: 3360}
VCPUS_OF_AN_ACU = 0.25  # db.r6g.large has 2 vCPUs and the memory of 8 ACUs
CPU_OF_A_REQUEST = 0.0016  # seconds: the most that the load test measured (docs/deploy.md)


@pytest.fixture(params=["aurora", "aurora, moved"])
def worked(request: pytest.FixtureRequest) -> Worked:
    return Worked(PROFILES[request.param])


def test_the_cluster_has_the_guarantees_of_the_instance(worked: Worked) -> None:
    instance = Worked(PROFILES["production"]).resources()["Instance"]
    cluster = worked.resources()["Cluster"]
    same = (
        "StorageEncrypted", "DeletionProtection", "EnableIAMDatabaseAuthentication", "ManageMasterUserPassword",
        "BackupRetentionPeriod", "CopyTagsToSnapshot",
    )  # fmt: skip
    assert {name: cluster["Properties"][name] for name in same} == {name: instance["Properties"][name] for name in same}
    assert cluster["DeletionPolicy"] == cluster["UpdateReplacePolicy"] == "Snapshot"
    assert cluster["Properties"]["VpcSecurityGroupIds"] == instance["Properties"]["VPCSecurityGroups"]
    assert cluster["Properties"]["DBSubnetGroupName"] == instance["Properties"]["DBSubnetGroupName"]
    parameters = Worked({"Size": "medium", "Database": "aurora"}).properties("ClusterParameters")["Parameters"]
    instances = Worked(PROFILES["production"]).properties("InstanceParameters")["Parameters"]
    assert parameters == {name: value for name, value in instances.items() if name != "shared_buffers"}
    assert set(worked.instances()) == set()
    assert "InstanceParameters" not in worked.resources()


def test_its_members_are_in_two_zones_and_private_and_the_writer_is_made_first(worked: Worked) -> None:
    members = worked.resources("AWS::RDS::DBInstance")
    assert set(members) == {"Writer", "Reader"}
    zones = {member["Properties"]["AvailabilityZone"] for member in members.values()}
    assert zones == {"${SubnetA.AvailabilityZone}", "${SubnetB.AvailabilityZone}"}
    for member in members.values():
        properties = member["Properties"]
        assert properties["PubliclyAccessible"] is False
        assert properties["DBInstanceClass"] == "db.serverless"
        assert properties["DBClusterIdentifier"] == "${Cluster}"
        assert properties["CACertificateIdentifier"] == "rds-ca-rsa2048-g1"
        assert properties["PromotionTier"] <= 1  # the reader has the capacity to take over
    assert named(members["Reader"]["Metadata"]["After"]) == {"Writer"}
    # migrate needs a writer.
    assert worked.properties("Migration")["Database"] == "${Writer}"


@pytest.mark.parametrize("size", SIZES)
def test_its_capacity_carries_the_connections_and_the_rate_of_the_size(size: str) -> None:
    worked = Worked({"Size": size, "Database": "aurora"})
    bounds = worked.properties("Cluster")["ServerlessV2ScalingConfiguration"]
    lowest, highest = float(bounds["MinCapacity"]), float(bounds["MaxCapacity"])
    connections = int(worked.properties("ClusterParameters")["Parameters"]["max_connections"])
    assert connections == SIZES[size]["Connections"]
    assert connections < DEFAULT_CONNECTIONS[int(highest)]
    assert connections <= 2000  # the most with a lowest capacity below 1
    assert lowest >= 0.5  # the reaper connects each minute, so 0 would never pause
    rate = worked.properties("ApiApiGatewayDefaultStage")["DefaultRouteSettings"]["ThrottlingRateLimit"]
    assert highest * VCPUS_OF_AN_ACU > 2 * rate * CPU_OF_A_REQUEST


def test_a_snapshot_brings_its_database_and_its_administrator() -> None:
    new, moved = (Worked(PROFILES[name]).properties("Cluster") for name in ("aurora", "aurora, moved"))
    assert (new["DatabaseName"], new["MasterUsername"]) == ("carillon", "administrator")
    assert "SnapshotIdentifier" not in new
    assert moved["SnapshotIdentifier"] == PROFILES["aurora, moved"]["DatabaseSnapshot"]
    assert {"DatabaseName", "MasterUsername"}.isdisjoint(moved)


def test_only_migrate_reads_the_clusters_secret(worked: Worked) -> None:
    secret = "${Cluster.MasterUserSecret.SecretArn}"
    assert worked.properties("Migrate")["Environment"]["Variables"]["DATABASE_SECRET_ARN"] == secret
    functions = worked.resources("AWS::Lambda::Function")
    assert [name for name, each in functions.items() if secret in str(each)] == ["Migrate"]


def test_the_proxy_leads_to_the_cluster_once_it_has_a_writer() -> None:
    worked = Worked(PROFILES["aurora, moved"])
    target = worked.resources()["ProxyTarget"]
    assert target["Properties"]["DBClusterIdentifiers"] == ["${Cluster}"]
    assert "DBInstanceIdentifiers" not in target["Properties"]
    assert named(target["Metadata"]["After"]) == {"Writer"}
    instead = Worked(PROFILES["proxy"]).properties("ProxyTarget")
    assert instead["DBInstanceIdentifiers"] == ["${Instance}"]
    assert "DBClusterIdentifiers" not in instead


def test_the_alarms_and_the_dashboard_watch_the_cluster(worked: Worked) -> None:
    alarms = worked.resources("AWS::CloudWatch::Alarm")
    for name in ("ClusterCapacityAlarm", "DatabaseConnectionsAlarm"):
        assert alarms[name]["Properties"]["Dimensions"] == [{"Name": "DBClusterIdentifier", "Value": "${Cluster}"}]
    assert "DatabaseStorageAlarm" not in alarms
    dashboard = str(worked.properties("Dashboard")["DashboardBody"])
    assert "ACUUtilization" in dashboard
    assert "${ClusterCapacityAlarm.Arn}" in dashboard
    assert "DBInstanceIdentifier" not in dashboard
    assert worked.outputs()["DatabaseCluster"] == "${Cluster}"
    assert "DatabaseInstance" not in worked.outputs()


@pytest.mark.parametrize("size", SIZES)
def test_the_page_has_the_capacity_of_the_template(size: str) -> None:
    bounds = translated()["Mappings"]["Capacities"][size]
    page = (ROOT / "docs" / "deploy.md").read_text("utf-8")
    memory, connections = 2 * bounds["Most"], SIZES[size]["Connections"]
    assert f"| `{size}` | {bounds['Least']} | {bounds['Most']} | {memory} GiB | {connections} |" in page
