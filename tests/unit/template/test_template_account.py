"""Accounts that differ: their boundary of permissions, zones, networks and addresses, and the free plan."""

import re
from ipaddress import IPv4Network
from itertools import combinations

import pytest

from tests.support.template import template
from tests.support.translated_template import PROFILES, Worked

ZONES = {"ZoneA": "us-east-1b", "ZoneB": "us-east-1f"}


def accepts(parameter: str, value: str) -> bool:
    return re.fullmatch(template()["Parameters"][parameter]["AllowedPattern"], value) is not None


@pytest.mark.parametrize("profile", PROFILES)
def test_each_role_has_the_boundary_that_the_organisation_demands(profile: str) -> None:
    """An organisation refuses to create a role without it, so one forgotten role fails the whole deploy."""
    boundary = "arn:aws:iam::123456789012:policy/boundary"
    for given in ("", boundary):
        roles = Worked(PROFILES[profile] | {"PermissionsBoundary": given}).resources("AWS::IAM::Role")
        assert len(roles) >= 8
        found = {name: role["Properties"].get("PermissionsBoundary", "") for name, role in roles.items()}
        assert set(found.values()) <= {given, "${AWS::NoValue}"}, found
        assert not given or set(found.values()) == {given}, found


@pytest.mark.parametrize("network", ["ipv6", "nat", "endpoints"])
def test_every_subnet_is_in_a_chosen_zone(network: str) -> None:
    """In some zones, RDS Proxy and some interface endpoints do not exist, and each account has its own letters."""
    given = {"Network": network, "Database": "multi-az-proxy"}
    for chosen, zones in (({}, {"eu-central-1a", "eu-central-1b"}), (ZONES, set(ZONES.values()))):
        subnets = Worked(given | chosen).resources("AWS::EC2::Subnet").values()
        assert {each["Properties"]["AvailabilityZone"] for each in subnets} == zones
    assert accepts("ZoneA", "us-gov-west-1a")
    assert not accepts("ZoneB", "use1-az3"), "CloudFormation wants the name, not the id"


@pytest.mark.parametrize("block", ["10.57.0.0/22", "10.8.0.0/20", "192.168.0.0/16"])
def test_the_subnets_share_the_addresses_of_the_network(block: str) -> None:
    worked = Worked({"Network": "nat", "VpcCidr": block})
    assert worked.properties("Vpc")["CidrBlock"] == block
    subnets = [IPv4Network(each["Properties"]["CidrBlock"]) for each in worked.resources("AWS::EC2::Subnet").values()]
    assert [each.num_addresses for each in subnets] in ([256, 256, 16], [16, 256, 256])
    assert all(each.subnet_of(IPv4Network(block)) for each in subnets)
    assert not any(one.overlaps(other) for one, other in combinations(subnets, 2))
    assert accepts("VpcCidr", block)
    assert not accepts("VpcCidr", "10.57.0.0/23"), "three subnets do not fit"


@pytest.mark.parametrize(
    ("address", "is_accepted"),
    [
        ("https://app.example.com", True), ("https://app.example.com/path", True), ("http://localhost:3000", True),
        ("http://127.0.0.1:8000/", True), ("http://[::1]:8000", True), ("http://app.corp", False),
        ("http://localhost.example.com", False), ("https://app.example.com/#/page", False), ("https://", False),
        ("https://#", False),
    ],
)  # fmt: skip
def test_an_address_that_cognito_would_refuse_is_refused_at_once(address: str, is_accepted: bool) -> None:
    """Cognito accepts http for the own machine only, and no fragment. It would fail the deploy minutes later."""
    assert accepts("AppUrl", address) is is_accepted


@pytest.mark.parametrize(
    ("issuer", "is_accepted"),
    [
        ("cognito", True), ("https://id.example.com/", True), ("http://127.0.0.1:8081", True),
        ("http://id.example.com", False), ("id.example.com", False),
    ],
)  # fmt: skip
def test_an_issuer_without_https_is_refused_at_once(issuer: str, is_accepted: bool) -> None:
    assert accepts("JwtIssuer", issuer) is is_accepted


def test_the_trial_is_what_the_free_plan_of_aws_allows() -> None:
    """RDS refuses larger instances, a second zone and more than a day of backups to accounts on that plan."""
    instance = Worked({"Size": "micro"}).properties("Instance")
    assert instance["DBInstanceClass"] == "db.t4g.micro"
    assert (instance["MultiAZ"], instance["BackupRetentionPeriod"]) == (False, 1)
    assert int(instance["AllocatedStorage"]) <= 20
    assert instance["EnablePerformanceInsights"] is False
    larger = Worked({"Size": "small"}).properties("Instance")
    assert (larger["EnablePerformanceInsights"], larger["PerformanceInsightsRetentionPeriod"]) == (True, 7)
