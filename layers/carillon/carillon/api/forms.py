"""HTML forms, as browsers and mail clients post them."""

import base64
import binascii
from collections.abc import Mapping
from email import message_from_bytes
from email.message import Message
from typing import cast
from urllib.parse import parse_qs

MAX_BYTES = 10_000


def read_form(body: str | None, content_type: str, *, is_base64: bool) -> Mapping[str, list[str]]:
    """Return the values of each field. The form is URL-encoded or `multipart/form-data`; any other body has no fields.

    An HTTP API passes `body` as text or in Base64. A body over MAX_BYTES bytes has no fields either.
    """
    try:
        content = base64.b64decode(body or "", validate=True) if is_base64 else (body or "").encode()
        if len(content) > MAX_BYTES:
            return {}
        if content_type.partition(";")[0].strip().lower() == "multipart/form-data":
            return _read_multipart(content, content_type)
        return parse_qs(content.decode(), keep_blank_values=True)
    except (binascii.Error, ValueError, LookupError):
        return {}


def _read_multipart(content: bytes, content_type: str) -> Mapping[str, list[str]]:
    """Return the fields of a multipart form (RFC 7578), which has the format of a MIME message."""
    message = message_from_bytes(b"Content-Type: " + content_type.encode() + b"\r\n\r\n" + content)
    fields: dict[str, list[str]] = {}
    for part in cast("list[Message]", message.get_payload() if message.is_multipart() else []):
        name = part.get_param("name", header="content-disposition")
        value = part.get_payload(decode=True)
        if isinstance(name, str) and isinstance(value, bytes):
            fields.setdefault(name, []).append(value.decode())
    return fields
