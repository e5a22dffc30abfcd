"""A small reading of IAM policies: which actions on which resources their statements allow."""

from collections.abc import Iterable
from fnmatch import fnmatchcase
from typing import Any

from tests.support.translated_template import listed

Statement = dict[str, Any]


def matches(pattern: str, value: str) -> bool:
    """Return whether a pattern with `*` fits. Brackets are no pattern in IAM."""
    return fnmatchcase(value, pattern.replace("[", "[[]"))


def actions(statements: Iterable[Statement]) -> set[str]:
    """Return what the statements allow, as they name it."""
    return {action for each in statements if each["Effect"] == "Allow" for action in listed(each["Action"])}


def allowing(statements: Iterable[Statement], action: str, resource: str) -> list[Statement]:
    """Return the statements that allow an action on a resource, if their conditions hold."""
    return [
        each
        for each in statements
        if each["Effect"] == "Allow"
        and any(matches(one.lower(), action.lower()) for one in listed(each["Action"]))
        and any(matches(one, resource) for one in listed(each["Resource"]))
    ]
