"""The characters that a person sees: grapheme clusters, by UAX 29 of Unicode.

A flag, a family, a hand with its colour or a syllable consists of several code points. A text that is cut between them
shows another character. Only this module knows the borders of clusters.
"""

import re
from typing import Any, cast

# The black flag, and in invisible tags the code of a region and its subdivision: England, Scotland, Wales, Texas. All
# other tags could hide a text. Source: UTS 51, emoji tag sequences.
_TAG_DIGITS_AND_LETTERS = "\U000e0030-\U000e0039\U000e0061-\U000e007a"
FLAG_OF_TAGS = re.compile(f"\U0001f3f4[\U000e0061-\U000e007a]{{2}}[{_TAG_DIGITS_AND_LETTERS}]{{1,3}}\U000e007f")


def cut(text: str, limit: int) -> str:
    """Return the longest start of a text that has whole clusters and at most `limit` code points."""
    if len(text) <= limit:
        return text
    if text.isascii() and text[limit - 1 : limit + 1] != "\r\n":
        return text[:limit]
    # Imported here: few texts need it, and the import takes longer than the rendering of an email.
    import grapheme

    end = 0
    for length in cast("Any", grapheme).grapheme_lengths(text):
        if end + length > limit:
            break
        end += length
    return text[:end]


def end_with_ellipsis(text: str, limit: int) -> str:
    """Return the text, or its start and an ellipsis, in at most `limit` code points."""
    return text if len(text) <= limit else cut(text, limit - 1) + "…"
