"""Rendering: the sender, subject, text and HTML of an email, and the title and body of a push.

An email or a push has only the headline, the severity and a link of each notification (docs/architecture.md, privacy).
A delivery is for one notification or for a digest. `items` are the notifications to show; `item_count` counts all.
docs/email.md describes the emails.
"""

import re
import textwrap
import unicodedata
from collections import Counter
from dataclasses import dataclass
from email.header import Header
from email.utils import formataddr, parseaddr
from functools import cache
from html import escape

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from carillon.channels.email.colours import DARK, LIGHT
from carillon.graphemes import FLAG_OF_TAGS, cut
from carillon.links import targets
from carillon.models.delivery import ClaimedDelivery, DeliveryItem
from carillon.models.severity import SEVERITIES
from carillon.settings.groups import ChannelSettings
from carillon.words import WORDS, language_of
from carillon.words.types import MessageTexts

MAX_SUBJECT = 150
MAX_PUSH_BODY = 240
MAX_APP_NAME = 64
MAX_DIGEST_LINK = 2048  # in HTML: a digest with twenty such links stays below the 102 kB that Gmail shows of an email
LINE_WIDTH = 72  # of the text part
_MOST_URGENT_FIRST = SEVERITIES[::-1]


@dataclass(frozen=True)
class RenderedEmail:
    """An email for SES. `sender` is ASCII; `subject` is one line of at most MAX_SUBJECT characters."""

    sender: str
    subject: str
    text: str
    html: str


@dataclass(frozen=True)
class RenderedPush:
    """A push for any platform. `url` is the address that a tap opens."""

    title: str
    body: str
    url: str


def render_email(
    delivery: ClaimedDelivery, settings: ChannelSettings, unsubscribe_url: str | None = None
) -> RenderedEmail:
    """Render the email of a delivery in the recipient's language.

    `unsubscribe_url` leads to a page that asks before it changes anything. An email whose notifications are all
    mandatory has no such link.
    """
    language = language_of(delivery.locale)
    words = WORDS[language].messages
    app = shorten(one_line(settings.app_name), MAX_APP_NAME)
    first, *others = sorted(delivery.items, key=_urgency)  # a stable sort: mandatory ones stay first within a severity
    rest = words.rest(delivery.item_count - len(delivery.items))
    subject = _subject(first, delivery.item_count, words)
    context = {
        "light": LIGHT,
        "dark": DARK,
        "language": language,
        "direction": WORDS[language].direction,
        "words": words,
        "app": app,
        "subject": subject,
        "groups": [
            {"severity": severity, "label": words.severities[severity].label, "items": shown}
            for severity in _MOST_URGENT_FIRST
            if (shown := [_shown(item, settings) for item in delivery.items if item.severity == severity])
        ],
        "rest": rest,
        "footer": _footer(delivery, words, app, unsubscribe_url),
    }
    if delivery.item_count == 1:
        context |= {
            "single": True,
            "heading": _headline(first),
            "note": words.details.format(app=app),
            "preheader": f"{words.severities[first.severity].label} · {words.details.format(app=app)}",
            "button": words.open_one.format(app=app),
            "button_url": _link(first, settings),
        }
    else:
        tally = words.tally(Counter(item.severity for item in (first, *others)), rest)
        context |= {
            "single": False,
            "heading": words.counted(words.heading, delivery.item_count),
            "note": tally,
            # A mailbox shows the preheader after the subject, which already names the first notification.
            "preheader": " · ".join([tally, *(shorten(_headline(item), 60) for item in others[:2])]),
            "button": words.open_all.format(app=app),
            "button_url": settings.app_url,
        }
    return RenderedEmail(
        sender=_sender(settings.email_from or "", app),
        subject=subject,
        text=_environment().get_template("email.txt.j2").render(context).strip() + "\n",
        html=_environment().get_template("email.html.j2").render(context),
    )


def render_push(delivery: ClaimedDelivery, settings: ChannelSettings) -> RenderedPush:
    """Render the push of a delivery in the recipient's language. The link of a digest leads to the application."""
    words = WORDS[language_of(delivery.locale)].messages
    first = min(delivery.items, key=_urgency)
    single = delivery.item_count == 1
    more = "" if single else f" {words.rest(delivery.item_count - 1)}"
    return RenderedPush(
        title=shorten(f"{one_line(settings.app_name)} · {words.severities[first.severity].label}", 60),
        body=shorten(_headline(first), MAX_PUSH_BODY - len(more)) + more,
        url=_link(first, settings) if single else settings.app_url,
    )


