"""The pages of an unsubscribe link: words in each language, names that stay text, and readable colours."""

import re
from importlib.resources import files
from pathlib import Path

import pytest

from carillon.models.language import LANGUAGES, Language
from carillon.people import pages
from carillon.settings.routing import RoutingSettings
from carillon.words import WORDS

SETTINGS = RoutingSettings(app_name="Acme", app_url="https://app.acme.example")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_is_complete_and_names_its_categories(language: Language) -> None:
    every = [
        pages.ask(SETTINGS, language, ("mention", "sales")), pages.ask(SETTINGS, language, ()),
        pages.ask(SETTINGS, language, ("sales",), again=True), pages.done(SETTINGS, language, ("mention",)),
        pages.done(SETTINGS, language, ()), pages.again(SETTINGS, language, ("sales",)),
        pages.again(SETTINGS, language, ()), pages.mandatory(SETTINGS, language, ("security",)),
        *(pages.failed(SETTINGS, language, why) for why in ("invalid", "expired", "unavailable")),
    ]  # fmt: skip
    assert len(set(every)) == len(every)
    for page in every:
        assert page.startswith(f'<!doctype html>\n<html lang="{language}" dir="{WORDS[language].direction}">')
        assert len(re.findall("<h1>", page)) == 1
        assert re.search(r"<title>.+ · Acme</title>", page)
        assert 'href="https://app.acme.example"' in page
        assert "{" not in re.sub("<style>.*?</style>", "", page, flags=re.DOTALL)
    described = next(each.description for each in SETTINGS.categories.declared if each.name == "mention")
    assert {"en": "Mentions of you", "fr": "Mentions de votre nom"}.items() <= described.model_dump().items()
    assert f"<li>{described.of(language)}</li>" in every[0]


def test_names_are_escaped() -> None:
    settings = SETTINGS.model_copy(update={"app_name": "A<b>&\"' {app}", "app_url": 'https://x.example/"><script>'})
    page = pages.ask(settings, "en", ('<script>alert("x")</script>', "{what}"))
    assert "<script" not in page
    assert "<b>" not in page
    assert "A&lt;b&gt;&amp;" in page


def test_mandatory_categories_are_listed_if_there_are_any(tmp_path: Path) -> None:
    assert "Roles, API keys and data exports" in pages.done(SETTINGS, "en", ())
    (tmp_path / "categories.toml").write_text(
        '[[categories]]\nname = "law"\ndescription = { en = "Law", fr = "Loi" }\nmandatory = ["push"]\n'
    )
    other = RoutingSettings(categories_file=tmp_path / "categories.toml")
    assert "has to tell you" not in pages.done(other, "en", ())


def brightness(colour: str) -> float:
    """Return the relative luminance, as WCAG 2.2 defines it."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_text_has_enough_contrast_in_light_and_dark() -> None:
    style = files("carillon").joinpath("people", "templates", "unsubscribe.css").read_text("utf-8")
    themes = [dict(re.findall(r"--(\w+): (#\w{6})", line)) for line in style.splitlines() if "--text:" in line]
    assert len(themes) == 2
    for theme in themes:
        for front, back in (("text", "card"), ("quiet", "card"), ("back", "text")):
            lighter, darker = sorted((brightness(theme[front]), brightness(theme[back])), reverse=True)
            assert (lighter + 0.05) / (darker + 0.05) >= 4.5, (front, back)
