"""The languages that Carillon has words in."""

from typing import Literal, get_args

Language = Literal["en", "fr", "de", "es", "pt", "ar", "ja"]

# The only list: the API's descriptions, `words/` and the bell's texts follow it, and tests/unit/words compares them.
LANGUAGES: tuple[Language, ...] = get_args(Language)
FALLBACK: Language = "en"  # for a language without words, and for a description that has no text in a language
