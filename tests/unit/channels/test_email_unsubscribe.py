"""The headers by which a mail client unsubscribes (RFC 8058), and the link in the footer."""

import re
from typing import Any
from uuid import UUID

import botocore.session
import pytest
from botocore.validate import ParamValidator

from carillon.channels import EmailChannel
from carillon.channels.rendering import render_email
from carillon.links import tokens
from carillon.links.tokens import Link
from carillon.models.delivery import ClaimedDelivery, OutcomeKind, SigningKey
from carillon.settings.groups import ChannelSettings
from tests.support.delivery_samples import SETTINGS, delivery, item

SECRET = "ab" * 48
KEY = SigningKey.model_validate({"id": UUID(int=7), "secret": SECRET})
API = SETTINGS.model_copy(update={"api_url": "https://api.acme.example"})


class RecordingSes:
    """An SES that records each request and checks it as botocore does."""

    def __init__(self) -> None:
        self.requests: list[dict[str, Any]] = []
        model = botocore.session.get_session().get_service_model("sesv2")
        self._shape = model.shape_for("SendEmailRequest")

    def send_email(self, **request: Any) -> dict[str, Any]:
        report = ParamValidator().validate(request, self._shape)
        assert not report.has_errors(), report.generate_report()
        self.requests.append(request)
        return {"MessageId": "1"}

    def close(self) -> None: ...


def sent(claimed: ClaimedDelivery, settings: ChannelSettings = API) -> tuple[dict[str, str], str, str]:
    """Send an email and return its headers, its text and its HTML."""
    ses = RecordingSes()
    assert EmailChannel(settings, ses).send(claimed).kind is OutcomeKind.SENT
    [request] = ses.requests
    content = request["Content"]["Simple"]
    headers = {header["Name"]: header["Value"] for header in content.get("Headers", [])}
    return headers, content["Body"]["Text"]["Data"], content["Body"]["Html"]["Data"]


def test_the_one_click_headers_and_the_footer_have_the_same_link() -> None:
    headers, text, html = sent(delivery(signing_key=KEY))
    assert set(headers) == {"X-Entity-Ref-ID", "List-Unsubscribe", "List-Unsubscribe-Post"}
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    found = re.fullmatch(r"<(https://api\.acme\.example/unsubscribe/([\w.-]+))>", headers["List-Unsubscribe"])
    assert found
    assert tokens.verify(found[2], bytes.fromhex(SECRET)) == Link("alice", ("invoice",))
    assert f"Unsubscribe from these emails:\n{found[1]}\n" in text
    assert f'href="{found[1]}"' in html


@pytest.mark.parametrize(
    ("claimed", "settings"),
    [
        (delivery(item(mandatory=True), signing_key=KEY), API),
        (delivery(signing_key=KEY), SETTINGS),  # the address of the API is not set
        (delivery(), API),
    ],
    ids=["all is mandatory", "no address", "no key"],
)
def test_without_a_link_there_is_no_header_to_unsubscribe_and_no_footer(
    claimed: ClaimedDelivery, settings: ChannelSettings
) -> None:
    headers, text, html = sent(claimed, settings)
    assert set(headers) == {"X-Entity-Ref-ID"}
    assert "nsubscribe" not in text + html


def test_the_link_of_a_digest_does_not_cover_mandatory_notifications() -> None:
    headers, _, _ = sent(delivery(item(mandatory=True), item(event_name="sales.won"), signing_key=KEY))
    token = headers["List-Unsubscribe"].rpartition("/")[2].removesuffix(">")
    assert tokens.verify(token, bytes.fromhex(SECRET)) == Link("alice", ("sales",))


@pytest.mark.parametrize(("length", "has_headers"), [(20, True), (120, False)])
def test_a_link_that_is_too_long_for_a_header_is_only_in_the_footer(length: int, has_headers: bool) -> None:
    claimed = delivery(item(event_name="a"), signing_key=KEY).model_copy(update={"user_id": "\U0001f600" * length})
    headers, text, _ = sent(claimed)
    assert ("List-Unsubscribe" in headers) is has_headers
    [url] = re.findall(r"https://api\.acme\.example/unsubscribe/\S+", text)
    token = url.rpartition("/")[2]
    assert tokens.unverified_key_id(token) == KEY.id  # short enough to be accepted
    assert tokens.verify(token, bytes.fromhex(SECRET)) == Link(claimed.user_id, ("a",) if has_headers else ())


def test_the_longest_header_is_within_the_limits_of_mail_and_of_ses() -> None:
    model: Any = botocore.session.get_session().get_service_model("sesv2").shape_for("MessageHeader")
    assert model.members["Value"].metadata["max"] >= tokens.MAX_HEADER_VALUE
    assert len("List-Unsubscribe") + tokens.MAX_HEADER_VALUE <= 996  # SES limits the name and the value together
    assert len("List-Unsubscribe: ") + tokens.MAX_HEADER_VALUE <= 998  # RFC 5322, section 2.1.1


def test_the_footer_is_in_the_recipients_language() -> None:
    email = render_email(delivery(locale="fr"), SETTINGS, "https://api.acme.example/unsubscribe/x")
    assert "Se désabonner de ces e-mails\u00a0:\nhttps://api.acme.example/unsubscribe/x" in email.text
    assert ">Se désabonner de ces e-mails</a>" in email.html
