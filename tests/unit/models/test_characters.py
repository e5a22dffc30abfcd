"""Texts that must be seen, and names that must be told apart."""

import sys

import pytest
import regex

from carillon.models.characters import (
    DEFAULT_IGNORABLE,
    NONCHARACTERS,
    check_meant,
    check_name,
    check_not_blank,
    check_one_line,
    is_plain,
)

EVERY_CHARACTER = "".join(map(chr, range(sys.maxunicode + 1)))


def refuses(check: object, text: str) -> bool:
    assert callable(check)
    try:
        check(text)
    except ValueError:
        return True
    return False


def test_the_ranges_are_those_of_the_property() -> None:
    """A newer version of Unicode may not change them."""
    ours = set(regex.findall(f"[{DEFAULT_IGNORABLE}]", EVERY_CHARACTER))
    assert ours == set(regex.findall(r"\p{Default_Ignorable_Code_Point}", EVERY_CHARACTER))


def test_the_noncharacters_are_those_of_the_property() -> None:
    ours = set(regex.findall(f"[{NONCHARACTERS}]", EVERY_CHARACTER))
    assert ours == set(regex.findall(r"\p{Noncharacter_Code_Point}", EVERY_CHARACTER))
    assert all(refuses(check_not_blank, text) and refuses(check_name, f"a{text}") for text in ours)


def test_a_text_of_characters_that_nobody_sees_is_blank() -> None:
    hidden = regex.findall(r"[\p{Default_Ignorable_Code_Point}\p{White_Space}\p{Cc}\u2800]", EVERY_CHARACTER)
    assert len(hidden) > 4000
    assert [text for text in hidden if not refuses(check_not_blank, text)] == []
    assert refuses(check_not_blank, "".join(hidden))
    assert refuses(check_not_blank, "")


@pytest.mark.parametrize(
    "text",
    [" a ", "\u200b.", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "👩‍👧", "❤️", "한", "\u0301", "\u0600", "\u3164x", "نمی‌خواهم", "\U0001fae8"],
    ids=ascii,
)
def test_a_text_with_one_character_that_is_seen_is_not_blank(text: str) -> None:
    assert check_not_blank(text) == text
    assert check_meant(text) == text


def test_a_plain_text_breaks_no_rule_of_a_line() -> None:
    """The rules are skipped for it. So no character, alone or beside another one, may make it break one."""
    ascii_characters = [chr(code) for code in range(256)]
    texts = ["", *ascii_characters, *(f"a{one}{two}" for one in ascii_characters for two in ascii_characters)]
    plain = [text for text in texts if is_plain(text)]
    assert len(plain) == 94 + 95 * 95  # every printable character
    for rule in (check_one_line, check_not_blank, check_meant):
        assert [text for text in plain if refuses(rule, text)] == []
    assert not any(is_plain(f"a{character}") for character in EVERY_CHARACTER if character > "~")


def test_a_name_has_no_character_that_is_hidden_or_not_meant() -> None:
    property_names = r"[\p{Default_Ignorable_Code_Point}\p{White_Space}\p{Cc}\p{Cs}\p{Co}\u2800\ufffd]"
    for character in set(regex.findall(property_names, EVERY_CHARACTER)) - {" "}:
        assert refuses(check_name, f"a{character}b"), ascii(character)
    for name in (" a", "a ", " ", ""):
        assert refuses(check_name, name)


@pytest.mark.parametrize(
    "name", ["a b", "é", "e\u0301", "🔔", "auth0|7", "arn:aws:iam::1:user/bob", "50%", "a\\b", "한"]
)
def test_other_names_stay_as_they_are(name: str) -> None:
    assert check_name(name) == name
