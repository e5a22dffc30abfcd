"""Email by Amazon SES."""

import re
from email.utils import parseaddr
from typing import Any, Protocol

from carillon.aws import clients
from carillon.channels import errors
from carillon.channels.rendering import render_email
from carillon.links import tokens
from carillon.models.delivery import ClaimedDelivery, Outcome, OutcomeKind
from carillon.settings.groups import ChannelSettings


class SesClient(Protocol):
    """What is used of an SESv2 client."""

    def send_email(self, **request: Any) -> dict[str, Any]:
        """SESv2 SendEmail."""
        ...

    def close(self) -> None:
        """Hang up pooled connections."""
        ...


class EmailChannel:
    """Sends a delivery as one email to one address."""

    def __init__(self, settings: ChannelSettings, client: SesClient | None = None, pool: int = 10) -> None:
        self._settings = settings
        self._connections = clients.Connections(
            client or clients.client("sesv2", timeout_seconds=settings.send_timeout_seconds, pool=pool)
        )

    def send(self, delivery: ClaimedDelivery) -> Outcome:
        """Make one request to SES. The outcome's table: carillon/channels/errors.py."""
        if delivery.email is None:
            return Outcome(OutcomeKind.REJECTED, "no_address", "The recipient has no email address.")
        try:
            request = self._request(delivery, delivery.email)
        except Exception as error:  # noqa: BLE001 (nothing has left: a repaired release can send it)
            return Outcome(OutcomeKind.RETRY, "not_rendered", type(error).__name__)
        try:
            with self._connections.use() as client:
                message_id = client.send_email(**request)["MessageId"]
        except Exception as error:  # noqa: BLE001 (the table knows what is certain, and what is not)
            return errors.outcome_of(error, pause_seconds=self._settings.pause_delay_seconds, refine=self._refine)
        return Outcome(OutcomeKind.SENT, provider_message_ids=(message_id,), reached=True)

    def _request(self, delivery: ClaimedDelivery, address: str) -> dict[str, Any]:
        url = tokens.unsubscribe_url(delivery, self._settings)
        rendered = render_email(delivery, self._settings, url)
        request: dict[str, Any] = {
            "FromEmailAddress": rendered.sender,
            "Destination": {"ToAddresses": [address]},
            "Content": {
                "Simple": {
                    "Subject": {"Data": rendered.subject, "Charset": "UTF-8"},
                    "Body": {
                        "Text": {"Data": rendered.text, "Charset": "UTF-8"},
                        "Html": {"Data": rendered.html, "Charset": "UTF-8"},
                    },
                }
            },
            # SES repeats these in its events, which settle a delivery whose worker died after the send.
            "EmailTags": [
                {"Name": "delivery_id", "Value": str(delivery.delivery_id)},
                {"Name": "claim_no", "Value": str(delivery.claim_no)},
            ],
        }
        # Too long for a header, as after an id of a hundred letters that take six characters each: in the footer alone.
        if url and len(url) + 2 <= tokens.MAX_HEADER_VALUE:
            request["Content"]["Simple"]["Headers"] = [
                {"Name": "List-Unsubscribe", "Value": f"<{url}>"},
                {"Name": "List-Unsubscribe-Post", "Value": "List-Unsubscribe=One-Click"},  # RFC 8058
            ]
        if self._settings.ses_configuration_set:
            request["ConfigurationSetName"] = self._settings.ses_configuration_set
        return request

    def _refine(self, code: str, message: str) -> str:
        """Tell the stack's faults from the message's where SES has one code for both."""
        words = message.lower()
        if code == "not_found":  # the only things a send refers to are the configuration set and the identity
            return "configuration_not_found"
        if "daily message quota" in words:
            return "daily_quota_exceeded"
        if code == "message_rejected" and "not verified" in words:
            # It names the identities that failed: ours, and in SES's sandbox the recipient's too.
            named = set(re.findall(r"[^\s<>,:;]+@[^\s<>,:;]+", words))
            ours = parseaddr(self._settings.email_from or "")[1].lower()
            return "sender_not_verified" if ours in named or not named else "recipient_not_verified"
        return code
