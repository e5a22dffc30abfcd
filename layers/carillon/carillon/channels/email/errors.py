"""Error answers of SES whose message says more than their code."""

import re
from email.utils import parseaddr


def refine(code: str, message: str, *, email_from: str | None) -> str:
    """Return the code to look up in the table of `channels/errors.py`.

    SES has one code for some faults of the stack and of the message. Only its message tells them apart.
    """
    words = message.lower()
    if code == "not_found":  # a send refers only to the configuration set and the identity
        return "configuration_not_found"
    if "daily message quota" in words:
        return "daily_quota_exceeded"
    if code == "message_rejected" and "not verified" in words:
        # SES names the identities that failed: the stack's own and, in the sandbox, the recipient's too.
        named = set(re.findall(r"[^\s<>,:;]+@[^\s<>,:;]+", words))
        sender = parseaddr(email_from or "")[1].lower()
        return "sender_not_verified" if sender in named or not named else "recipient_not_verified"
    return code
