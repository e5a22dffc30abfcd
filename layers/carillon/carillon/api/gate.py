"""The gate: what the body and the query of a request must be before anything parses them.

Each rule is cheap, so a request that no client can mean costs milliseconds, whatever its size.
"""

import base64
import binascii
import re
from collections import Counter
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from pydantic.alias_generators import to_snake

from carillon.errors import BodyTooLarge, Encoded, Invalid, InvalidJson
from carillon.models.characters import REPLACEMENT
from carillon.problems import shown

# A thousand recipients with the longest ids in ASCII take 131 KiB, and all other fields at their limits 45 KiB.
MAX_CREATE_BYTES = 256 * 1024
# 200 rules at their limits take 80 KiB. A client may send back the whole answer to GET, with the categories.
MAX_PREFERENCES_BYTES = 128 * 1024
MAX_OTHER_BYTES = 16 * 1024  # a device's token has 4 KiB at most, and no other body has more

_WITH_BODY = frozenset({"POST", "PUT", "PATCH"})
_CHARSET = re.compile(r"""charset\s*=\s*["']?([^\s;"']*)""", re.IGNORECASE)
_UTF_8 = frozenset({"utf-8", "utf8", "us-ascii", "ascii", ""})
_NOT_UTF_8 = "The request body is not UTF-8."
_BYTE_ORDER_MARK = "\ufeff"


def max_body_bytes(method: str, path: str) -> int:
    """Return how many bytes the body of a request may have on its route."""
    if method == "POST" and path == "/notifications":
        return MAX_CREATE_BYTES
    return MAX_PREFERENCES_BYTES if path.endswith("/preferences") else MAX_OTHER_BYTES


def admit(event: Mapping[str, Any]) -> dict[str, Any]:
    """Return an HTTP API event with a body that is text, header names in lower case, and a query in snake_case.

    A body where no route takes one is ignored (RFC 9110, section 9.3.1).

    Raises:
        BodyTooLarge: the body is larger than its route takes. A body in Base64 counts decoded.
        Encoded: the body is compressed, or its declared character set is not UTF-8.
        InvalidJson: the body is not UTF-8.
        Invalid: the query gives a name twice, in one spelling or in two.
    """
    method, path = event["requestContext"]["http"]["method"], event["rawPath"]
    original_headers: Mapping[str, str] = event.get("headers") or {}
    headers = {name.lower(): value for name, value in original_headers.items()}
    admitted = {**event, "headers": headers}
    if method in _WITH_BODY:
        _check_size(event, max_body_bytes(method, path))
        if event.get("body"):
            _check_encoding(headers)
    else:
        admitted |= {"body": "", "isBase64Encoded": False}
    if path.startswith("/unsubscribe/"):
        return admitted  # mail clients post its forms, and scanners add names to links: api/forms.py reads what it can
    return {**admitted, "queryStringParameters": _read_query(event), **_read_body(admitted, headers)}


def _check_size(event: Mapping[str, Any], limit: int) -> None:
    body: str = event.get("body") or ""
    size = len(body)  # in Base64 four characters are three bytes, else a character is at least one byte
    if event.get("isBase64Encoded"):
        size = size * 3 // 4 - body[-2:].count("=")
    elif size <= limit:
        size = len(body.encode(errors="surrogatepass"))
    if size > limit:
        raise BodyTooLarge(f"The request body has {size} bytes. This route takes at most {limit}.")


def _check_encoding(headers: Mapping[str, str]) -> None:
    encoding = headers.get("content-encoding", "").strip()
    if encoding.lower() not in ("", "identity"):
        raise Encoded(f"The header Content-Encoding says {shown(encoding)}. Send the request body without compression.")


def _read_body(event: Mapping[str, Any], headers: Mapping[str, str]) -> dict[str, Any]:
    """Return the fields of the event for a body of text, without a byte order mark.

    The gateway passes some bodies as text, and has then written U+FFFD for each byte that is not UTF-8.
    """
    body: str = event.get("body") or ""
    if not body:
        return {}
    declared = _CHARSET.search(headers.get("content-type", ""))
    if declared and declared[1].lower() not in _UTF_8:
        raise Encoded(f"The header Content-Type says {shown(declared[1])}. Send the request body as UTF-8.")
    if event.get("isBase64Encoded"):
        try:
            body = base64.b64decode(body, validate=True).decode()
        except UnicodeDecodeError:
            raise InvalidJson(_NOT_UTF_8) from None
        except (binascii.Error, ValueError):
            raise InvalidJson from None
    elif REPLACEMENT in body:
        raise InvalidJson(f"{_NOT_UTF_8} U+FFFD stands where a byte could not be read.")
    return {"body": body.removeprefix(_BYTE_ORDER_MARK), "isBase64Encoded": False}


def _read_query(event: Mapping[str, Any]) -> dict[str, str]:
    """Return the query with its names in snake_case; camelCase is allowed, as in bodies.

    The gateway joins the values of a repeated name with commas, so only the raw query shows that a name was repeated.
    """
    given: Mapping[str, str] = event.get("queryStringParameters") or {}
    raw = parse_qsl(event.get("rawQueryString") or "", keep_blank_values=True)
    for names in ((name for name, _ in raw), given):
        counts = Counter(to_snake(name) for name in names)
        if repeated := [name for name, count in counts.items() if count > 1]:
            message = "is given more than once, in one spelling or in two"
            raise Invalid(details=[{"field": shown(name), "message": message} for name in repeated])
    return {to_snake(name): value for name, value in given.items()}
