"""The choice of a text by language: the exact tag, its shorter forms, another region, English, the first."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carillon.models.texts import canonical_tag, choose_place, places_of

LETTERS = st.text("abc", min_size=2, max_size=2)
TAGS = st.builds("-".join, st.lists(LETTERS, min_size=1, max_size=3)) | st.sampled_from(["en", "en-GB"])


@pytest.mark.parametrize(
    ("tags", "locale", "chosen"),
    [
        ("en fr pt-BR", "fr", "fr"), ("en fr pt-BR", "FR-ca", "fr"), ("en fr pt-BR", "fr_CA", "fr"),
        ("en fr pt-BR", "pt-BR", "pt-BR"), ("en pt pt-BR", "pt-BR", "pt-BR"), ("en pt pt-BR", "pt-PT", "pt"),
        ("en pt-BR pt-AO", "pt", "pt-BR"), ("en pt-BR pt-AO", "pt-PT", "pt-BR"), ("en pt-BR pt-AO", "pt-ao", "pt-AO"),
        ("en zh zh-Hant", "zh-Hant-TW", "zh-Hant"), ("en zh-Hans zh-Hant", "zh-TW", "zh-Hans"),
        ("fr en", "de", "en"), ("fr en", None, "en"), ("fr en", "", "en"), ("fr en-GB", "de", "en-GB"),
        ("fr de", "es", "fr"), ("fr de", None, "fr"), ("frr en", "fr", "en"), ("de", "-", "de"),
    ],
)  # fmt: skip
def test_a_person_gets_the_nearest_text(tags: str, locale: str | None, chosen: str) -> None:
    listed = tags.split()
    assert listed[choose_place(places_of(listed), locale)] == chosen


@given(st.lists(TAGS, min_size=1, max_size=6, unique_by=str.lower), TAGS | st.none())
def test_the_choice_is_of_the_language_of_the_person_or_else_english_or_else_the_first(
    tags: list[str], locale: str | None
) -> None:
    chosen = tags[choose_place(places_of(tags), locale)]

    def same_language(tag: str | None) -> list[str]:
        return [each for each in tags if tag and each.partition("-")[0].lower() == tag.partition("-")[0].lower()]

    lower = [tag.lower() for tag in tags]
    if locale and locale.lower() in lower:
        assert chosen.lower() == locale.lower()
    elif same := same_language(locale):
        assert chosen in same
        shorter = [tag for tag in tags if f"{locale}-".lower().startswith(f"{tag}-".lower())]
        assert not shorter or chosen == max(shorter, key=len)
    elif english := same_language("en"):
        assert chosen == ("en" if "en" in lower else english[0])
    else:
        assert chosen == tags[0]


@pytest.mark.parametrize(
    ("given_tag", "usual"),
    [("PT-br", "pt-BR"), ("ZH-hant-tw", "zh-Hant-TW"), ("en", "en"), ("es-419", "es-419"), ("DE-1996", "de-1996")],
)
def test_tags_have_one_spelling(given_tag: str, usual: str) -> None:
    assert canonical_tag(given_tag) == usual
