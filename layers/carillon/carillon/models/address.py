"""The one rule for an email address: the plain form of RFC 5321, with the domain in ASCII.

SES accepts no quoted local part, only ASCII before the @, and only Punycode after it. A domain in other characters is
stored and sent as IDNA 2008 encodes it. The mapping of UTS 46 comes first: upper case, wide letters and ideographic
full stops become their plain forms. Two spellings of one domain are therefore one address. The API shows the domain as
it was written.

Letters that only look alike, such as the Cyrillic U+0430, stay different. In ASCII they are easy to tell apart.
"""

import re
from typing import Annotated

from pydantic import AfterValidator, Field

MAX_ADDRESS = 254  # characters, in ASCII
_LABEL = r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_ADDRESS = re.compile(rf"(?=[^@]{{1,64}}@){_ATOM}(\.{_ATOM})*@{_LABEL}(\.{_LABEL})+")


def in_ascii(address: str) -> str:
    """Return an address as it is stored, sent and compared. An address in ASCII is returned as it is.

    Raises:
        ValueError: it is no address that SES can send to.
    """
    local, at, domain = address.rpartition("@")
    if at and not local.isascii():
        raise ValueError("must have only ASCII characters before the @, because Amazon SES sends to no others")
    encoded = f"{local}@{_punycode(domain)}"
    if not _ADDRESS.fullmatch(encoded) or len(encoded) > MAX_ADDRESS:
        raise ValueError("must be an email address like name@example.com")
    return encoded


def as_written(address: str) -> str:
    """Return an address for people, with its domain in the characters of its language."""
    local, _, domain = address.rpartition("@")
    if "xn--" not in domain.lower():
        return address
    import idna

    try:
        shown = idna.decode(domain)
        return f"{local}@{shown}" if idna.encode(shown).decode() == domain.lower() else address
    except idna.IDNAError:
        return address


def _punycode(domain: str) -> str:
    if domain.isascii():
        return domain
    # Imported here: few addresses need it.
    import idna

    try:
        return idna.encode(domain, uts46=True, std3_rules=True).decode()
    except idna.IDNAError:
        raise ValueError(
            "must have a domain after the @ of letters, digits, hyphens and dots, without symbols"
        ) from None


EmailAddress = Annotated[
    str, Field(max_length=MAX_ADDRESS, json_schema_extra={"format": "idn-email"}), AfterValidator(in_ascii)
]
ShownAddress = Annotated[str, AfterValidator(as_written)]  # in an answer
