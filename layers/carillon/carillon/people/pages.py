"""The pages that a link to unsubscribe leads to: small, without scripts, in English or French.

Who opens one is known by the link alone, so a page shows what the link is about, and nothing that is stored.
"""

import base64
import hashlib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal, get_args

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup

from carillon.categories import Categories
from carillon.settings.groups import RoutingSettings

Language = Literal["en", "fr"]
Scope = Literal["category", "all"]
Failed = Literal["invalid", "expired", "unavailable"]


@dataclass(frozen=True)
class _Words:
    """All words of ours in one language. `{app}` and `{what}` are filled in."""

    ask: str
    about: str
    about_all: str
    stop: str
    stop_all: str
    done: str
    done_about: str
    done_all: str
    nothing: str
    nothing_said: str
    mandatory: str
    mandatory_said: str
    still: str
    settings: str
    failed: dict[Failed, tuple[str, str]]


_WORDS: dict[Language, _Words] = {
    "en": _Words(
        ask="Unsubscribe",
        about="{app} sends you emails about:",
        about_all="{app} sends you emails about its notifications.",
        stop="Stop these emails",
        stop_all="Stop all emails",
        done="You are unsubscribed",
        done_about="From now on there are no emails from {app} about:",
        done_all="From now on there are no emails from {app} that can be switched off.",
        nothing="Nothing was changed",
        nothing_said="The request did not say what to stop. Please choose:",
        mandatory="These emails cannot be switched off",
        mandatory_said="{app} has to tell you about this. Nothing was changed.",
        still="What {app} has to tell you still comes by email: {what}.",
        settings="Choose what {app} tells you, and how, in its settings",
        failed={
            "invalid": (
                "This link does not work",
                "It is incomplete, or no longer good. Nothing was changed. Please use the link in a newer email.",
            ),
            "expired": (
                "This link has expired",
                "Nothing was changed. Please use the link in a newer email.",
            ),
            "unavailable": (
                "This does not work just now",
                "It may not have been done. Please try again in a minute.",
            ),
        },
    ),
    "fr": _Words(
        ask="Se désabonner",
        about="{app} vous envoie des e-mails sur :",
        about_all="{app} vous envoie des e-mails sur ses notifications.",
        stop="Ne plus recevoir ces e-mails",
        stop_all="Ne plus recevoir aucun e-mail",
        done="Désabonnement effectué",
        done_about="Désormais, plus d'e-mails de {app} sur :",
        done_all="Désormais, plus d'e-mails de {app} qui puissent être désactivés.",
        nothing="Rien n'a été modifié",
        nothing_said="La demande ne disait pas quoi arrêter. Veuillez choisir :",
        mandatory="Ces e-mails ne peuvent pas être désactivés",
        mandatory_said="{app} doit vous en informer. Rien n'a été modifié.",
        still="Ce dont {app} doit vous informer arrive toujours par e-mail : {what}.",
        settings="Choisir ce que {app} vous dit, et comment, dans ses réglages",
        failed={
            "invalid": (
                "Ce lien ne fonctionne pas",
                "Il n'est pas complet, ou plus valable. Rien n'a été modifié. Prenez celui d'un e-mail plus récent.",
            ),
            "expired": (
                "Ce lien a expiré",
                "Rien n'a été modifié. Veuillez utiliser le lien d'un e-mail plus récent.",
            ),
            "unavailable": (
                "Cela ne fonctionne pas pour le moment",
                "Ce n'est peut-être pas fait. Veuillez réessayer dans une minute.",
            ),
        },
    ),
}


def language(locale: str | None, accepted: str) -> Language:
    """The language of a page: the person's own, else the best that a browser accepts (RFC 9110, section 12.5.4)."""
    if locale is not None:
        return "fr" if locale.replace("_", "-").split("-")[0].lower() == "fr" else "en"
    best: Language = "en"
    most = 0.0
    for entry in accepted.lower().replace(" ", "").split(","):
        tag, _, weight = entry.partition(";q=")
        spoken = next((known for known in get_args(Language) if tag.split("-")[0] == known), None)
        if spoken and _weight(weight) > most:
            best, most = spoken, _weight(weight)
    return best


