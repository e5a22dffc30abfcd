"""Texts are cut between grapheme clusters: what a person sees as one character stays whole, or goes whole."""

import pytest

from carillon.channels.rendering import MAX_SUBJECT, render_email, render_push, shorten
from carillon.graphemes import cut, end_with_ellipsis
from tests.support.delivery_samples import SETTINGS, delivery, item

# One cluster each, with its rule of UAX 29. Written as escapes, because editors and reviewers cannot see their parts.
CLUSTERS = {
    "GB3: a line end": "\r\n",
    "GB6: Hangul, L V": "\u1100\u1161",
    "GB7: Hangul, LV T": "\uac00\u11a8",
    "GB8: Hangul, LVT T": "\uac01\u11a8",
    "GB9: an accent": "e\u0301",
    "GB9: Vietnamese": "e\u0323\u0302",
    "GB9: a hand with its colour": "\U0001f44d\U0001f3fd",
    "GB9: a keycap": "1\ufe0f\u20e3",
    "GB9: a heart in colour": "\u2764\ufe0f",
    "GB9: Thai": "\u0e19\u0e49",
    "GB9: Khmer": "\u1780\u17b6\u17c6",
    "GB9: the flag of England": "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
    "GB9a: Hindi": "\u0915\u093f",
    "GB9a: Tamil": "\u0b95\u0bca",
    "GB9a: Thai am": "\u0e04\u0e33",
    "GB9c: a conjunct of Devanagari": "\u0915\u094d\u0937\u093f",
    "GB9c: with a joiner": "\u0915\u094d\u200d\u0937",
    "GB9c: of Bengali": "\u0995\u09cd\u09b7",
    "GB9c: of three": "\u0938\u094d\u0924\u094d\u0930\u0940",
    "GB11: a family": "\U0001f469\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466",
    "GB11: an astronaut": "\U0001f469\U0001f3fd\u200d\U0001f680",
    "GB11: the rainbow flag": "\U0001f3f3\ufe0f\u200d\U0001f308",
    "GB12: a flag": "\U0001f1eb\U0001f1f7",
}


@pytest.mark.parametrize("cluster", CLUSTERS.values(), ids=CLUSTERS)
def test_no_limit_divides_a_cluster(cluster: str) -> None:
    text = f"ab{cluster}{cluster}z"
    borders = {0, 1, 2, 2 + len(cluster), 2 + 2 * len(cluster), len(text)}
    for limit in range(len(text) + 2):
        start = cut(text, limit)
        assert text.startswith(start)
        assert len(start) == max(border for border in borders if border <= limit)


def test_flags_in_a_row_are_counted_in_pairs() -> None:
    """GB12 and GB13."""
    assert cut("\U0001f1eb\U0001f1f7\U0001f1e9\U0001f1ea\U0001f1ea\U0001f1f8", 5) == (
        "\U0001f1eb\U0001f1f7\U0001f1e9\U0001f1ea"
    )


@pytest.mark.parametrize("cluster", list(CLUSTERS.values())[1:], ids=list(CLUSTERS)[1:])  # a headline is one line
def test_no_text_that_leaves_carillon_has_a_part_of_a_cluster(cluster: str) -> None:
    for before in range(len(cluster) + 1):
        headline = item("y" * before + cluster * 200)
        email = render_email(delivery(headline, item("z")), SETTINGS)
        push = render_push(delivery(headline, item_count=2), SETTINGS)
        assert len(email.subject) <= MAX_SUBJECT
        for text in (email.subject, push.body):
            shown = text[text.index("y") if before else text.index(cluster) : text.index("…")].lstrip("y")
            assert shown == cluster * (len(shown) // len(cluster)), ascii(shown)


def test_a_flag_is_not_cut_in_half() -> None:
    assert shorten("xxxxxxxx\U0001f1eb\U0001f1f7 allons", 10) == "xxxxxxxx…"


def test_a_text_that_fits_is_not_changed() -> None:
    assert end_with_ellipsis("\U0001f1eb\U0001f1f7", 2) == "\U0001f1eb\U0001f1f7"
    assert end_with_ellipsis("\U0001f1eb\U0001f1f7!", 2) == "…"
