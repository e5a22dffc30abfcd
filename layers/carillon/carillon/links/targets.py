"""The target of a notification's link: a path of the application, or an https address on an allowed origin.

Browsers read addresses more generously than the standard. They drop tabs and newlines, take a backslash for a slash and
skip extra slashes. So this module accepts only addresses that every program reads alike, and lists no tricks.
"""

import re
import unicodedata
from urllib.parse import quote, unquote, urlsplit
from uuid import UUID

from carillon.models.characters import check_meant
from carillon.problems import shown

MAX_LENGTH = 2048
READ_PARAMETER = "carillon_notification"

# Host and port in plain ASCII: no user name, no empty host, no characters that a browser would map to others.
_HTTPS = re.compile(
    r"https://(?P<host>[a-z0-9.-]+|\[[0-9a-f:.]+\])(?::(?P<port>[0-9]{0,5}))?(?=[/?#]|$)", re.IGNORECASE
)
# All characters with a meaning in an address, and %, so that encoded characters stay as they are.
_SAFE = "%/:?#[]@!$&'()*+,;=~-._"


def validate_target_url(value: str, allowed_origins: list[str]) -> str:
    """Return `value` unchanged if it may be stored as a link.

    It must be a path that starts with exactly one `/`, or an https address with an allowed origin. An origin is host
    and port, in any case and without a user name. The value has at most MAX_LENGTH characters.

    Raises:
        ValueError: the value is not allowed; the message says why, for the producer.
    """
    if len(value) > MAX_LENGTH:
        raise ValueError(f"must be at most {MAX_LENGTH:,} characters long")
    plain = value.isascii() and value.isprintable() and " " not in value  # then no character is of a category C or Z
    if "\\" in value or not (plain or all(unicodedata.category(character)[0] not in "CZ" for character in value)):
        raise ValueError("must not contain spaces, control characters or backslashes; percent-encode them")
    check_meant(value)
    if value.startswith("/"):
        if _leads_outside(value):
            raise ValueError("must start with exactly one '/', because '//' would lead to another site")
        return value
    origin = _origin(value)
    if origin is None:
        raise ValueError("must be a path that starts with '/', like /billing, or a full https:// address")
    if origin not in {_origin(allowed) for allowed in allowed_origins}:
        raise ValueError(f"leads to {shown(origin)}, which is not one of the allowed origins")
    return value


def absolute_url(target_url: str | None, app_url: str) -> str:
    """Return the address for a link in a message, in ASCII. A path gets the origin of `app_url`.

    None, and a value that `validate_target_url` refuses, become `app_url`. A message must not fail because of
    its link, and never lead to another site.
    """
    if target_url is None:
        return app_url
    parts = urlsplit(app_url)
    app_origin = f"{parts.scheme}://{parts.netloc}"
    try:
        # Every origin is allowed here: the create checked it, and a later change of the settings breaks no stored link.
        target_url = validate_target_url(target_url, [_origin(target_url) or app_origin])
    except ValueError:
        return app_url
    address = app_origin + target_url if target_url.startswith("/") else target_url
    return quote(address, safe=_SAFE)


def notification_url(target_url: str | None, app_url: str, notification_id: UUID) -> str:
    """Return the address of `absolute_url`, with READ_PARAMETER if it is inside the application.

    With that parameter the page marks the notification as read. Other origins get no id. The rest of the address stays
    as it is.
    """
    address = absolute_url(target_url, app_url)
    if _site(address) != _site(app_url):
        return address
    before, hash_mark, fragment = address.partition("#")
    path, _, query = before.partition("?")
    # Remove the parameter if it is there already, because pages read the first of its name.
    kept = [part for part in query.split("&") if unquote(part.partition("=")[0]) != READ_PARAMETER] if query else []
    query = "&".join([*kept, f"{READ_PARAMETER}={notification_id}"])
    return f"{path}?{query}{hash_mark}{fragment}"


def _leads_outside(path: str) -> bool:
    """Return True if the path starts with two slashes, before or after a browser resolves its dot segments.

    After resolving, a browser stays on its origin. But an application that redirects to that path would lead to another
    site.
    """
    if "//" not in path:  # only two slashes make an empty segment before another one
        return False
    plain = re.sub("%2e", ".", re.split("[?#]", path, maxsplit=1)[0], flags=re.IGNORECASE)
    resolved: list[str] = []
    for segment in plain.split("/")[1:]:  # not urljoin, which drops empty segments: browsers keep them
        if segment == "..":
            resolved = resolved[:-1]
        elif segment != ".":
            resolved.append(segment)
    return path.startswith("//") or (len(resolved) > 1 and resolved[0] == "")


def _site(url: str) -> str:
    """Return the origin of an address, also without https, because the devstack's application has none."""
    parts = urlsplit(url)
    return _origin(url) or f"{parts.scheme}://{parts.netloc}"


def _origin(url: str) -> str | None:
    """Return the https origin of an address in its normal form, or None if it has no https origin."""
    match = _HTTPS.match(url)
    if match is None:
        return None
    port = match["port"]
    number = int(port) if port else 443
    if number > 65535:
        return None
    host = match["host"].lower()
    return f"https://{host}" if number == 443 else f"https://{host}:{number}"
