"""The categories of events that the operator of a stack declares in `categories.toml`.

The comments of that file explain its fields. `database/schema/functions/20_routing.sql` applies the categories.
"""

import tomllib
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, cast

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from carillon.models.category import Category
from carillon.models.channel import CHANNELS, Channel
from carillon.problems import explain

# An operator wrote a file, and no request.
_IN_A_FILE = {
    "must be a JSON object": "must be a table",
    "is not a field of this request": "is not a field of this file",
}
# The file is beside the package: `sam build` copies the whole folder of the layer.
SHIPPED = Path(__file__).resolve().parents[1] / "categories.toml"


def _check_names(categories: Sequence[Category]) -> Sequence[Category]:
    twice = [name for name, times in Counter(each.name for each in categories).items() if times > 1]
    if twice:
        raise ValueError(f"declared more than once: {', '.join(twice)}")
    return categories


class Categories(BaseModel):
    """All declared categories, in the order of the file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    declared: Annotated[tuple[Category, ...], AfterValidator(_check_names)] = Field(default=(), alias="categories")

    @cached_property
    def _by_name(self) -> dict[str, Category]:
        return {category.name: category for category in self.declared}

    def mandatory_by(self, name: str, channel: Channel) -> str | None:
        """Return the category that makes a channel mandatory for an event or a category, or None.

        As in routing, the most specific category with the field `mandatory` decides. So `mandatory = []` is an
        exception from a wider category.
        """
        for category in self.covering(name):
            if category.mandatory is not None:
                return category.name if channel in category.mandatory else None
        return None

    def only_if_unread_minutes(self, name: str) -> int | None:
        """Return how long a delivery waits for the person to read the notification: the most specific value."""
        waits = (category.only_if_unread_minutes for category in self.covering(name))
        return next((minutes for minutes in waits if minutes is not None), None)

    def of_event(self, name: str) -> str:
        """Return the category of an event for a person: the most specific declared one, or else its first word."""
        return next((category.name for category in self.covering(name)), name.partition(".")[0])

    def audited(self, name: str) -> bool:
        """Return whether a category, or one above it, is for audit: its notifications outlive the retention."""
        return any(category.audit for category in self.covering(name))

    def producers_only(self, name: str) -> str | None:
        """Return the category that keeps people from recording an event for themselves, or None.

        A category does so if it is mandatory on a channel or for audit. Otherwise the most specific category with the
        field `producers_only` decides.
        """
        covering = list(self.covering(name))
        for category in covering:
            if category.audit or any(self.mandatory_by(name, channel) == category.name for channel in CHANNELS):
                return category.name
        decided = next((category for category in covering if category.producers_only is not None), None)
        return decided.name if decided is not None and decided.producers_only else None

    @property
    def audit(self) -> list[str]:
        """The names of the categories that are declared for audit."""
        return [category.name for category in self.declared if category.audit]

    @property
    def names(self) -> list[str]:
        """The names of all declared categories, in the order of the file."""
        return [category.name for category in self.declared]

    def covering(self, name: str) -> Iterator[Category]:
        """Yield the declared categories that a name belongs to, the most specific first."""
        words = name.split(".")
        for depth in range(len(words), 0, -1):
            if category := self._by_name.get(".".join(words[:depth])):
                yield category


def read_categories(path: Path = SHIPPED) -> Categories:
    """Read and check a file of categories.

    Raises:
        ValueError: the file cannot be read, is not TOML, or has a wrong field. The text names each category and field.
    """
    try:
        declared = tomllib.loads(path.read_text("utf-8-sig"))  # some editors write a byte order mark
    except UnicodeDecodeError as error:
        raise ValueError(f"{path}: is not UTF-8 (byte {error.start}): save it as UTF-8") from None
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise ValueError(f"{path}: {error}") from None
    try:
        return Categories.model_validate(declared)
    except ValidationError as error:
        problems = [_describe(problem["loc"], explain(problem), declared) for problem in error.errors()]
        raise ValueError("\n".join(f"{path.name}: {problem}" for problem in problems)) from None


def _describe(location: Sequence[int | str], problem: dict[str, str], declared: dict[str, Any]) -> str:
    """Return a problem in words. It names the category instead of giving its position in the file."""
    message = _IN_A_FILE.get(problem["message"], problem["message"])
    if len(location) < 2:
        return f"{problem['field']}: {message}"
    number = int(location[1])
    category: Any = declared["categories"][number]
    name: Any = cast("dict[str, Any]", category).get("name") if isinstance(category, dict) else None
    field = problem["field"].removeprefix(f"categories.{number}").removeprefix(".")
    return ": ".join(part for part in (f"category {name or f'number {number + 1}'}", field, message) if part)
