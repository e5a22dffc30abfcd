"""The contact data of a person. Each limit is tested from both sides."""

import pytest
from pydantic import ValidationError

from carillon.models.address import as_written, in_ascii
from carillon.models.recipient import NewContact

LONG_DOMAIN = ".".join(["d" * 63] * 2 + ["e" * 59])  # 187 characters: 254 with a local part of 64, @, and two more


@pytest.mark.parametrize(
    "email",
    [
        "a@b.c",
        "Alice.O'Neil+tag@Example.co.uk",
        "x" * 64 + "@example.com",
        "x" * 64 + "@" + LONG_DOMAIN + ".f",
        "a@" + "d" * 63 + ".com",
        "alice@xn--bcher-kva.example",
    ],
)
def test_a_valid_address_is_accepted_unchanged(email: str) -> None:
    assert len(email) <= 254
    assert NewContact(email=email).email == email


@pytest.mark.parametrize(
    "email",
    [
        "",
        "alice",
        "alice@",
        "@example.com",
        "alice@localhost",
        "alice@@example.com",
        "alice@example@com.org",
        "x" * 65 + "@example.com",
        "x" * 64 + "@" + LONG_DOMAIN + ".fg",  # 255 characters
        "a@" + "d" * 64 + ".com",
        "a..b@example.com",
        ".a@example.com",
        "a.@example.com",
        "a@-example.com",
        "a@example-.com",
        "a@example..com",
        "a@example.com.",
        "jürgen@example.com",  # SES accepts only ASCII before the @
        "a@☃.example",
        "a@bücher..example",
        "a@bücher.example.",
        "a@büro",
        "a@bü_cher.example",
        "a@" + "ü" * 60 + ".example",  # 63 characters are too few for it in Punycode
        "x" * 64 + "@" + "ü." * 60 + "example",
        "\uff41@example.com",
        "a\uff20example.com",
        "a b@example.com",
        " a@example.com",
        "a@example.com ",
        "a@example.com\n",
        "a@example.com\r\nBcc: bob@example.com",
        "a\x00@example.com",
        "a@example.com, bob@example.com",
        "Alice <a@example.com>",
        '"a b"@example.com',
        "a@[127.0.0.1]",
    ],
)
def test_an_invalid_address_is_refused(email: str) -> None:
    with pytest.raises(ValidationError):
        NewContact(email=email)


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        ("info@münchen.de", "info@xn--mnchen-3ya.de"),
        ("Info@MÜNCHEN.DE", "Info@xn--mnchen-3ya.de"),
        ("info@mu\u0308nchen.de", "info@xn--mnchen-3ya.de"),  # decomposed
        ("info@\uff4dünchen\u3002de", "info@xn--mnchen-3ya.de"),  # a wide letter, an ideographic full stop
        ("info@straße.example", "info@xn--strae-oqa.example"),  # IDNA 2003 makes another domain of it
        ("info@例え.テスト", "info@xn--r8jz45g.xn--zckzah"),
        ("info@\u0430pple.com", "info@xn--pple-43d.com"),  # a Cyrillic letter: another domain than apple.com
    ],
)
def test_a_domain_in_any_script_is_stored_in_punycode(written: str, stored: str) -> None:
    assert NewContact(email=written).email == stored
    assert in_ascii(as_written(stored)) == stored


@pytest.mark.parametrize(
    ("stored", "shown"),
    [
        ("info@xn--mnchen-3ya.de", "info@münchen.de"),
        ("info@XN--MNCHEN-3YA.de", "info@münchen.de"),
        ("i***@xn--mnchen-3ya.de", "i***@münchen.de"),  # as the command masks it
        ("Info@Example.com", "Info@Example.com"),
        ("info@xn--a.de", "info@xn--a.de"),  # no valid Punycode
        ("xn--a@example.com", "xn--a@example.com"),
    ],
)
def test_a_person_sees_the_characters_of_the_language(stored: str, shown: str) -> None:
    assert as_written(stored) == shown


def test_the_error_says_that_ses_does_not_support_the_local_part() -> None:
    with pytest.raises(ValidationError, match="only ASCII characters before the @, because Amazon SES"):
        NewContact(email="jürgen@münchen.de")


@pytest.mark.parametrize(
    "locale", ["de", "pt-BR", "zh-Hant-TW", "de-CH-1996", "sl-rozaj-biske-1994-" + "x" * 8 + "-abcdef"]
)
def test_a_valid_language_tag_is_accepted(locale: str) -> None:
    assert len(locale) <= 35
    assert NewContact(locale=locale).locale == locale


@pytest.mark.parametrize(
    "locale",
    [
        "",
        "d",
        "de_DE",
        "de-",
        "-de",
        "de--CH",
        "de\n",
        "abcdefghi",
        "de-" + "x" * 9,
        "de" + "-abcdefgh" * 3 + "-abcdef",
    ],
)
def test_an_invalid_language_tag_is_refused(locale: str) -> None:
    with pytest.raises(ValidationError):
        NewContact(locale=locale)


@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "America/Argentina/Buenos_Aires", "Asia/Kathmandu"])
def test_a_known_time_zone_is_accepted(zone: str) -> None:
    assert NewContact(timezone=zone).timezone == zone


@pytest.mark.parametrize(
    "zone", ["", "Europe", "Europe/Bonn", "europe/berlin", "../etc/passwd", "/etc/localtime", "+02:00", "UTC\n"]
)
def test_an_unknown_time_zone_is_refused(zone: str) -> None:
    with pytest.raises(ValidationError):
        NewContact(timezone=zone)


def test_unknown_names_are_refused() -> None:
    with pytest.raises(ValidationError):
        NewContact.model_validate({"phone": "1"})