def ask(settings: RoutingSettings, spoken: Language, categories: tuple[str, ...], *, again: bool = False) -> str:
    """What a link is about, with a button for it and one for all email. `again`: something else had been posted."""
    words = _WORDS[spoken]
    buttons: list[tuple[Scope, str]] = [("category", words.stop)] if categories else []
    return _page(
        settings,
        spoken,
        heading=words.nothing if again else words.ask,
        lines=[*([words.nothing_said] if again else []), words.about if categories else words.about_all],
        about=categories,
        buttons=[*buttons, ("all", words.stop_all)],
        still=True,
    )


def done(settings: RoutingSettings, spoken: Language, categories: tuple[str, ...]) -> str:
    """What no email comes about any more; without categories, all that can be switched off."""
    words = _WORDS[spoken]
    said = words.done_about if categories else words.done_all
    return _page(settings, spoken, heading=words.done, lines=[said], about=categories, still=True)


def mandatory(settings: RoutingSettings, spoken: Language, categories: tuple[str, ...]) -> str:
    """All that a link is about became mandatory since."""
    words = _WORDS[spoken]
    return _page(settings, spoken, heading=words.mandatory, lines=[words.mandatory_said], about=categories)


def failed(settings: RoutingSettings, spoken: Language, why: Failed) -> str:
    """Why a link did nothing."""
    heading, line = _WORDS[spoken].failed[why]
    return _page(settings, spoken, heading=heading, lines=[line])


def headers() -> dict[str, str]:
    """What a page may do, which is next to nothing, and who may keep it, which is nobody."""
    digest = base64.b64encode(hashlib.sha256(_style().encode()).digest()).decode()
    policy = (
        f"default-src 'none'; style-src 'sha256-{digest}'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    )
    return {
        "Content-Security-Policy": policy,
        "Referrer-Policy": "no-referrer",  # the address of the page is the link
        "Cache-Control": "no-store",
        "X-Robots-Tag": "noindex",
        "X-Content-Type-Options": "nosniff",
    }


def _page(
    settings: RoutingSettings,
    spoken: Language,
    *,
    heading: str,
    lines: list[str],
    about: tuple[str, ...] = (),
    buttons: list[tuple[Scope, str]] | None = None,
    still: bool = False,
) -> str:
    words, app = _WORDS[spoken], settings.app_name
    kept = [c.name for c in settings.categories.declared if settings.categories.mandatory_by(c.name, "email")]
    what = ", ".join(_label(settings.categories, spoken, name) for name in kept)
    return _template().render(
        language=spoken,
        app=app,
        style=Markup(_style()),  # noqa: S704 (a file of ours)
        heading=heading,
        lines=[line.format(app=app) for line in lines],
        about=[_label(settings.categories, spoken, name) for name in about],
        buttons=buttons or [],
        still=words.still.format(app=app, what=what) if still and kept else "",
        app_url=settings.app_url,
        settings_words=words.settings.format(app=app),
    )


def _label(categories: Categories, spoken: Language, name: str) -> str:
    """A category as people call it; one that nobody declared, by its name."""
    declared = next((category for category in categories.declared if category.name == name), None)
    return getattr(declared.description, spoken) if declared else name.replace("_", " ").replace(".", ", ")


def _weight(text: str) -> float:
    try:
        return float(text) if text else 1.0
    except ValueError:
        return 0.0


@cache
def _style() -> str:
    return files("carillon").joinpath("people", "templates", "unsubscribe.css").read_text("utf-8")


@cache
def _template() -> Template:
    """Compiled once per container."""
    environment = Environment(
        loader=PackageLoader("carillon.people"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    return environment.get_template("unsubscribe.html.j2")
