"""The custom domain of template.yaml: its certificate, its records, and the address that people see."""

import re

import pytest

from tests.support.template import template
from tests.support.translated_template import Worked

CERTIFICATE = "arn:aws:acm:eu-central-1:123456789012:certificate/example"
DOMAIN = {"DomainName": "api.example.com"}
IN_ZONE = DOMAIN | {"HostedZoneId": "Z0EXAMPLE"}
GIVEN = DOMAIN | {"CertificateArn": CERTIFICATE}
OF_A_DOMAIN = ("AWS::ApiGatewayV2::DomainName", "AWS::ApiGatewayV2::ApiMapping", "AWS::CertificateManager::", "AWS::Route53::")  # fmt: skip  # noqa: E501


def made(worked: Worked) -> set[str]:
    return {name for kind in OF_A_DOMAIN for name in worked.resources(kind)}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, set[str]()),
        (GIVEN, {"Domain", "DomainMapping"}),
        (IN_ZONE, {"Domain", "DomainMapping", "Certificate", "DomainRecord", "DomainRecordIpv6"}),
        (IN_ZONE | GIVEN, {"Domain", "DomainMapping", "DomainRecord", "DomainRecordIpv6"}),
    ],
)
def test_the_stack_makes_what_is_not_given(given: dict[str, str], expected: set[str]) -> None:
    assert made(Worked(given)) == expected


def test_the_domain_leads_to_the_api_and_to_nothing_else() -> None:
    worked = Worked(GIVEN)
    [configuration] = worked.properties("Domain")["DomainNameConfigurations"]
    assert (configuration["CertificateArn"], configuration["SecurityPolicy"]) == (CERTIFICATE, "TLS_1_2")
    mapping = worked.properties("DomainMapping")
    assert (mapping["ApiId"], mapping["DomainName"]) == ("${Api}", "${Domain}")
    assert "ApiMappingKey" not in mapping, "links and clients have no path before the routes"
    [stage] = worked.resources("AWS::ApiGatewayV2::Stage")
    assert mapping["Stage"] == f"${{{stage}}}"


def test_records_of_both_families_lead_to_the_domain() -> None:
    worked = Worked(IN_ZONE)
    records = [each["Properties"] for each in worked.resources("AWS::Route53::RecordSet").values()]
    assert {record["Type"] for record in records} == {"A", "AAAA"}
    assert worked.properties("Domain")["DomainNameConfigurations"][0]["IpAddressType"] == "dualstack"
    for record in records:
        assert (record["Name"], record["HostedZoneId"]) == ("api.example.com", "Z0EXAMPLE")
        assert record["AliasTarget"] == {
            "DNSName": "${Domain.RegionalDomainName}",
            "HostedZoneId": "${Domain.RegionalHostedZoneId}",
        }
    certificate = worked.properties("Certificate")
    assert certificate["ValidationMethod"] == "DNS"
    assert certificate["DomainValidationOptions"] == [{"DomainName": "api.example.com", "HostedZoneId": "Z0EXAMPLE"}]
    assert "DnsApi" not in worked.outputs()


def test_without_a_zone_an_output_names_the_record() -> None:
    assert Worked(GIVEN).outputs()["DnsApi"] == "api.example.com CNAME ${Domain.RegionalDomainName}"
    assert "DnsApi" not in Worked({}).outputs()


@pytest.mark.parametrize(
    ("given", "api_url", "links"),
    [
        ({}, "${Api.ApiEndpoint}", "${Api.ApiEndpoint}"),
        (IN_ZONE, "https://api.example.com", "https://api.example.com"),
        (IN_ZONE | {"PublicApiUrl": "https://cdn.example.com"}, "https://api.example.com", "https://cdn.example.com"),
        ({"PublicApiUrl": "https://cdn.example.com"}, "${Api.ApiEndpoint}", "https://cdn.example.com"),
    ],
)
def test_links_in_email_follow_the_domain(given: dict[str, str], api_url: str, links: str) -> None:
    worked = Worked(given)
    assert worked.outputs()["ApiUrl"] == api_url
    assert worked.outputs()["ApiEndpoint"] == "${Api.ApiEndpoint}"
    assert worked.properties("Deliver")["Environment"]["Variables"]["API_URL"] == links


@pytest.mark.parametrize(
    ("name", "is_domain"),
    [
        ("", True), ("api.example.com", True), ("a.b-c.example.co.uk", True), ("xn--bcher-kva.example.com", True),
        ("https://api.example.com", False), ("api.example.com/v1", False), ("Api.example.com", False),
        ("localhost", False), ("-a.example.com", False), ("a..example.com", False), ("*.example.com", False),
    ],
)  # fmt: skip
def test_a_name_that_is_no_domain_is_refused(name: str, *, is_domain: bool) -> None:
    pattern = template()["Parameters"]["DomainName"]["AllowedPattern"]
    assert (re.fullmatch(pattern, name) is not None) == is_domain
