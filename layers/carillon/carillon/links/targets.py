"""Where a notification's link may lead: a path of the application, or an https address on an allowed origin.

What is accepted here is later opened by browsers, which read addresses more generously than the standard
says: they drop tabs and newlines, take a backslash for a slash and skip extra slashes. So only what every
reader reads alike is accepted, instead of listing tricks.
"""

import re
import unicodedata
from urllib.parse import quote, unquote, urlsplit
from uuid import UUID

MAX_LENGTH = 2048
READ_PARAMETER = "carillon_notification"

# Host and port as plain ASCII: no userinfo, no empty host, no characters that a browser would map to others.
_HTTPS = re.compile(
    r"https://(?P<host>[a-z0-9.-]+|\[[0-9a-f:.]+\])(?::(?P<port>[0-9]{0,5}))?(?=[/?#]|$)", re.IGNORECASE
)
# Everything with a meaning in an address, and % itself: what is already encoded stays as it is.
_SAFE = "%/:?#[]@!$&'()*+,;=~-._"


def validate_target_url(value: str, allowed_origins: list[str]) -> str:
    """Return `value` unchanged if it may be stored as a link.

    It must be a path that starts with exactly one `/`, or an https address whose origin (host and port,
    whatever the case; no user name) is in `allowed_origins`; at most MAX_LENGTH characters. Raises
    ValueError with a sentence for the caller otherwise.
    """
    if len(value) > MAX_LENGTH:
        raise ValueError(f"must be at most {MAX_LENGTH:,} characters long")
    if "\\" in value or any(unicodedata.category(character)[0] in "CZ" for character in value):
        raise ValueError("must not contain spaces, control characters or backslashes; percent-encode them")
    if value.startswith("/"):
        if _leads_outside(value):
            raise ValueError("must start with exactly one '/', because '//' would lead to another site")
        return value
    origin = _origin(value)
    if origin is None:
        raise ValueError("must be a path that starts with '/', like /billing, or a full https:// address")
    if origin not in {_origin(allowed) for allowed in allowed_origins}:
        raise ValueError(f"leads to {origin}, which is not one of the allowed origins")
    return value


def absolute(target_url: str | None, app_url: str) -> str:
    """The address a message links to, in ASCII: a path becomes one on the origin of `app_url`.

    None, and anything that `validate_target_url` would never have stored, becomes `app_url` itself: a
    message must not fail for its link, nor lead anywhere else.
    """
    if target_url is None:
        return app_url
    parts = urlsplit(app_url)
    here = f"{parts.scheme}://{parts.netloc}"
    try:
        # An origin that was allowed when the notification was made stays good: links are not taken back.
        target_url = validate_target_url(target_url, [_origin(target_url) or here])
    except ValueError:
        return app_url
    address = here + target_url if target_url.startswith("/") else target_url
    return quote(address, safe=_SAFE)


def to_notification(target_url: str | None, app_url: str, notification_id: UUID) -> str:
    """Like `absolute`, and inside the application with READ_PARAMETER, by which the page marks the notification read.

    Everything else of the address stays as it is. Other origins learn no id.
    """
    address = absolute(target_url, app_url)
    if _site(address) != _site(app_url):
        return address
    before, hash_mark, fragment = address.partition("#")
    path, _, query = before.partition("?")
    # Its own parameter alone counts: pages read the first of its name.
    kept = [part for part in query.split("&") if unquote(part.partition("=")[0]) != READ_PARAMETER] if query else []
    query = "&".join([*kept, f"{READ_PARAMETER}={notification_id}"])
    return f"{path}?{query}{hash_mark}{fragment}"


def _leads_outside(path: str) -> bool:
    """Whether the path starts with two slashes, as it stands or once a browser has resolved its dot segments.

    The latter stays on its origin, but an application that redirects to its own path would leave with it.
    """
    plain = re.sub("%2e", ".", re.split("[?#]", path, maxsplit=1)[0], flags=re.IGNORECASE)
    resolved: list[str] = []
    for segment in plain.split("/")[1:]:  # not urljoin: it drops empty segments, browsers keep them
        if segment == "..":
            resolved = resolved[:-1]
        elif segment != ".":
            resolved.append(segment)
    return path.startswith("//") or (len(resolved) > 1 and resolved[0] == "")


def _site(url: str) -> str:
    """The origin of an address; the devstack's application has one without https."""
    parts = urlsplit(url)
    return _origin(url) or f"{parts.scheme}://{parts.netloc}"


def _origin(url: str) -> str | None:
    """The https origin of an address in its one spelling, or None when it has none."""
    match = _HTTPS.match(url)
    if match is None:
        return None
    port = match["port"]
    number = int(port) if port else 443
    if number > 65535:
        return None
    host = match["host"].lower()
    return f"https://{host}" if number == 443 else f"https://{host}:{number}"
