"""A language is complete: it has words on both sides, in Python and in the bell, and the API has a field for it."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any, get_args

import pytest
from babel import Locale

from carillon.models.category import CategoryDescription
from carillon.models.language import FALLBACK, LANGUAGES, Language
from carillon.models.severity import SEVERITIES
from carillon.people import preferences
from carillon.words import WORDS
from carillon.words.types import LinkFailure, Suppression
from tests.support.paths import ROOT

LISTED = "Language in layers/carillon/carillon/models/language.py"
KEYS = {
    "messages.severities": set(SEVERITIES),
    "pages.failed": set(get_args(LinkFailure)),
    "email_help": set(get_args(Suppression)),
}


def texts_of(words: object, path: str = "") -> Iterator[tuple[str, str]]:
    """Yield each text with its path, such as `messages.severities.warning.tally.0`."""
    if isinstance(words, str):
        yield path, words
    elif is_dataclass(words):
        for each in fields(words):
            yield from texts_of(getattr(words, each.name), f"{path}.{each.name}".lstrip("."))
    elif not callable(words):
        values: Any = words
        entries = values.items() if isinstance(values, Mapping) else enumerate(values)
        for key, value in entries:
            yield from texts_of(value, f"{path}.{key}".lstrip("."))


@pytest.mark.parametrize("folder", ["layers/carillon/carillon/words/??.py", "web/src/texts/??.ts"])
def test_each_language_has_a_file_of_words(folder: str) -> None:
    found = {path.stem for path in ROOT.glob(folder)}
    missing = [folder.replace("??", language) for language in LANGUAGES if language not in found]
    assert not missing, f"missing, or remove the language from {LISTED}"
    assert found <= set(LANGUAGES), f"{folder} has a language that is missing in {LISTED}"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("path", KEYS)
def test_a_language_has_words_for_each_key(language: Language, path: str) -> None:
    keys = {
        name.removeprefix(f"{path}.").split(".")[0] for name, _ in texts_of(WORDS[language]) if name.startswith(path)
    }
    assert keys == KEYS[path], f"{path} of {language}"


COUNTED = re.compile(r"^(messages\.(?:severities\.\w+\.tally|more|heading))\.\d$")


def english_path(path: str) -> str:
    """Return the path of the English text: English has two forms of a counted text."""
    return COUNTED.sub(r"\1.1", path)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_is_missing_or_empty_and_each_has_the_placeholders_of_english(language: Language) -> None:
    english = dict(texts_of(WORDS[FALLBACK]))
    texts = dict(texts_of(WORDS[language]))
    assert {english_path(path) for path in texts} == {english_path(path) for path in english}
    for path, text in texts.items():
        assert text, f"{path} of {language} is empty"
        placeholders = sorted(re.findall(r"\{\w+\}", text))
        expected = sorted(re.findall(r"\{\w+\}", english[english_path(path)]))
        in_a_word = COUNTED.match(path) and not placeholders  # such as the dual
        assert placeholders == expected or in_a_word, f"{path} of {language}"
    for path, form in texts.items():
        if COUNTED.match(path) and path.endswith(".0"):
            last = max(other for other in texts if other.startswith(path.removesuffix("0")) and COUNTED.match(other))
            assert "{count}" in texts[last], f"{last} of {language}, beside {form}"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_counted_text_has_a_form_for_each_plural_category_of_the_language(language: Language) -> None:
    messages = WORDS[language].messages
    category = Locale.parse(language).plural_form
    counts = range(1000)
    forms = {messages.plural(count): category(count) for count in counts}
    assert [forms[messages.plural(count)] for count in counts] == [category(count) for count in counts]
    assert len(set(forms.values())) == len(forms)
    for counted in (messages.more, messages.heading, *(words.tally for words in messages.severities.values())):
        assert len(counted) == len(forms)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_direction_is_that_of_the_language(language: Language) -> None:
    assert WORDS[language].direction == Locale.parse(language).text_direction


def test_the_api_describes_categories_and_helps_in_each_language() -> None:
    assert set(CategoryDescription.model_fields) == set(LANGUAGES)
    for status, help_text in preferences._EMAIL_HELP.items():
        assert help_text.model_dump() == {language: WORDS[language].email_help[status] for language in LANGUAGES}


def test_a_category_without_a_text_in_a_later_language_is_shown_in_english() -> None:
    described = CategoryDescription(en="Law", fr="Loi")
    assert described.model_dump() == {"en": "Law", "fr": "Loi"}
    assert {language: described.of(language) for language in LANGUAGES} == {
        language: "Loi" if language == "fr" else "Law" for language in LANGUAGES
    }
