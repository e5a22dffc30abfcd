"""HTML forms, as browsers and mail clients post them."""

import base64
import binascii
from collections.abc import Mapping
from email import message_from_bytes
from email.message import Message
from typing import cast
from urllib.parse import parse_qs


def read_form(body: str | None, content_type: str, *, is_base64: bool) -> Mapping[str, list[str]]:
    """Return the values of each field. The form is URL-encoded or `multipart/form-data`; any other body has no fields.

    An HTTP API passes `body` as text or in Base64. Mail clients end the body with a line end, and put other fields
    into it, in any character set. So white space around a value does not count, and unreadable bytes become U+FFFD.
    """
    try:
        content = base64.b64decode(body or "", validate=True) if is_base64 else (body or "").encode()
        if content_type.partition(";")[0].strip().lower() == "multipart/form-data":
            return _read_multipart(content, content_type)
        text = content.decode(errors="replace").strip("\ufeff \t\r\n")
        fields = parse_qs(text, keep_blank_values=True)
        return {name.strip(): [value.strip() for value in values] for name, values in fields.items()}
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
            fields.setdefault(name.strip(), []).append(value.decode(errors="replace").strip())
    return fields
