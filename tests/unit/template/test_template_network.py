"""Who reaches whom in the network of template.yaml, and by which way functions reach AWS."""

from typing import Any

import pytest

from tests.support.translated_template import PROFILES, Worked, listed, named, statements

ANYWHERE = {"0.0.0.0/0", "::/0"}
WAYS = {"HasIpv6": "Ipv6Route", "HasNat": "NatRoute", "HasEndpoints": "SecretsEndpoint"}
ENDPOINT_OF = {"ses": "email"}  # other services are called the same in IAM and in PrivateLink


@pytest.fixture(params=PROFILES)
def worked(request: pytest.FixtureRequest) -> Worked:
    return Worked(PROFILES[request.param])


def rules(worked: Worked, group: str, direction: str) -> list[dict[str, Any]]:
    """The rules of a security group: its own, and those that stand by themselves."""
    own = worked.properties(group).get(f"SecurityGroup{direction}", [])
    apart = worked.resources(f"AWS::EC2::SecurityGroup{direction}").values()
    return own + [rule["Properties"] for rule in apart if rule["Properties"]["GroupId"] == f"${{{group}}}"]


def openings(worked: Worked) -> set[tuple[str, str, int]]:
    """From which group to which, at which port: where one lets it out, and the other in."""
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
    """Where a subnet sends what is for an address outside."""
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


def test_nobody_reaches_more_than_needed(worked: Worked) -> None:
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
            assert "SourceSecurityGroupId" in rule, f"{name} lets in an address"
        outside = {rule.get("CidrIp") or rule.get("CidrIpv6") for rule in rules(worked, name, "Egress")} & ANYWHERE
        assert outside == (ANYWHERE if name == "FunctionsGroup" else set())
        assert rules(worked, name, "Egress"), f"{name}: AWS would let it out to anywhere"


def test_who_is_in_which_group(worked: Worked) -> None:
    in_group = {"AWS::RDS::DBInstance": ("VPCSecurityGroups", "Instance"),
                "AWS::RDS::DBProxy": ("VpcSecurityGroupIds", "Proxy")}  # fmt: skip
    for kind, (field, group) in in_group.items():
        for each in worked.resources(kind).values():
            assert each["Properties"][field] == [f"${{{group}Group}}"]
    for each in worked.resources("AWS::Lambda::Function").values():
        if worked.conditions["MakesDatabase"]:
            assert each["Properties"]["VpcConfig"]["SecurityGroupIds"] == ["${FunctionsGroup}"]


def test_functions_have_a_way_out(worked: Worked) -> None:
    functions = worked.resources("AWS::Lambda::Function").values()
    if not worked.conditions["MakesDatabase"]:
        assert not worked.resources("AWS::EC2::")
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


def test_what_functions_call_has_an_endpoint_where_there_is_no_other_way() -> None:
    worked = Worked(PROFILES["proxy"])
    called = {
        action.partition(":")[0]
        for function in worked.resources("AWS::Lambda::Function")
        for statement in statements(worked, f"{function}Role")
        for action in listed(statement["Action"])
    }
    made = [each["Properties"] for each in worked.resources("AWS::EC2::VPCEndpoint").values()]
    interfaces = [each for each in made if each["VpcEndpointType"] == "Interface"]
    names = {each["ServiceName"] for each in interfaces}
    assert names == {f"com.amazonaws.eu-central-1.{ENDPOINT_OF.get(one, one)}" for one in called - {"rds-db"}}
    for each in interfaces:
        assert each["PrivateDnsEnabled"] is True
        assert each["SubnetIds"] == ["${SubnetA}", "${SubnetB}"]
        assert each["SecurityGroupIds"] == ["${EndpointsGroup}"]


def test_migrate_can_answer_when_the_stack_is_made_and_when_it_is_deleted(worked: Worked) -> None:
    waits = named(worked.properties("Migration")["Network"])
    if not worked.conditions["MakesDatabase"]:
        assert waits == set()
        return
    [way] = [route for condition, route in WAYS.items() if worked.conditions[condition]]
    assert {way, "S3Endpoint", "RoutesOfSubnetA", "RoutesOfSubnetB", "FunctionsToInstance"} <= waits
    assert ("ProxyTarget" in waits) == worked.conditions["HasProxy"]
    bucket = worked.properties("S3Endpoint")
    assert bucket["ServiceName"] == "com.amazonaws.eu-central-1.s3"
    [allowed] = bucket["PolicyDocument"]["Statement"]
    assert allowed["Resource"] == "arn:aws:s3:::cloudformation-custom-resource-response-*"
    assert bucket["RouteTableIds"] == ["${Routes}"]
    assert worked.properties("Migration")["ServiceTimeout"] < 600, "CloudFormation would wait for an hour"
