"""What a person reads outside the application: subject, text and HTML of an email, title and body of a push.

Only the headline, the severity and a link leave the application (design of privacy: docs/architecture.md).
A delivery holds one notification, or a digest of many: `items` are those to show, `item_count` is all of them.
"""

import unicodedata
from dataclasses import dataclass
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from carillon import links
from carillon.models.delivery import ClaimedDelivery, DeliveryItem, Severity
from carillon.settings import ChannelSettings

MAX_SUBJECT = 150
MAX_PUSH_BODY = 240
_BY_URGENCY: tuple[Severity, ...] = ("critical", "warning", "success", "info")


@dataclass(frozen=True)
class RenderedEmail:
    """An email as SES takes it. `subject` is one line of at most MAX_SUBJECT characters."""

    subject: str
    text: str
    html: str


@dataclass(frozen=True)
class RenderedPush:
    """A push as every platform shows it, and the address that a tap opens."""

    title: str
    body: str
    url: str


@dataclass(frozen=True)
class Texts:
    """All words of ours in one language. `{app}` and `{count}` are filled in."""

    language: str
    severities: dict[Severity, str]
    open_app: str
    heading: str
    more_one: str
    more_many: str
    preheader_one: str
    preheader_many: str
    reason: str
    unsubscribe: str

    def more(self, count: int) -> str:
        """How many items are not shown, in words."""
        return (self.more_one if count == 1 else self.more_many).format(count=count)


_TEXTS = {
    "en": Texts(
        language="en",
        severities={"critical": "Critical", "warning": "Warning", "success": "Success", "info": "Information"},
        open_app="Open in {app}",
        heading="{count} notifications",
        more_one="and 1 more",
        more_many="and {count} more",
        preheader_one="The details are in {app}.",
        preheader_many="{count} notifications are waiting for you in {app}.",
        reason="You receive this email because email notifications are on in {app}.",
        unsubscribe="Unsubscribe",
    ),
    "fr": Texts(
        language="fr",
        severities={"critical": "Critique", "warning": "Avertissement", "success": "Succès", "info": "Information"},
        open_app="Ouvrir dans {app}",
        heading="{count} notifications",
        more_one="et 1 autre",
        more_many="et {count} autres",
        preheader_one="Les détails sont dans {app}.",
        preheader_many="{count} notifications vous attendent dans {app}.",
        reason="Vous recevez cet e-mail car les notifications par e-mail sont activées dans {app}.",
        unsubscribe="Se désabonner",
    ),
}


def texts(locale: str | None) -> Texts:
    """The words for a locale such as `fr-CA` or `fr_FR`; English where we have none."""
    language = (locale or "").replace("_", "-").split("-", 1)[0].lower()
    return _TEXTS.get(language, _TEXTS["en"])


def render_email(
    delivery: ClaimedDelivery, settings: ChannelSettings, unsubscribe_url: str | None = None
) -> RenderedEmail:
    """The email of a delivery, in the recipient's language. `unsubscribe_url` is in the footer, where there is one."""
    words = texts(delivery.locale)
    app = one_line(settings.app_name)
    first = _most_urgent(delivery.items)
    single = delivery.item_count == 1
    more = delivery.item_count - len(delivery.items)
    subject = _subject(delivery, words, app)
    context = {
        "words": words,
        "app": app,
        "items": [
            {
                "headline": one_line(item.headline),
                "severity": item.severity,
                "label": words.severities[item.severity],
                "url": links.absolute(item.target_url, settings.app_url),
            }
            for item in delivery.items
        ],
        "single": single,
        "accent": first.severity,
        "heading": words.heading.format(count=delivery.item_count),
        "more": words.more(more) if more > 0 else "",
        "preheader": (words.preheader_one if single else words.preheader_many).format(
            app=app, count=delivery.item_count
        ),
        "open_app": words.open_app.format(app=app),
        "button_url": links.absolute(first.target_url if single else None, settings.app_url),
        "reason": words.reason.format(app=app),
        "unsubscribe_url": unsubscribe_url,
        "subject": subject,
    }
    return RenderedEmail(
        subject=subject,
        text=_environment().get_template("email.txt.j2").render(context).strip() + "\n",
        html=_environment().get_template("email.html.j2").render(context),
    )


def render_push(delivery: ClaimedDelivery, settings: ChannelSettings) -> RenderedPush:
    """The push of a delivery, in the recipient's language. The link of a digest is the application itself."""
    words = texts(delivery.locale)
    first = _most_urgent(delivery.items)
    more = f" {words.more(delivery.item_count - 1)}" if delivery.item_count > 1 else ""
    return RenderedPush(
        title=shorten(f"{one_line(settings.app_name)} · {words.severities[first.severity]}", 60),
        body=shorten(one_line(first.headline), MAX_PUSH_BODY - len(more)) + more,
        url=links.absolute(first.target_url if delivery.item_count == 1 else None, settings.app_url),
    )


def one_line(text: str) -> str:
    """The text on one line, without characters that are not seen but act: controls, and text direction marks.

    What joins emoji and scripts (zero-width joiner and non-joiner) stays.
    """
    spaced = (" " if unicodedata.category(c) in {"Cc", "Cs", "Zl", "Zp"} else c for c in text)
    kept = (c for c in spaced if unicodedata.category(c) != "Cf" or c in "\u200c\u200d")
    return " ".join("".join(kept).split())


def shorten(text: str, limit: int) -> str:
    """At most `limit` characters, cut at a word where one ends in the second half, with an ellipsis."""
    if len(text) <= limit:
        return text
    cut = text[: limit - 1]
    if not text[limit - 1].isspace() and (space := cut.rfind(" ")) >= limit // 2:
        cut = cut[:space]
    elif unicodedata.combining(text[limit - 1]) or text[limit - 1] in "\u200d\ufe0f" or cut.endswith("\u200d"):
        cut = cut[:-1].rstrip("\u200d")  # half of a joined character is another character
    return cut.rstrip(" ,;:.-") + "…"


def _subject(delivery: ClaimedDelivery, words: Texts, app: str) -> str:
    more = f" {words.more(delivery.item_count - 1)}" if delivery.item_count > 1 else ""
    ending = f"{more} · {shorten(app, 40)}"
    return shorten(one_line(_most_urgent(delivery.items).headline), MAX_SUBJECT - len(ending)) + ending


def _most_urgent(items: list[DeliveryItem]) -> DeliveryItem:
    return min(items, key=lambda item: _BY_URGENCY.index(item.severity))


@cache
def _environment() -> Environment:
    """Templates are compiled once per container."""
    return Environment(
        loader=PackageLoader("carillon"),
        autoescape=select_autoescape(enabled_extensions=("html.j2",)),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
