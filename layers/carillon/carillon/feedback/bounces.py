"""The verdict of a bounce: is the address dead?

SES labels each bounce (`bounceType`), and repeats the answer of the recipient's server: an enhanced status code
(RFC 3463) and its text. The label is a guess about that answer, so the answer decides if it is clear:

- 5.1.1, 5.1.2, 5.1.3, 5.1.6, 5.1.10: dead. No such mailbox or domain, bad syntax, moved, or a domain without email.
- 4.x.x, 5.2.2, 5.2.3, 5.3.4, 5.6.x: alive. A failure for now, a full mailbox, an email too long or unreadable.
- Any other status, or none: the label decides.

The statuses 5.1.7 and 5.1.8 are about the sender. An address on a suppression list of SES is dead in any case:
SES did not ask the recipient's server. Sources: RFC 3463, RFC 5248 and RFC 7505; "Contents of event data" in the SES
developer guide.
"""

import re
from collections.abc import Iterator

from carillon.models.provider_event import Bounce, BouncedRecipient

PERMANENT = "Permanent"
_SUPPRESSED = {"Suppressed", "OnAccountSuppressionList"}
# "5.1.1", "5.1.1 (bad mailbox)" as in RFC 3464, section 2.3.4, and "550 5.1.1"
_STATUS = re.compile(r"(?:[45][0-9]{2}[ -]+)?#?([245]\.[0-9]{1,3}\.[0-9]{1,3})(?![.0-9])")
# "smtp; 550 5.1.1 <…> does not exist", "550-5.1.1 …" and "550 #5.1.1": only a status after its reply code counts.
_IN_TEXT = re.compile(r"\b[45][0-9]{2}[ -]+#?([45]\.[0-9]{1,3}\.[0-9]{1,3})(?![.0-9])")
_DEAD = re.compile(r"5\.1\.(?:1|2|3|6|10)")
_NOT_DEAD = re.compile(r"4\..*|5\.2\.[23]|5\.3\.4|5\.6\..*")


def is_final(bounce: Bounce) -> bool:
    """Return True if no email will ever reach the address."""
    if bounce.bounce_type == PERMANENT and bounce.sub_type in _SUPPRESSED:
        return True
    statuses = [status for recipient in bounce.recipients if (status := _status(recipient, bounce.smtp_response))]
    if any(_DEAD.fullmatch(status) for status in statuses):
        return True
    if statuses and all(_NOT_DEAD.fullmatch(status) for status in statuses):
        return False
    return bounce.bounce_type == PERMANENT


def answer_of(bounce: Bounce) -> str:
    """Return what the recipient's server answered, or an empty string."""
    for recipient in bounce.recipients:
        if text := recipient.diagnostic_code or recipient.smtp_response or recipient.status:
            return text
    return bounce.smtp_response or ""


def _status(recipient: BouncedRecipient, smtp_response: str | None) -> str | None:
    """Return the most specific status of a recipient, or None. The status x.0.0 says nothing."""
    found = list(_statuses(recipient, smtp_response))
    return next((status for status in found if not status.endswith(".0.0")), None)


def _statuses(recipient: BouncedRecipient, smtp_response: str | None) -> Iterator[str]:
    if found := _STATUS.match((recipient.status or "").strip()):
        yield found[1]
    for text in (recipient.diagnostic_code, recipient.smtp_response, smtp_response):
        if found := _IN_TEXT.search(text or ""):
            yield found[1]
