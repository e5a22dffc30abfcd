"""Texts by language, and the choice of a text for a person."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, Discriminator, Field, Tag

from carillon.models.channel import Channel
from carillon.models.language import FALLBACK
from carillon.models.recipient import Locale

MAX_LANGUAGES = 20
ANY = ""  # stands for all languages that have no text

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Said:
    """The texts of a notification in one language. `language` is None if the producer named none.

    `channel_texts` has the texts that a template declares for single channels.
    """

    language: str | None
    title: str
    summary: str | None = None
    body: str | None = None
    channel_texts: Mapping[Channel, str] | None = None

    @property
    def columns(self) -> dict[str, Any]:
        """The texts by the names of their columns, and the language, which a dry run answers."""
        texts = {"language": self.language, "title": self.title, "summary": self.summary, "body": self.body}
        return texts if self.channel_texts is None else texts | {"channel_texts": self.channel_texts}


def canonical_tag(tag: str) -> str:
    """Return a language tag in its usual spelling, such as `pt-BR` or `zh-Hant`: RFC 5646, section 2.1.1."""
    first, *others = tag.lower().split("-")
    return "-".join([first, *(_SPELLINGS.get(len(part), str.lower)(part) for part in others)])


_SPELLINGS = {2: str.upper, 4: str.title}


def places_of(tags: Sequence[str]) -> dict[str, int]:
    """Return which text a person gets, by the tag of their language in lower case.

    A tag that is not a key is looked up by its shorter forms, down to ANY: RFC 4647, section 3.4. If only
    regions of a language have a text, such as `pt-BR`, the others get the first of these.
    """
    places: dict[str, int] = {}
    for place, tag in enumerate(tags):
        places.setdefault(tag.lower().partition("-")[0], place)
    places |= {tag.lower(): place for place, tag in enumerate(tags)}
    return places | {ANY: places.get(FALLBACK, 0)}


def choose_place(places: Mapping[str, int], locale: str | None) -> int:
    """Return which text a person with a locale gets. `place_of_language` in 29_languages.sql does the same."""
    wanted = (locale or ANY).lower().replace("_", "-")
    while wanted not in places:
        wanted = wanted.rpartition("-")[0]
    return places[wanted]


def _check_tags[Text](texts: dict[str, Text]) -> dict[str, Text]:
    canonical = {canonical_tag(tag): text for tag, text in texts.items()}
    if len(canonical) < len(texts):
        raise ValueError("must name a language once")
    return canonical


def _form(given: object) -> str:
    return "[texts]" if isinstance(given, dict) else "[text]"


# The tags are not part of a field's name: problems.py.
InLanguages = Annotated[
    Annotated[T, Tag("[text]")]
    | Annotated[
        dict[Locale, T],
        # The schema has a pattern for the keys that are tags. Without this it would allow any other key too.
        Field(min_length=1, max_length=MAX_LANGUAGES, json_schema_extra={"additionalProperties": False}),
        AfterValidator(_check_tags),
        Tag("[texts]"),
    ],
    Discriminator(_form),
]
