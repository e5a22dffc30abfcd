"""The texts of a new notification as SQL gets them: it chooses those of each person's language."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from carillon.models.notification import NewNotification, PlannedTexts
from carillon.models.texts import ANY, Said, places_of


def stored_content(new: NewNotification, said: Sequence[Said]) -> dict[str, Any]:
    """Return the columns of a notification, with the texts for a person whose language is not known.

    With several languages there is a further key, `texts`: 29_languages.sql explains it.
    """
    if said[0].language is None:
        return new.content
    places = places_of([each.language or "" for each in said])
    content = new.content | asdict(said[places[ANY]])
    return content if len(said) == 1 else content | {"texts": {"places": places, "said": [*map(asdict, said)]}}


def planned_texts(said: Sequence[Said]) -> dict[str, PlannedTexts] | None:
    """Return the texts by language for the answer to a dry run, or None if they are in no named language."""
    planned = {each.language: PlannedTexts(title=each.title, summary=each.summary, body=each.body) for each in said}
    return {language: texts for language, texts in planned.items() if language} or None


def unstored_fields(new: NewNotification) -> list[str]:
    """Return the given fields that a stored notification does not have, or not whole."""
    return [*new.by_language, *(["resource_id"] if new.resource_id or not new.by_language else [])]
