"""The categories of events that the operator of a stack declares: read from `categories.toml`, checked whole.

What a category means for routing: `database/schema/functions/20_routing.sql`. The file itself says what may be written.
"""

import tomllib
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, cast

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from carillon.models.category import Category
from carillon.models.delivery import Channel
from carillon.problems import WHOLE, explain

# Beside the package: `sam build` copies the layer's folder whole.
SHIPPED = Path(__file__).resolve().parents[1] / "categories.toml"


def _once_each(categories: Sequence[Category]) -> Sequence[Category]:
    twice = [name for name, times in Counter(each.name for each in categories).items() if times > 1]
    if twice:
        raise ValueError(f"declared more than once: {', '.join(twice)}")
    return categories


class Categories(BaseModel):
    """All declared categories, in the order of the file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    declared: Annotated[tuple[Category, ...], AfterValidator(_once_each)] = Field(default=(), alias="categories")

    @cached_property
    def _by_name(self) -> dict[str, Category]:
        return {category.name: category for category in self.declared}

    def mandatory_by(self, name: str, channel: Channel) -> str | None:
        """The category that makes a channel mandatory for an event or a category, or None.

        The most specific one that says anything of it decides, as in routing: `mandatory = []` takes a category out.
        """
        for category in self._around(name):
            if category.mandatory is not None:
                return category.name if channel in category.mandatory else None
        return None

    def of_event(self, name: str) -> str:
        """The category under which a person looks for an event: the most specific declared one, else its first word."""
        return next((category.name for category in self._around(name)), name.partition(".")[0])

    def audited(self, name: str) -> bool:
        """Whether notifications of a category are kept past their retention: it, or one above it, is for audit."""
        return any(category.audit for category in self._around(name))

    @property
    def audit(self) -> list[str]:
        """The names that are declared for audit."""
        return [category.name for category in self.declared if category.audit]

    def for_sql(self) -> dict[str, Any]:
        """The categories as the SQL functions take them: those that change anything, and only what they say."""
        return {category.name: said for category in self.declared if (said := category.for_sql())}

    def _around(self, name: str) -> Iterator[Category]:
        """The declared categories that a name belongs to, the most specific first."""
        words = name.split(".")
        for depth in range(len(words), 0, -1):
            if category := self._by_name.get(".".join(words[:depth])):
                yield category


def read_categories(path: Path = SHIPPED) -> Categories:
    """Read and check a file of categories.

    Raises:
        ValueError: it cannot be read, is not TOML, or says what it may not; each problem with its category and field.
    """
    try:
        declared = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ValueError(f"{path}: {error}") from None
    try:
        return Categories.model_validate(declared)
    except ValidationError as refused:
        problems = [_words(problem["loc"], explain(problem), declared) for problem in refused.errors()]
        raise ValueError("\n".join(f"{path.name}: {problem}" for problem in problems)) from None


def _words(location: Sequence[int | str], problem: dict[str, str], declared: dict[str, Any]) -> str:
    """A problem with the name of its category in place of a number, which nobody would count."""
    if len(location) < 2:
        return f"{problem['field']}: {problem['message']}"
    number = int(location[1])
    category: Any = declared["categories"][number]
    name: Any = cast("dict[str, Any]", category).get("name") if isinstance(category, dict) else None
    field = problem["field"].removeprefix(f"categories.{number}").removeprefix(".") or WHOLE
    return f"category {name or f'number {number + 1}'}: {field}: {problem['message']}"
