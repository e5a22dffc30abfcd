"""Settings for tests: with other values, or with categories that a test declares."""

from collections.abc import Mapping
from typing import Any

from carillon.categories import Categories
from carillon.settings.groups import CategorySettings

DESCRIPTION = {"en": "It", "fr": "Cela"}


def with_values[S: CategorySettings](settings: S, **values: Any) -> S:
    """Return the settings with other values.

    `model_copy` would also copy the stack's rules that the settings have computed from the old values.
    """
    changed = type(settings).model_validate(settings.model_dump() | values)
    vars(changed)["categories"] = settings.categories
    return changed


def with_categories[S: CategorySettings](settings: S, categories: Mapping[str, Mapping[str, Any]]) -> S:
    """Return the settings with these categories, by name, instead of those of the file."""
    changed = with_values(settings)
    vars(changed)["categories"] = categories_of(categories)
    return changed


def categories_of(categories: Mapping[str, Mapping[str, Any]]) -> Categories:
    """Return declared categories. A test need not describe them."""
    return Categories.model_validate(
        {"categories": [{"name": name, "description": DESCRIPTION, **fields} for name, fields in categories.items()]}
    )
