"""What template.yaml sets up with SES, and what it says is left to do."""

from tests.support.translated_template import Worked

SENDER = {"EmailFrom": "hello@mail.example.com"}


def test_the_first_email_is_told_how_to_get_there() -> None:
    outputs = Worked(SENDER).outputs()
    assert outputs["DnsMailFromMx"] == "mail.mail.example.com MX 10 feedback-smtp.eu-central-1.amazonses.com"
    assert outputs["DnsMailFromSpf"] == 'mail.mail.example.com TXT "v=spf1 include:amazonses.com ~all"'
    assert outputs["DnsDmarc"].startswith("_dmarc.mail.example.com TXT")
    assert "carillon smoke" in outputs["NextSteps"]
    assert not [name for name in Worked({}).outputs() if name.startswith("Dns")]


def test_all_three_keys_are_told() -> None:
    outputs = Worked(SENDER).outputs()
    for number in "123":
        name, value = (f"${{DomainIdentity.DkimDNSToken{what}{number}}}" for what in ("Name", "Value"))
        assert outputs[f"DnsDkim{number}"] == f"{name} CNAME {value}"


def test_who_bounced_or_complained_is_not_written_to_again() -> None:
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


def test_an_identity_is_made_only_where_it_is_asked_for() -> None:
    for asked, made in {"domain": {"DomainIdentity"}, "address": {"AddressIdentity"}, "existing": set[str]()}.items():
        assert set(Worked(SENDER | {"EmailIdentity": asked}).resources("AWS::SES::EmailIdentity")) == made
    assert not Worked({"EmailIdentity": "domain"}).resources("AWS::SES::"), "without a sender there is no email"
