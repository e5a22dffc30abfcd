"""An HTML page as a reader sees it: its text in order, its links and its colours."""

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = {"meta", "br", "hr", "img", "link", "input"}
Rules = dict[str, dict[str, str]]  # of a style sheet: the properties and values of each class


@dataclass
class Element:
    """An open element with its own attributes and style, without inherited values."""

    tag: str
    attributes: dict[str, str]
    style: dict[str, str]


@dataclass
class Painted:
    """A piece of text with its colour and its background."""

    text: str
    colour: str
    background: str


@dataclass
class Page(HTMLParser):
    """A parsed page. `rules` are styles that a client adds to the inline styles, e.g. in dark mode."""

    html: str
    rules: Rules = field(default_factory=dict)
    tags: list[str] = field(default_factory=list)  # of all elements
    open: list[Element] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    shown: list[Painted] = field(default_factory=list)
    hidden: str = ""
    headings: list[tuple[str, str]] = field(default_factory=list)
    elements: list[Element] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()
        self.feed(self.html)
        self.close()

    @property
    def text(self) -> str:
        """The visible text."""
        return "\n".join(piece.text for piece in self.shown)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        style = declarations(attributes.get("style", ""))
        for name in attributes.get("class", "").split():
            style |= self.rules.get(name, {})
        element = Element(tag, attributes, style)
        self.tags.append(tag)
        self.elements.append(element)
        if tag not in VOID:
            self.open.append(element)
        if tag == "a":
            self.links.append(attributes["href"])

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop().tag == tag, f"</{tag}> closes another element"

    def handle_data(self, data: str) -> None:
        if not data.strip() or {"head"} & {element.tag for element in self.open}:
            return
        if any(element.style.get("display") == "none" for element in self.open):
            self.hidden += data
            return
        self.shown.append(Painted(data.strip(), self._nearest("color"), self._nearest("background-color")))
        for element in self.open:
            if re.fullmatch("h[1-6]", element.tag):
                self.headings.append((element.tag, data.strip()))

    def _nearest(self, name: str) -> str:
        return next(element.style[name] for element in reversed(self.open) if name in element.style)


def declarations(style: str) -> dict[str, str]:
    """Return the properties of an inline style."""
    pairs = (part.partition(":") for part in style.split(";") if part.strip())
    return {name.strip(): value.strip() for name, _, value in pairs}


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours, from 1 to 21, as WCAG 2 defines it."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def channels(colour: str) -> tuple[float, float, float]:
    """Return red, green and blue of #rrggbb, each from 0 to 1."""
    assert re.fullmatch("#[0-9a-f]{6}", colour), colour
    red, green, blue = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return red, green, blue


def _luminance(colour: str) -> float:
    linear = [each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in channels(colour)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
