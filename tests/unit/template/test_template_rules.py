"""The rules of template.yaml: parameters that contradict each other are refused with a reason."""

import pytest

from tests.support.template_rules import refusals
from tests.support.translated_template import EXISTING, PROFILES, translated

VPC = {"VpcId": "vpc-0a", "SubnetIds": "subnet-0a,subnet-0b"}
# Parameters that contradict each other, and words of the only reason for the refusal.
REFUSED: dict[str, tuple[dict[str, str], str]] = {
    "an issuer without an audience": ({"JwtIssuer": "https://id.example.com"}, "JwtAudience"),
    "a domain without a certificate": ({"DomainName": "api.example.com"}, "DomainName needs CertificateArn"),
    "a certificate without a domain": (
        {"CertificateArn": "arn:aws:acm:eu-central-1:123456789012:certificate/example"},
        "CertificateArn needs DomainName",
    ),
    "a zone without a domain": ({"HostedZoneId": "Z0EXAMPLE"}, "HostedZoneId needs DomainName"),
    "a database without its address": (EXISTING | {"DatabaseAddress": ""}, "DatabaseAddress"),
    "a database without its id": (EXISTING | {"DatabaseResourceId": ""}, "DatabaseResourceId"),
    "a database in a VPC for another one": (EXISTING | VPC | {"SecurityGroupIds": "sg-0a"}, "Database existing"),
    "a VPC without subnets": ({"VpcId": "vpc-0a"}, "VpcId needs SubnetIds"),
    "a way out in a given VPC": (VPC | {"Network": "nat"}, "Network"),
    "subnets without a VPC": ({"SubnetIds": "subnet-0a"}, "SubnetIds needs VpcId"),
    "one zone": ({"ZoneA": "eu-central-1a"}, "ZoneA and ZoneB"),
    "the same zone twice": ({"ZoneA": "eu-central-1a", "ZoneB": "eu-central-1a"}, "ZoneA and ZoneB"),
    "a proxy for few connections": ({"Size": "micro", "Database": "multi-az-proxy"}, "Size micro"),
    "a proxy of Aurora for few connections": ({"Size": "micro", "Database": "aurora-proxy"}, "Size micro"),
    "a snapshot without Aurora": (
        {"DatabaseSnapshot": "arn:aws:rds:eu-central-1:123456789012:snapshot:s"},
        "needs Database",
    ),
    "subnets of an existing database without groups": (EXISTING | {"SubnetIds": "subnet-0a"}, "needs SecurityGroupIds"),
    "groups without a VPC": ({"SecurityGroupIds": "sg-0a"}, "SecurityGroupIds needs VpcId"),
}


@pytest.mark.parametrize("profile", PROFILES)
def test_each_profile_is_accepted(profile: str) -> None:
    assert refusals(PROFILES[profile]) == []


@pytest.mark.parametrize("case", REFUSED)
def test_contradictions_are_refused_with_one_reason(case: str) -> None:
    given, words = REFUSED[case]
    [reason] = refusals(given)
    assert words in reason


def test_each_assertion_refuses_something() -> None:
    all_reasons = {each["AssertDescription"] for rule in translated()["Rules"].values() for each in rule["Assertions"]}
    assert {reason for given, _ in REFUSED.values() for reason in refusals(given)} == all_reasons
