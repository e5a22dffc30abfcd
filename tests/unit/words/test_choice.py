"""The person's locale chooses the language, or else the browser's Accept-Language header does."""

import pytest

from carillon.words import choose_language


@pytest.mark.parametrize(
    ("locale", "accepted", "language"),
    [
        (None, "", "en"), (None, "*", "en"), (None, "fr", "fr"), (None, "fr-CA,fr;q=0.8", "fr"),
        (None, "xx,fr;q=0.5", "fr"), (None, "frr", "en"), (None, ";;,=", "en"),
        (None, "en;q=0.4, fr;q=0.5", "fr"), (None, "fr;q=0.5, en;q=0.6", "en"), (None, "fr, en", "fr"),
        (None, "en, fr", "en"), (None, "fr;q=0", "en"), (None, "FR", "fr"), (None, "fr;q=much", "en"),
        ("fr", "en", "fr"), ("fr_CA", "en", "fr"), ("FR-fr", "", "fr"), ("xx", "fr", "en"), ("en", "fr", "en"),
    ],
)  # fmt: skip
def test_the_language_of_the_person_goes_before_that_of_the_browser(
    locale: str | None, accepted: str, language: str
) -> None:
    assert choose_language(locale, accepted) == language
