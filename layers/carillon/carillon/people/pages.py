"""The pages that an unsubscribe link opens: small and without scripts, in the person's language.

Anyone with the link can open its page. The page therefore shows only the link's categories and no stored data.
"""

import base64
import hashlib
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Literal

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup

from carillon.categories import Categories
from carillon.models.language import Language
from carillon.settings.routing import RoutingSettings
from carillon.words import WORDS
from carillon.words.types import LinkFailure

Scope = Literal["category", "all"]
Action = Literal["category", "all", "category_again", "all_again"]  # a button: switch off, or switch on again


def ask(settings: RoutingSettings, language: Language, categories: tuple[str, ...], *, again: bool = False) -> str:
    """Render the page with two buttons: one stops the link's categories, the other stops all email.

    `again` says that a posted form named nothing to stop.
    """
    words = WORDS[language].pages
    buttons: list[tuple[Action, str]] = [("category", words.stop)] if categories else []
    return _page(
        settings,
        language,
        heading=words.nothing if again else words.ask,
        lines=[*([words.nothing_said] if again else []), words.about if categories else words.about_all],
        about=categories,
        buttons=[*buttons, ("all", words.stop_all)],
        still=True,
    )


def done(settings: RoutingSettings, language: Language, categories: tuple[str, ...]) -> str:
    """Render the page that names what was switched off. Without categories, all switchable email was.

    Its button switches email on again, after a mistake.
    """
    words = WORDS[language].pages
    return _page(
        settings,
        language,
        heading=words.done,
        lines=[words.done_about if categories else words.done_all],
        about=categories,
        buttons=[("category_again" if categories else "all_again", words.again)],
        still=True,
    )


def again(settings: RoutingSettings, language: Language, categories: tuple[str, ...]) -> str:
    """Render the page that says what is switched on again, with a button to stop it."""
    words = WORDS[language].pages
    return _page(
        settings,
        language,
        heading=words.again_done,
        lines=[words.about if categories else words.again_all],
        about=categories,
        buttons=[("category", words.stop) if categories else ("all", words.stop_all)],
    )


def mandatory(settings: RoutingSettings, language: Language, categories: tuple[str, ...]) -> str:
    """Render the page for a link whose categories have all become mandatory."""
    words = WORDS[language].pages
    return _page(settings, language, heading=words.mandatory, lines=[words.mandatory_said], about=categories)


def failed(settings: RoutingSettings, language: Language, failure: LinkFailure) -> str:
    """Render the page that says why a link had no effect."""
    heading, line = WORDS[language].pages.failed[failure]
    return _page(settings, language, heading=heading, lines=[line])


def headers() -> dict[str, str]:
    """Return the headers of a page: it may load nothing, and no cache may store it."""
    digest = base64.b64encode(hashlib.sha256(_style().encode()).digest()).decode()
    policy = (
        f"default-src 'none'; style-src 'sha256-{digest}'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    )
    return {
        "Content-Security-Policy": policy,
        "Referrer-Policy": "no-referrer",  # the address of the page contains the link's token
        "Cache-Control": "no-store",
        "X-Robots-Tag": "noindex",
        "X-Content-Type-Options": "nosniff",
    }


def _page(
    settings: RoutingSettings,
    language: Language,
    *,
    heading: str,
    lines: list[str],
    about: tuple[str, ...] = (),
    buttons: Sequence[tuple[Action, str]] = (),
    still: bool = False,
) -> str:
    words, app = WORDS[language].pages, settings.app_name
    kept = [c.name for c in settings.categories.declared if settings.categories.mandatory_by(c.name, "email")]
    what = ", ".join(_label(settings.categories, language, name) for name in kept)
    return _template().render(
        language=language,
        direction=WORDS[language].direction,
        app=app,
        style=Markup(_style()),  # noqa: S704 (a file of ours)
        heading=heading,
        lines=[line.format(app=app) for line in lines],
        about=[_label(settings.categories, language, name) for name in about],
        buttons=buttons,
        still=words.still.format(app=app, what=what) if still and kept else "",
        app_url=settings.app_url,
        settings_words=words.settings.format(app=app),
    )


def _label(categories: Categories, language: Language, name: str) -> str:
    """Return a category's description, or its name if the operator did not declare it."""
    declared = next((category for category in categories.declared if category.name == name), None)
    return declared.description.of(language) if declared else name.replace("_", " ").replace(".", ", ")


@cache
def _style() -> str:
    return files("carillon").joinpath("people", "templates", "unsubscribe.css").read_text("utf-8")


@cache
def _template() -> Template:
    """Return the template, compiled once per container."""
    environment = Environment(
        loader=PackageLoader("carillon.people"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    return environment.get_template("unsubscribe.html.j2")
