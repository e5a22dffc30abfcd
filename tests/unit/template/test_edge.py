"""deploy/edge.yaml: CloudFront and a web ACL before the API, from any region of it."""

from typing import Any

import pytest

from tests.support.template import load
from tests.support.template_rules import refusals
from tests.support.translated_template import ROOT, Worked, named

EDGE = load((ROOT / "deploy" / "edge.yaml").read_text("utf-8"))
API = {"ApiEndpoint": "https://abc123.execute-api.eu-central-1.amazonaws.com"}
CERTIFICATE = "arn:aws:acm:us-east-1:123456789012:certificate/example"
WEB_ACL = "arn:aws:wafv2:us-east-1:123456789012:global/webacl/example/0"
PROFILES: dict[str, dict[str, str]] = {
    "plain": API,
    "zone": API | {"DomainName": "api.example.com", "HostedZoneId": "Z0EXAMPLE"},
    "certificate": API | {"DomainName": "api.example.com", "CertificateArn": CERTIFICATE, "WebAclArn": WEB_ACL},
}


@pytest.fixture(params=PROFILES)
def worked(request: pytest.FixtureRequest) -> Worked:
    return Worked(PROFILES[request.param], EDGE)


def distribution(worked: Worked) -> dict[str, Any]:
    return worked.properties("Distribution")["DistributionConfig"]


def test_each_condition_holds_in_one_profile_and_every_resource_is_made_in_one() -> None:
    every = [Worked(given, EDGE) for given in PROFILES.values()]
    for condition in EDGE["Conditions"]:
        assert {worked.conditions[condition] for worked in every} == {True, False}, condition
    assert {name for worked in every for name in worked.resources()} == set(EDGE["Resources"])
    for each in every:
        assert named(list(each.resources().values())) | named(each.outputs()) <= set(each.resources())


def test_the_origin_is_the_api_over_tls_alone(worked: Worked) -> None:
    [origin] = distribution(worked)["Origins"]
    assert origin["DomainName"] == "abc123.execute-api.eu-central-1.amazonaws.com"
    assert origin["CustomOriginConfig"] == {"OriginProtocolPolicy": "https-only", "OriginSSLProtocols": ["TLSv1.2"]}
    assert distribution(worked)["DefaultCacheBehavior"]["TargetOriginId"] == origin["Id"]


def test_every_request_passes_whole_and_no_answer_is_kept(worked: Worked) -> None:
    behaviour = distribution(worked)["DefaultCacheBehavior"]
    assert "CacheBehaviors" not in distribution(worked), "a path with another rule"
    assert behaviour["CachePolicyId"] == "4135ea2d-6df8-44a3-9df3-4b5a84be39ad", "CachingDisabled"
    assert behaviour["OriginRequestPolicyId"] == "b689b0a8-53d0-40ab-baf2-68738e2966ac", "AllViewerExceptHostHeader"
    assert set(behaviour["AllowedMethods"]) == {"GET", "HEAD", "OPTIONS", "PUT", "PATCH", "POST", "DELETE"}
    assert behaviour["ViewerProtocolPolicy"] == "https-only"
    errors = {each["ErrorCode"]: each for each in distribution(worked)["CustomErrorResponses"]}
    # All errors that CloudFront would keep by itself.
    assert set(errors) == {400, 403, 404, 405, 414, 500, 501, 502, 503, 504}
    assert {each["ErrorCachingMinTTL"] for each in errors.values()} == {0}
    assert not any("ResponsePagePath" in each for each in errors.values()), "clients read Carillon's own errors"


def test_a_web_acl_is_always_there(worked: Worked) -> None:
    own = set(worked.resources("AWS::WAFv2::WebACL"))
    assert distribution(worked)["WebACLId"] == ("${WebAcl.Arn}" if own else WEB_ACL)
    for acl in worked.resources("AWS::WAFv2::WebACL").values():
        rules = acl["Properties"]["Rules"]
        assert acl["Properties"]["Scope"] == "CLOUDFRONT"
        assert [rule["Priority"] for rule in rules] == [0, 1, 2]
        assert rules[0]["Statement"]["RateBasedStatement"]["AggregateKeyType"] == "IP"
        groups = {rule["Statement"].get("ManagedRuleGroupStatement", {}).get("Name") for rule in rules}
        assert "AWSManagedRulesCommonRuleSet" not in groups, "it refuses bodies above 8 KB"
        for each in [acl["Properties"], *rules]:
            assert each["VisibilityConfig"]["SampledRequestsEnabled"] is False
    for logging in worked.resources("AWS::WAFv2::LoggingConfiguration").values():
        redacted = logging["Properties"]["RedactedFields"]
        assert {"SingleHeader": {"Name": "authorization"}} in redacted
        assert [field for field in redacted if "UriPath" in field], "a path can hold a token"


def test_the_address_follows_the_domain() -> None:
    plain, zone, given = (Worked(each, EDGE) for each in PROFILES.values())
    assert plain.outputs() == {"Address": "https://${Distribution.DomainName}"}
    assert zone.outputs() == {"Address": "https://api.example.com"}
    assert given.outputs()["DnsApi"] == "api.example.com CNAME ${Distribution.DomainName}"
    assert "Aliases" not in distribution(plain)
    assert distribution(given)["Aliases"] == ["api.example.com"]
    assert distribution(given)["ViewerCertificate"]["AcmCertificateArn"] == CERTIFICATE
    assert distribution(zone)["ViewerCertificate"]["AcmCertificateArn"] == "${Certificate}"
    assert distribution(zone)["ViewerCertificate"]["MinimumProtocolVersion"] == "TLSv1.2_2021"
    records = [each["Properties"] for each in zone.resources("AWS::Route53::RecordSet").values()]
    assert {record["Type"] for record in records} == {"A", "AAAA"}
    assert {record["AliasTarget"]["HostedZoneId"] for record in records} == {"Z2FDTNDATAQYW2"}


@pytest.mark.parametrize("profile", PROFILES)
def test_each_profile_is_accepted_in_us_east_1_and_refused_elsewhere(profile: str) -> None:
    assert refusals(PROFILES[profile], EDGE, region="us-east-1") == []
    [reason] = refusals(PROFILES[profile], EDGE, region="eu-central-1")
    assert "us-east-1" in reason


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"DomainName": "api.example.com"}, "DomainName needs"),
        ({"CertificateArn": CERTIFICATE}, "need DomainName"),
        ({"HostedZoneId": "Z0EXAMPLE"}, "need DomainName"),
    ],
)
def test_contradictions_are_refused(given: dict[str, str], words: str) -> None:
    [reason] = refusals(API | given, EDGE, region="us-east-1")
    assert words in reason
