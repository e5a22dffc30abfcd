"""The rules for texts as patterns of JSON Schema (ECMA-262), for the OpenAPI document.

A pattern refuses only what Carillon's own check of the field refuses. The check is stricter where a pattern would be
unreadable: `characters.py` knows hundreds of characters that no one sees. So no model applies these patterns.
"""

_NEVER = r"\x00-\x1f\x7f-\x9f\u2028\u2029"  # control characters and line breaks
_LOST = r"\ufffd"

LINE = rf"^[^{_NEVER}{_LOST}]*[^\s{_NEVER}{_LOST}][^{_NEVER}{_LOST}]*$"
STORED_LINE = rf"^[^{_NEVER}]*[^\s{_NEVER}][^{_NEVER}]*$"
TEXT = rf"^[^\x00{_LOST}]*$"
USER_ID = rf"^[^\s/?#{_NEVER}{_LOST}]([^?#{_NEVER}{_LOST}]*[^\s/?#{_NEVER}{_LOST}])?$"
_ADDRESS = rf"[^\s\\{_NEVER}{_LOST}]*"
TARGET_URL = rf"^(/|/[^\s/\\{_NEVER}{_LOST}]{_ADDRESS}|https://[A-Za-z0-9.:\[\]-]+([/?#]{_ADDRESS})?)$"
TIME_ZONE = r"^[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+)*$"
APNS = r"^[\s<>]*([0-9A-Fa-f][\s<>]*[0-9A-Fa-f][\s<>]*)+$"
FCM = r"^[\x21-\x7e]+$"
