"""The forms of `POST /unsubscribe/{token}`. No route declares them, because mail clients post them in many ways."""

from typing import Any

_FORM: dict[str, Any] = {
    "schema": {
        "type": "object",
        "properties": {
            "List-Unsubscribe": {
                "type": "string",
                "enum": ["One-Click"],
                "description": "RFC 8058, as mail clients post it.",
            },
            "scope": {"type": "string", "enum": ["category", "all", "category_again", "all_again"]},
        },
        "minProperties": 1,
    },
    "examples": {
        "one_click": {"summary": "The button of a mail client", "value": {"List-Unsubscribe": "One-Click"}},
        "all": {"summary": "All email that can be switched off", "value": {"scope": "all"}},
        "restored": {"summary": "As it was before, for what the link is about", "value": {"scope": "category_again"}},
    },
}


def add_forms(operations: dict[str, dict[str, Any]]) -> None:
    """Add the form to the operation that takes one."""
    content = {"application/x-www-form-urlencoded": _FORM, "multipart/form-data": _FORM}
    operations["unsubscribe.submit"]["requestBody"] = {"content": content, "required": True}
