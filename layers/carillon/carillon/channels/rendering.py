"""What a person reads outside the application: sender, subject, text and HTML of an email, title and body of a push.

Only the headline, the severity and a link leave the application (design of privacy: docs/architecture.md).
A delivery holds one notification, or a digest of many: `items` are those to show, `item_count` is all of them.
How emails are made: docs/email.md.
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

from carillon.channels.texts import Texts, texts
from carillon.links import targets
from carillon.models.delivery import ClaimedDelivery, DeliveryItem, Severity
from carillon.settings.groups import ChannelSettings

MAX_SUBJECT = 150
MAX_PUSH_BODY = 240
MAX_APP_NAME = 64
MAX_DIGEST_LINK = 2048  # in HTML: twenty of them and all else stay below the 102 kB that Gmail shows of an email
LINE_WIDTH = 72  # of the text part
_BY_URGENCY: tuple[Severity, ...] = ("critical", "warning", "success", "info")


@dataclass(frozen=True)
class RenderedEmail:
    """An email as SES takes it: `sender` in ASCII, `subject` one line of at most MAX_SUBJECT characters."""

    sender: str
    subject: str
    text: str
    html: str


@dataclass(frozen=True)
class RenderedPush:
    """A push as every platform shows it, and the address that a tap opens."""

    title: str
    body: str
    url: str


def render_email(
    delivery: ClaimedDelivery, settings: ChannelSettings, unsubscribe_url: str | None = None
) -> RenderedEmail:
    """The email of a delivery, in the recipient's language.

    `unsubscribe_url` is a page that asks before it acts. It is left out where every notification is mandatory.
    """
    words = texts(delivery.locale)
    app = shorten(one_line(settings.app_name), MAX_APP_NAME)
    first, *others = sorted(delivery.items, key=_urgency)  # stable: what is mandatory stays first among its equals
    rest = words.rest(delivery.item_count - len(delivery.items))
    subject = _subject(first, delivery.item_count, words)
    context = {
        "words": words,
        "app": app,
        "subject": subject,
        "groups": [
            {"severity": severity, "label": words.severities[severity], "items": shown}
            for severity in _BY_URGENCY
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
            "preheader": f"{words.severities[first.severity]} · {words.details.format(app=app)}",
            "button": words.open_one.format(app=app),
            "button_url": _link(first, settings),
        }
    else:
        tally = words.tally(Counter(item.severity for item in (first, *others)), rest)
        context |= {
            "single": False,
            "heading": words.heading.format(count=words.number(delivery.item_count)),
            "note": tally,
            # The subject names the first already: what else a mailbox shows before the email is opened.
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
    """The push of a delivery, in the recipient's language. The link of a digest is the application itself."""
    words = texts(delivery.locale)
    first = min(delivery.items, key=_urgency)
    single = delivery.item_count == 1
    more = "" if single else f" {words.rest(delivery.item_count - 1)}"
    return RenderedPush(
        title=shorten(f"{one_line(settings.app_name)} · {words.severities[first.severity]}", 60),
        body=shorten(_headline(first), MAX_PUSH_BODY - len(more)) + more,
        url=_link(first, settings) if single else settings.app_url,
    )


def one_line(text: str) -> str:
    """The text on one line, without characters that are not seen but act: controls, and text direction marks.

    What joins emoji and scripts (zero-width joiner and non-joiner) stays, and so does a no-break space.
    """
    spaced = (" " if unicodedata.category(c) in {"Cc", "Cs", "Zl", "Zp"} else c for c in text)
    kept = "".join(c for c in spaced if unicodedata.category(c) != "Cf" or c in "\u200c\u200d")
    return re.sub(r"\s+", lambda space: space[0] if space[0] in {"\u00a0", "\u202f"} else " ", kept).strip()


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


def _urgency(item: DeliveryItem) -> int:
    return _BY_URGENCY.index(item.severity)


def _headline(item: DeliveryItem) -> str:
    """The headline as it is shown; where nothing of it can be seen, still something to click on."""
    return one_line(item.headline) or one_line(item.title) or "…"


def _sender(email_from: str, app: str) -> str:
    """The sender with the application's name, unless it was given one.

    In ASCII, as SES wants it: other names are encoded words (RFC 2047) of at most 75 characters. A policy compares the
    address alone (the condition key ses:FromAddress). What is no address is left to SES to refuse.
    """
    name, address = parseaddr(email_from)
    if name or "@" not in address or not address.isascii():
        return email_from
    if app.isascii() and "=?" not in app:
        return formataddr((app, address))
    return f"{Header(app, 'utf-8', maxlinelen=75).encode(linesep='')} <{address}>"


def _subject(first: DeliveryItem, count: int, words: Texts) -> str:
    if count == 1:
        return shorten(_headline(first), MAX_SUBJECT)
    before, after = words.subject.format(count=words.number(count), headline="\n").split("\n")
    return before + shorten(_headline(first), MAX_SUBJECT - len(before) - len(after)) + after


def _footer(delivery: ClaimedDelivery, words: Texts, app: str, unsubscribe_url: str | None) -> dict[str, str]:
    """Why the email came, and how not to get it again."""
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
    if len(escape(url)) > MAX_DIGEST_LINK:  # the application has to do: there the notification is found, too
        url = targets.notification_url(None, settings.app_url, item.notification_id)
    return {"headline": _headline(item), "url": url}


def _link(item: DeliveryItem, settings: ChannelSettings) -> str:
    return targets.notification_url(item.target_url, settings.app_url, item.notification_id)


@cache
def _environment() -> Environment:
    """Templates are compiled once per container."""
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
    """The text in lines of LINE_WIDTH characters, the later ones below where the first began; no word is broken."""
    return textwrap.fill(
        text, LINE_WIDTH, initial_indent=indent, subsequent_indent=" " * len(indent), break_long_words=False,
        break_on_hyphens=False,
    )  # fmt: skip
