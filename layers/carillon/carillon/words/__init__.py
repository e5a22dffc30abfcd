"""The words that people read outside the application, in every language, and how Carillon chooses a language.

Each language is one module here, for example `fr.py`. `types.py` says which words it must have. This room imports only
`models`.
"""

from collections.abc import Mapping
from importlib import import_module

from carillon.models.language import FALLBACK, LANGUAGES, Language
from carillon.words.types import Words

WORDS: Mapping[Language, Words] = {language: import_module(f"{__name__}.{language}").WORDS for language in LANGUAGES}


def language_of(locale: str | None) -> Language:
    """Return the language of a locale such as `fr-CA` or `fr_FR`, or English if Carillon has no words for it."""
    return _known((locale or "").replace("_", "-")) or FALLBACK


def choose_language(locale: str | None, accept_language: str) -> Language:
    """Return the language for a person's locale. Without a locale, return the language that their browser prefers.

    `accept_language` is the value of the header (RFC 9110, section 12.5.4). Of equal weights, the first entry decides.
    """
    if locale is not None:
        return language_of(locale)
    best, best_weight = FALLBACK, 0.0
    for entry in accept_language.replace(" ", "").split(","):
        tag, _, quality = entry.lower().partition(";q=")
        language, weight = _known(tag), _weight(quality)
        if language and weight > best_weight:
            best, best_weight = language, weight
    return best


def _known(tag: str) -> Language | None:
    """Return the language of a tag such as `fr-CA` if Carillon has words for it."""
    primary = tag.split("-", 1)[0].lower()
    return next((language for language in LANGUAGES if language == primary), None)


def _weight(quality: str) -> float:
    try:
        return float(quality) if quality else 1.0
    except ValueError:
        return 0.0
