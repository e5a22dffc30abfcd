"""The network of template.yaml: which security groups reach each other, and how functions reach AWS."""

from typing import Any

import pytest

from tests.support.template import WITHOUT_DATABASE
from tests.support.translated_template import PROFILES, Worked, listed, named, statements

ANYWHERE = {"0.0.0.0/0", "::/0"}
WAYS = {"HasIpv6": "Ipv6Route", "HasNat": "NatRoute", "HasEndpoints": "SecretsEndpoint"}
ENDPOINT_OF = {"ses": "email"}  # other services have the same name in IAM and in PrivateLink


@pytest.fixture(params=PROFILES)
def worked(request: pytest.FixtureRequest) -> Worked:
    return Worked(PROFILES[request.param])


def rules(worked: Worked, group: str, direction: str) -> list[dict[str, Any]]:
    """Return the rules of a security group: those in its properties, and those that are resources."""
    own = worked.properties(group).get(f"SecurityGroup{direction}", [])
    resources = worked.resources(f"AWS::EC2::SecurityGroup{direction}").values()
    return own + [rule["Properties"] for rule in resources if rule["Properties"]["GroupId"] == f"${{{group}}}"]


def openings(worked: Worked) -> set[tuple[str, str, int]]:
    """Return source group, target group and port for each connection that the rules of both groups allow."""
    groups = sorted(worked.resources("AWS::EC2::SecurityGroup"))
    return {
        (source, target, port)
        for source in groups
        for out in rules(worked, source, "Egress")
        for target in groups
        for into in rules(worked, target, "Ingress")
        for port in range(into["FromPort"], into["ToPort"] + 1)
        if out["IpProtocol"] == into["IpProtocol"] == "tcp"
        and out["FromPort"] <= port <= out["ToPort"]
        and (out.get("DestinationSecurityGroupId") == f"${{{target}}}" or out.get("CidrIp") in ANYWHERE)
        and into.get("SourceSecurityGroupId") == f"${{{source}}}"
    }


def routes(worked: Worked, subnet: str) -> dict[str, str]:
    """Return the gateway of a subnet for each destination."""
    [table] = [
        each["Properties"]["RouteTableId"]
        for each in worked.resources("AWS::EC2::SubnetRouteTableAssociation").values()
        if each["Properties"]["SubnetId"] == f"${{{subnet}}}"
    ]
    found: dict[str, str] = {}
    for route in (each["Properties"] for each in worked.resources("AWS::EC2::Route").values()):
        if route["RouteTableId"] == table:
            to = route.get("DestinationCidrBlock") or route["DestinationIpv6CidrBlock"]
            [found[to]] = [value for key, value in route.items() if key.endswith("GatewayId")]
    return found


def test_the_groups_allow_only_the_needed_connections(worked: Worked) -> None:
    expected: set[tuple[str, str, int]] = set()
    if worked.conditions["MakesDatabase"]:
        expected |= {("FunctionsGroup", "InstanceGroup", 5432)}
    if worked.conditions["HasProxy"]:
        expected |= {("FunctionsGroup", "ProxyGroup", 5432), ("ProxyGroup", "InstanceGroup", 5432)}
    if worked.conditions["HasEndpoints"]:
        expected |= {("FunctionsGroup", "EndpointsGroup", 443)}
    assert openings(worked) == expected
    for name in worked.resources("AWS::EC2::SecurityGroup"):
        for rule in rules(worked, name, "Ingress"):
            assert "SourceSecurityGroupId" in rule, f"{name} allows connections from an address"
        outside = {rule.get("CidrIp") or rule.get("CidrIpv6") for rule in rules(worked, name, "Egress")} & ANYWHERE
        assert outside == (ANYWHERE if name == "FunctionsGroup" else set())
        assert rules(worked, name, "Egress"), f"{name}: without a rule AWS allows every destination"


def test_each_resource_is_in_its_group(worked: Worked) -> None:
    groups = {"AWS::RDS::DBCluster": ("VpcSecurityGroupIds", "Instance"),
              "AWS::RDS::DBProxy": ("VpcSecurityGroupIds", "Proxy")}  # fmt: skip
    for kind, (field, group) in groups.items():
        for each in worked.resources(kind).values():
            assert each["Properties"][field] == [f"${{{group}Group}}"]
    for each in worked.instances().values():
        assert each["Properties"]["VPCSecurityGroups"] == ["${InstanceGroup}"]
    given = ["sg-0a"] if worked.conditions["HasSecurityGroups"] else []
    for each in in_the_network(worked):
        if worked.conditions["MakesDatabase"]:
            assert each["Properties"]["VpcConfig"]["SecurityGroupIds"] == ["${FunctionsGroup}", *given]


