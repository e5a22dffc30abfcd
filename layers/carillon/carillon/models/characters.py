"""Characters that no one sees, and characters that two people cannot tell apart.

Python's `unicodedata` lacks three properties of Unicode that the rules need, so the ranges stand here. Unicode promises
that no new character will need another range. tests/unit/models/test_characters.py compares them with the package
`regex`, which knows the properties. It is no package of the layer, because its import would slow down each cold start.
"""

import re

# The property Default_Ignorable_Code_Point: a font without the character shows nothing.
DEFAULT_IGNORABLE = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
# `\s` has the property White_Space. The others have no property: interlinear marks, and two symbols without ink.
_NO_INK = r"\ufff9-\ufffb\u2800\U0001d159"
# The property Noncharacter_Code_Point: Unicode promises that they will never be characters.
NONCHARACTERS = r"\ufdd0-\ufdef" + "".join(
    rf"\U{plane << 16 | 0xFFFE:08x}\U{plane << 16 | 0xFFFF:08x}" for plane in range(17)
)
_CONTROLS = r"\x00-\x1f\x7f-\x9f"
_SURROGATES = r"\ud800-\udfff"
_PRIVATE = r"\ue000-\uf8ff\U000f0000-\U0010ffff"  # each font may show another sign

_CONTROL = re.compile(rf"[{_CONTROLS}\u2028\u2029]")
_UNSTORABLE = re.compile(rf"[\x00{_SURROGATES}]")
_BLANK = re.compile(rf"[\s{_CONTROLS}{DEFAULT_IGNORABLE}{_NO_INK}{NONCHARACTERS}]*")
_HIDDEN = re.compile(rf"(?! )[\s{_CONTROLS}{DEFAULT_IGNORABLE}{_NO_INK}{NONCHARACTERS}{_SURROGATES}{_PRIVATE}]")
REPLACEMENT = "\ufffd"  # a decoder writes it for bytes that it cannot read


def is_plain(value: str) -> bool:
    """Return True if a text has only printable ASCII, and one character with ink: then it breaks no rule of a line.

    Nearly every text of a request is so, and the rules would search it five times.
    """
    return value.isascii() and value.isprintable() and not value.isspace() and value != ""


def check_storable(value: str) -> str:
    """Return the text.

    Raises:
        ValueError: PostgreSQL cannot store the text.
    """
    if _UNSTORABLE.search(value):
        raise ValueError("must not contain NUL characters or lone surrogates")
    return value


def check_one_line(value: str) -> str:
    """Return the text.

    Raises:
        ValueError: the text has a line break or a control character, or cannot be stored.
    """
    if _CONTROL.search(value):
        raise ValueError("must not contain control characters or line breaks")
    return check_storable(value)


def check_not_blank(value: str) -> str:
    """Return a text that must show something.

    Raises:
        ValueError: the text has only white space and characters without width.
    """
    if _BLANK.fullmatch(value):
        raise ValueError("must not be blank")
    return value


def check_meant(value: str) -> str:
    """Return the text.

    Raises:
        ValueError: the text has U+FFFD. A program before Carillon has lost what stood there.
    """
    if REPLACEMENT in value:
        raise ValueError("must not contain U+FFFD, which stands for bytes that could not be read: send UTF-8")
    return value


def check_name(value: str) -> str:
    """Return a name that people and programs compare. One look must have one spelling.

    Raises:
        ValueError: the name has a character that is not seen, or is not meant.
    """
    if not is_plain(value):
        check_not_blank(value)
        if _HIDDEN.search(value):
            raise ValueError("must not contain control characters, invisible characters, or any space but U+0020")
    if value.startswith(" ") or value.endswith(" "):
        raise ValueError("must not begin or end with a space")
    return check_meant(value)
