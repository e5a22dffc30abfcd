"""The part of SES in template.yaml, and the outputs that say what a person must do next."""

from tests.support.translated_template import Worked

SENDER = {"EmailFrom": "hello@mail.example.com"}


def test_the_outputs_lead_to_the_first_email() -> None:
    outputs = Worked(SENDER).outputs()
    assert outputs["DnsMailFromMx"] == "mail.mail.example.com MX 10 feedback-smtp.eu-central-1.amazonses.com"
    assert outputs["DnsMailFromSpf"] == 'mail.mail.example.com TXT "v=spf1 include:amazonses.com ~all"'
    assert outputs["DnsDmarc"].startswith("_dmarc.mail.example.com TXT")
    assert "carillon smoke" in outputs["NextSteps"]
    assert not [name for name in Worked({}).outputs() if name.startswith("Dns")]


def test_the_outputs_have_all_three_dkim_records() -> None:
    outputs = Worked(SENDER).outputs()
    for number in "123":
        name, value = (f"${{DomainIdentity.DkimDNSToken{what}{number}}}" for what in ("Name", "Value"))
        assert outputs[f"DnsDkim{number}"] == f"{name} CNAME {value}"


def test_ses_suppresses_addresses_that_bounced_or_complained() -> None:
    worked = Worked(SENDER)
    assert set(worked.properties("ConfigurationSet")["SuppressionOptions"]["SuppressedReasons"]) == {
        "BOUNCE",
        "COMPLAINT",
    }
    identity = worked.properties("DomainIdentity")
    assert identity["EmailIdentity"] == "mail.example.com"
    assert identity["DkimAttributes"] == {"SigningEnabled": True}
    assert identity["MailFromAttributes"]["MailFromDomain"] == "mail.mail.example.com"
    assert worked.properties("Deliver")["Environment"]["Variables"]["SES_CONFIGURATION_SET"] == "${ConfigurationSet}"


def test_an_identity_is_created_only_if_a_parameter_says_so() -> None:
    created = {"domain": {"DomainIdentity"}, "address": {"AddressIdentity"}, "existing": set[str]()}
    for value, identities in created.items():
        assert set(Worked(SENDER | {"EmailIdentity": value}).resources("AWS::SES::EmailIdentity")) == identities
    assert not Worked({"EmailIdentity": "domain"}).resources("AWS::SES::"), "without a sender there is no email"