def test_the_database_and_all_groups_are_in_a_given_vpc() -> None:
    worked = Worked(PROFILES["vpc"])
    subnets = ["subnet-0a", "subnet-0b"]
    assert worked.properties("InstanceSubnets")["SubnetIds"] == subnets
    assert worked.properties("Proxy")["VpcSubnetIds"] == subnets
    groups = worked.resources("AWS::EC2::SecurityGroup")
    assert set(groups) == {"FunctionsGroup", "InstanceGroup", "ProxyGroup"}
    assert {group["Properties"]["VpcId"] for group in groups.values()} == {"vpc-0a"}
    for function in in_the_network(worked):
        network = function["Properties"]["VpcConfig"]
        assert (network["SubnetIds"], network.get("Ipv6AllowedForDualStack")) == (subnets, None)
        assert function["Properties"]["Environment"]["Variables"]["AWS_USE_DUALSTACK_ENDPOINT"] == "false"
    assert worked.outputs()["FunctionsSecurityGroup"] == "${FunctionsGroup}"


def in_the_network(worked: Worked) -> list[dict[str, Any]]:
    functions = worked.resources("AWS::Lambda::Function")
    assert all("VpcConfig" not in functions[name]["Properties"] for name in WITHOUT_DATABASE if name in functions)
    return [function for name, function in functions.items() if name not in WITHOUT_DATABASE]


def test_functions_can_reach_aws(worked: Worked) -> None:
    functions = in_the_network(worked)
    if not worked.conditions["MakesVpc"]:
        made = {resource["Type"] for resource in worked.resources("AWS::EC2::").values()}
        assert {kind for kind in made if not kind.startswith("AWS::EC2::SecurityGroup")} == set()
        assert bool(made) == worked.conditions["MakesDatabase"]
        assert all(("VpcConfig" in f["Properties"]) == worked.conditions["HasSubnets"] for f in functions)
        return
    for function in (each["Properties"] for each in functions):
        assert function["VpcConfig"]["SubnetIds"] == ["${SubnetA}", "${SubnetB}"]
        assert function["VpcConfig"]["Ipv6AllowedForDualStack"] is worked.conditions["HasIpv6"]
        dual = function["Environment"]["Variables"]["AWS_USE_DUALSTACK_ENDPOINT"]
        assert dual == str(worked.conditions["HasIpv6"]).lower()
    for subnet in ("SubnetA", "SubnetB"):
        ways = routes(worked, subnet)
        if worked.conditions["HasIpv6"]:
            assert ways == {"::/0": "${Ipv6Gateway}"}
            assert worked.properties(subnet)["Ipv6CidrBlock"]
        elif worked.conditions["HasNat"]:
            assert ways == {"0.0.0.0/0": "${NatGateway}"}
            assert worked.properties("NatGateway")["SubnetId"] == "${PublicSubnet}"
            assert routes(worked, "PublicSubnet") == {"0.0.0.0/0": "${InternetGateway}"}
        else:
            assert ways == {}


def test_without_another_way_every_called_service_has_an_endpoint() -> None:
    worked = Worked(PROFILES["proxy"])
    called = {
        action.partition(":")[0]
        for function in worked.resources("AWS::Lambda::Function")
        for statement in statements(worked, f"{function}Role")
        for action in listed(statement["Action"])
    }
    endpoints = [each["Properties"] for each in worked.resources("AWS::EC2::VPCEndpoint").values()]
    interfaces = [each for each in endpoints if each["VpcEndpointType"] == "Interface"]
    names = {each["ServiceName"] for each in interfaces}
    assert names == {f"com.amazonaws.eu-central-1.{ENDPOINT_OF.get(one, one)}" for one in called - {"rds-db"}}
    for each in interfaces:
        assert each["PrivateDnsEnabled"] is True
        assert each["SubnetIds"] == ["${SubnetA}", "${SubnetB}"]
        assert each["SecurityGroupIds"] == ["${EndpointsGroup}"]


def test_migrate_can_answer_at_the_creation_and_at_the_deletion_of_the_stack(worked: Worked) -> None:
    dependencies = named(worked.properties("Migration")["Network"])
    if not worked.conditions["MakesDatabase"]:
        assert dependencies == set()
        return
    if not worked.conditions["MakesVpc"]:
        assert dependencies == {"FunctionsToInstance", "ProxyTarget"}
        return
    [way] = [route for condition, route in WAYS.items() if worked.conditions[condition]]
    endpoints = set(worked.resources("AWS::EC2::VPCEndpoint"))
    assert endpoints <= dependencies, "functions that run right after it need all of them"
    assert {way, "S3Endpoint", "RoutesOfSubnetA", "RoutesOfSubnetB", "FunctionsToInstance"} <= dependencies
    assert ("ProxyTarget" in dependencies) == worked.conditions["HasProxy"]
    bucket = worked.properties("S3Endpoint")
    assert bucket["ServiceName"] == "com.amazonaws.eu-central-1.s3"
    [allowed] = bucket["PolicyDocument"]["Statement"]
    assert allowed["Resource"] == "arn:aws:s3:::cloudformation-custom-resource-response-*"
    assert bucket["RouteTableIds"] == ["${Routes}"]
    assert worked.properties("Migration")["ServiceTimeout"] < 600, "CloudFormation would wait for an hour"
