"""The request of SESv2 SendEmail for one delivery."""

from typing import Any

from carillon.channels.rendering import render_email
from carillon.links import tokens
from carillon.models.delivery import ClaimedDelivery
from carillon.settings.groups import ChannelSettings


def send_email_request(delivery: ClaimedDelivery, address: str, settings: ChannelSettings) -> dict[str, Any]:
    """Return the parameters of SESv2 SendEmail for one delivery to one address."""
    url = tokens.unsubscribe_url(delivery, settings)
    rendered = render_email(delivery, settings, url)
    message: dict[str, Any] = {
        "Subject": {"Data": rendered.subject, "Charset": "UTF-8"},
        "Body": {
            "Text": {"Data": rendered.text, "Charset": "UTF-8"},
            "Html": {"Data": rendered.html, "Charset": "UTF-8"},
        },
    }
    # Gmail puts emails with the same subject into one conversation, and folds the later one away, unless they differ in
    # this header. A repeated send of a delivery has the same value.
    message["Headers"] = [{"Name": "X-Entity-Ref-ID", "Value": str(delivery.delivery_id)}]
    # A long user id can make the link too long for a header. Then the link is in the footer alone.
    if url and len(url) + 2 <= tokens.MAX_HEADER_VALUE:
        message["Headers"] += [
            {"Name": "List-Unsubscribe", "Value": f"<{url}>"},
            {"Name": "List-Unsubscribe-Post", "Value": "List-Unsubscribe=One-Click"},  # RFC 8058
        ]
    request: dict[str, Any] = {
        "FromEmailAddress": rendered.sender,
        "Destination": {"ToAddresses": [address]},
        "Content": {"Simple": message},
        # SES repeats the tags in its events. These settle a delivery whose worker died after the send.
        "EmailTags": [
            {"Name": "delivery_id", "Value": str(delivery.delivery_id)},
            {"Name": "claim_no", "Value": str(delivery.claim_no)},
        ],
    }
    if settings.ses_configuration_set:
        request["ConfigurationSetName"] = settings.ses_configuration_set
    return request
