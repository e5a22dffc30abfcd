"""The HTML of an email stays readable although mail clients remove, change and cut parts of it."""

import colorsys
import re

import pytest

from carillon.channels.rendering import render_email
from carillon.links.targets import MAX_LENGTH
from carillon.models.delivery import ClaimedDelivery
from carillon.models.severity import SEVERITIES, Severity
from tests.support.delivery_samples import SETTINGS, delivery, item
from tests.support.html_page import Page, Rules, channels, contrast

UNSUBSCRIBE = "https://api.acme.example/unsubscribe/x"
SHOWN: tuple[Severity, ...] = ("critical", "warning", "success", "info")
SINGLE = delivery(item("Payment failed", target_url="/billing"))
DIGEST = delivery(*(item(f"About {each}", each, mandatory=each == "critical") for each in SHOWN), item_count=30)
EVERY = delivery(*(item(f"About {each}", each) for each in SEVERITIES))
TALLY = "1\u00a0critical, 1\u00a0warning, 1\u00a0success, 1\u00a0for\u00a0information and 26 more"
FORMS = pytest.mark.parametrize("form", [SINGLE, DIGEST], ids=["single", "digest"])
COLOURED = pytest.mark.parametrize("form", [SINGLE, DIGEST, EVERY], ids=["single", "digest", "every severity"])
ENOUGH = 4.5  # WCAG 2, AA, for text of any size


def html_of(form: ClaimedDelivery) -> str:
    return render_email(form, SETTINGS, UNSUBSCRIBE).html


def sheets(html: str) -> list[str]:
    """Return the style sheets, without the one for Outlook on Windows, which is in a comment."""
    return re.findall(r"<style>(.*?)</style>", re.sub("<!--.*?-->", "", html, flags=re.DOTALL), re.DOTALL)


def dark_rules(html: str) -> Rules:
    block = re.search(r"@media \(prefers-color-scheme: dark\) \{\n(.*?)\n\}", sheets(html)[0], re.DOTALL)
    assert block
    found = re.findall(r"^ *\.([a-z-]+) \{ ([a-z-]+): (\S+) !important; \}$", block[1], re.MULTILINE)
    assert len(found) == len(block[1].splitlines()), "this test cannot parse a rule"
    return {name: {prop: value} for name, prop, value in found}


@COLOURED
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_has_enough_contrast_in_both_schemes(form: ClaimedDelivery, scheme: str) -> None:
    html = html_of(form)
    page = Page(html, dark_rules(html) if scheme == "dark" else {})
    assert len(page.shown) > 5
    for piece in page.shown:
        assert contrast(piece.colour, piece.background) >= ENOUGH, piece
    assert len({piece.background for piece in page.shown}) == 3  # page, card and button
    assert contrast(page.shown[0].background, "#000000" if scheme == "dark" else "#ffffff") < 1.3


@COLOURED
def test_the_text_is_readable_if_a_client_inverts_the_lightness(form: ClaimedDelivery) -> None:
    def inverted(colour: str) -> str:
        hue, lightness, saturation = colorsys.rgb_to_hls(*channels(colour))
        return "#" + "".join(f"{round(255 * part):02x}" for part in colorsys.hls_to_rgb(hue, 1 - lightness, saturation))

    for piece in Page(html_of(form)).shown:
        assert contrast(inverted(piece.colour), inverted(piece.background)) >= ENOUGH, piece


@COLOURED
def test_outlook_gets_the_same_dark_colours_in_a_sheet_of_its_own(form: ClaimedDelivery) -> None:
    html = html_of(form)
    plain, outlook = sheets(html)
    assert "[" not in plain
    rule = r"^\[(data-ogs[bc])\] \.([a-z-]+), \.\2\[\1\] \{ ([a-z-]+): (\S+) !important; \}$"
    found = re.findall(rule, outlook, re.MULTILINE)
    assert {name: {prop: value} for _, name, prop, value in found} == dark_rules(html)
    assert all((mark == "data-ogsb") == (prop == "background-color") for mark, _, prop, _ in found)


@COLOURED
def test_every_colour_has_a_class_with_a_dark_colour(form: ClaimedDelivery) -> None:
    html = html_of(form)
    rules = dark_rules(html)
    for element in Page(html).elements:
        classes = element.attributes.get("class", "").split()
        for prop in ("color", "background-color"):
            if prop in element.style and element.style.get("display") != "none":
                assert any(prop in rules.get(name, {}) for name in classes), element


@FORMS
def test_the_html_loads_nothing_and_runs_nothing(form: ClaimedDelivery) -> None:
    html = html_of(form)
    assert not re.search(
        r"\bsrc=|url\(|@import|@font-face|\bon[a-z]+=|background=|<(img|link|script|form|iframe)", html
    )
    assert len(Page(html).links) == len(re.findall("https?://(?!www.w3.org/1999/xhtml)", html))