def one_line(text: str) -> str:
    """Return the text on one line, without invisible characters that act: controls and text direction marks.

    Zero-width joiners and non-joiners stay, because they join emoji and letters. The tags of a flag stay too, such as
    that of Scotland, and no-break spaces.
    """
    spaced = "".join(" " if unicodedata.category(c) in {"Cc", "Cs", "Zl", "Zp"} else c for c in text)
    kept = "".join(
        part if FLAG_OF_TAGS.fullmatch(part) else "".join(filter(_stays, part))
        for part in re.split(f"({FLAG_OF_TAGS.pattern})", spaced)
    )
    return re.sub(r"\s+", lambda space: space[0] if space[0] in {"\u00a0", "\u202f"} else " ", kept).strip()


def _stays(character: str) -> bool:
    return character in "\u200c\u200d" or unicodedata.category(character) != "Cf"


def shorten(text: str, limit: int) -> str:
    """Cut the text to at most `limit` code points with an ellipsis, after a word if one ends in the second half.

    A character that a person sees stays whole, or goes whole.
    """
    if len(text) <= limit:
        return text
    start = cut(text, limit - 1)
    if not text[len(start)].isspace() and (space := start.rfind(" ")) >= limit // 2:
        start = start[:space]
    return start.rstrip(" ,;:.-") + "…"


def _urgency(item: DeliveryItem) -> int:
    return _MOST_URGENT_FIRST.index(item.severity)


def _headline(item: DeliveryItem) -> str:
    """Return the headline as it is shown. If it has no visible character, return text that a person can click on."""
    return one_line(item.headline) or one_line(item.title) or "…"


def _sender(email_from: str, app: str) -> str:
    """Return the sender with the application's name, unless the setting has a name already.

    SES requires ASCII. A name in other characters therefore becomes encoded words of at most 75 characters (RFC 2047).
    A policy compares only the address (the condition key ses:FromAddress). SES itself rejects an invalid address.
    """
    name, address = parseaddr(email_from)
    if name or "@" not in address or not address.isascii():
        return email_from
    if app.isascii() and "=?" not in app:
        return formataddr((app, address))
    return f"{Header(app, 'utf-8', maxlinelen=75).encode(linesep='')} <{address}>"


def _subject(first: DeliveryItem, count: int, words: MessageTexts) -> str:
    if count == 1:
        return shorten(_headline(first), MAX_SUBJECT)
    before, after = words.subject.format(heading=words.counted(words.heading, count), headline="\n").split("\n")
    return before + shorten(_headline(first), MAX_SUBJECT - len(before) - len(after)) + after


def _footer(delivery: ClaimedDelivery, words: MessageTexts, app: str, unsubscribe_url: str | None) -> dict[str, str]:
    """Return why the person receives the email, and how they can stop such emails."""
    mandatory = [item.mandatory for item in delivery.items]
    shows_all = delivery.item_count == len(delivery.items)
    if all(mandatory) and (shows_all or unsubscribe_url is None):
        return {"why": words.mandatory.format(app=app), "unsubscribe_url": "", "note": ""}
    return {
        "why": words.reason.format(app=app),
        "unsubscribe_url": unsubscribe_url or "",
        "note": words.mandatory_too.format(app=app) if unsubscribe_url and any(mandatory) else "",
    }


def _shown(item: DeliveryItem, settings: ChannelSettings) -> dict[str, str]:
    url = _link(item, settings)
    if len(escape(url)) > MAX_DIGEST_LINK:  # the application shows the notification too
        url = targets.notification_url(None, settings.app_url, item.notification_id)
    return {"headline": _headline(item), "url": url}


def _link(item: DeliveryItem, settings: ChannelSettings) -> str:
    return targets.notification_url(item.target_url, settings.app_url, item.notification_id)


@cache
def _environment() -> Environment:
    """Return the templates, compiled once per container."""
    environment = Environment(
        loader=PackageLoader("carillon.channels.email"),
        autoescape=select_autoescape(enabled_extensions=("html.j2",)),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.filters["fill"] = _fill
    return environment


def _fill(text: str, indent: str = "") -> str:
    """Wrap the text at LINE_WIDTH characters without breaking a word. Later lines align with the first word."""
    return textwrap.fill(
        text, LINE_WIDTH, initial_indent=indent, subsequent_indent=" " * len(indent), break_long_words=False,
        break_on_hyphens=False,
    )  # fmt: skip
