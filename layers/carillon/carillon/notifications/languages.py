"""The texts of a new notification as SQL gets them: it chooses those of each person's language."""

import json
from collections.abc import Sequence
from typing import Any

from carillon.models.new_notification import TEXTS, NewNotification
from carillon.models.recorded import PlannedTexts
from carillon.models.texts import ANY, Said, places_of
from carillon.settings import CreateSettings


def said_by(settings: CreateSettings, new: NewNotification) -> list[Said]:
    """Return what a new notification says in each language.

    Raises:
        Invalid: the stack has no such template, or its variables have wrong values.
    """
    if new.template is None:
        return new.said
    # Imported here: a request without a template needs neither Jinja nor Babel.
    from carillon.notifications.templates import render

    return render(settings, new.template, new.variables or {})


def stored_content(new: NewNotification, said: Sequence[Said]) -> dict[str, Any]:
    """Return the columns of a notification, with the texts for a person whose language is not known.

    With several languages there is a further key, `texts`: 29_languages.sql explains it.
    """
    if said[0].language is None:
        return new.content
    places = places_of([each.language or "" for each in said])
    content = new.content | said[places[ANY]].columns
    if len(said) == 1:
        return content
    return content | {"texts": {"places": places, "said": [each.columns for each in said]}}


def stored_json(settings: CreateSettings, new: NewNotification) -> str:
    """Return the columns of a new notification as JSON. Null and an absent name are the same column.

    Raises:
        Invalid: the stack has no such template, or its variables have wrong values.
    """
    if new.template is None and not new.by_language:
        return new.content_json  # made once for the hash, too
    return json.dumps(stored_content(new, said_by(settings, new)))


def planned_texts(said: Sequence[Said]) -> dict[str, PlannedTexts] | None:
    """Return the texts by language for the answer to a dry run, or None if they are in no named language."""
    planned = {each.language: PlannedTexts.model_validate(each, from_attributes=True) for each in said}
    return {language: texts for language, texts in planned.items() if language} or None


def unstored_fields(new: NewNotification) -> list[str]:
    """Return the given fields that a stored notification does not have, or not whole."""
    named = ["template", "variables"] if new.template else list(new.by_language)
    return [*named, *(["resource_id"] if new.resource_id or not named else [])]


def given_fields(new: NewNotification, differing: Sequence[str]) -> list[str]:
    """Return the fields of the request that fields of a notification come from: a template makes the texts."""
    if new.template is None:
        return [*differing]
    return sorted({"variables" if field in (*TEXTS, "channel_texts") else field for field in differing})