@FORMS
def test_the_html_is_complete_and_in_reading_order(form: ClaimedDelivery) -> None:
    html = html_of(form)
    page = Page(html)
    assert page.open == []
    assert html.count("<!--[if mso]>") == html.count("<![endif]-->") == 3
    tables = [element.attributes for element in page.elements if element.tag == "table"]
    assert all(each["role"] == "presentation" for each in tables)
    assert [tag for tag, _ in page.headings].count("h1") == 1
    assert '<html lang="en"' in html
    assert '<meta name="color-scheme" content="light dark">' in html
    [article] = [each.attributes for each in page.elements if each.attributes.get("role") == "article"]
    assert article["lang"] == "en"  # for clients that drop the language of the page
    if form is DIGEST:
        assert page.text.split("\n") == [
            "Acme", "30 updates", TALLY,
            "●", "Critical", "About critical", "●", "Warning", "About warning",
            "●", "Success", "About success", "●", "Information", "About info", "and 26 more", "See all in Acme",
            "You receive this email because email notifications are on in Acme.", "Unsubscribe from these emails",
            "Some of these notifications will still reach you: those who run Acme decided that nobody may miss them.",
        ]  # fmt: skip
        assert page.headings == [
            ("h1", "30 updates"), ("h2", "●"), ("h2", "Critical"), ("h2", "●"), ("h2", "Warning"),
            ("h2", "●"), ("h2", "Success"), ("h2", "●"), ("h2", "Information"),
        ]  # fmt: skip
    else:
        assert page.text.split("\n") == [
            "Acme", "●", "Critical", "Payment failed", "The details are in Acme.", "Open in Acme",
            "You receive this email because email notifications are on in Acme.", "Unsubscribe from these emails",
        ]  # fmt: skip
    dots = [element for element in page.elements if element.tag == "span"]
    assert all(dot.attributes["aria-hidden"] == "true" for dot in dots)


def test_a_mailbox_shows_a_preview_after_the_subject() -> None:
    single, digest = Page(html_of(SINGLE)), Page(html_of(DIGEST))
    assert single.hidden.rstrip("\u034f\u200c\u00a0") == "Critical · The details are in Acme."
    assert digest.hidden.rstrip("\u034f\u200c\u00a0") == f"{TALLY} · About warning · About success"
    # Invisible characters fill the preview, so that a mailbox does not show the start of the page there.
    assert len(single.hidden) > 150


@pytest.mark.parametrize("text", ["مرحبا بك", "שלום 12", "x" * 200, "\U0001f469\u200d\U0001f4bb" * 60])
def test_text_of_any_direction_wraps_without_overflow(text: str) -> None:
    for form in (delivery(item(text)), delivery(item(text), item(text))):
        page = Page(html_of(form))
        holders = [element for element in page.elements if element.attributes.get("dir") == "auto"]
        assert len(holders) >= len(form.items) + 1
        for element in holders:
            assert (element.style["word-break"], element.style["word-wrap"]) == ("break-word", "break-word")
        assert text in page.text


def test_the_email_fits_its_screen_and_allows_zoom() -> None:
    html = html_of(DIGEST)
    widths = [int(width) for width in re.findall(r"width[:=]\"?(\d+)", html)]
    assert max(widths) == 600
    page = Page(html)
    outer = [element.style for element in page.elements if element.style.get("max-width") == "600px"]
    assert len(outer) == 1
    assert '<meta name="viewport" content="width=device-width,initial-scale=1">' in html
    assert "user-scalable" not in html
    assert "maximum-scale" not in html


def test_a_full_digest_is_too_short_for_gmail_to_cut() -> None:
    usual = [item(f"The nightly import number {n} stopped", "warning", target_url=f"/imports/{n}") for n in range(20)]
    assert len(html_of(delivery(*usual, item_count=1000)).encode()) < 30_000
    worst = [item("&" * 200, severity, target_url="/" + "é" * 2000 + "?" + "&" * 47) for severity in SHOWN * 5]
    long = [item('"' * 200, severity, target_url="/" + "a" * (MAX_LENGTH - 60)) for severity in SHOWN * 5]
    amps = [item("&" * 200, severity, target_url="/?" + "&" * 1900) for severity in SHOWN * 5]  # &amp; in HTML
    for items in (worst, long, amps):
        assert len(html_of(delivery(*items, item_count=1000)).encode()) < 90_000


def test_a_link_too_long_for_a_digest_opens_the_application() -> None:
    long = item("A", target_url="/" + "é" * 400)
    marked = f"?carillon_notification={long.notification_id}"
    assert Page(html_of(delivery(long, item("B")))).links[0] == SETTINGS.app_url + marked
    assert Page(html_of(delivery(long))).links[0].endswith("%C3%A9" + marked)
