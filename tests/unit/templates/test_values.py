"""The values of variables: each type takes its own, and formats it as the language does."""

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carillon.models.texts import Said
from carillon.templates.rendering import MessageTemplate, WrongValues

SAMPLES: dict[str, Any] = {
    "text": "Ann", "int": 3, "decimal": "2.50", "money": {"amount": 12, "currency": "EUR"}, "date": "2026-11-23",
    "datetime": "2026-11-23T10:00:00Z", "url": "/a",
}  # fmt: skip


def template(kind: str, **more: Any) -> MessageTemplate:
    texts = {language: {"title": "x {{ it }}"} for language in ("en", "fr", "de", "ar", "ja")}
    variable = {"type": kind, "sample": SAMPLES[kind]} | more
    return MessageTemplate.model_validate({"description": "d", "variables": {"it": variable}, "texts": texts})


def titles(kind: str, value: Any, **more: Any) -> dict[str | None, str]:
    said: list[Said] = template(kind, **more).render({"it": value})
    return {each.language: each.title.removeprefix("x ") for each in said}


@pytest.mark.parametrize(
    ("kind", "value", "english", "french", "german"),
    [
        ("text", "<b>{{ it }}</b>", "<b>{{ it }}</b>", "<b>{{ it }}</b>", "<b>{{ it }}</b>"),
        ("int", 12345, "12,345", "12\u202f345", "12.345"),
        ("int", -1, "-1", "-1", "-1"),
        ("decimal", "1234.50", "1,234.5", "1\u202f234,5", "1.234,5"),
        ("decimal", 0.1, "0.1", "0,1", "0,1"),
        ("money", {"amount": "1240.5", "currency": "EUR"}, "€1,240.50", "1\u202f240,50\xa0€", "1.240,50\xa0€"),
        ("money", {"amount": 12, "currency": "JPY"}, "¥12", "12\xa0JPY", "12\xa0¥"),
        ("date", "2026-11-23", "Nov 23, 2026", "23 nov. 2026", "23.11.2026"),
        (
            "datetime", "2026-11-23T10:05:00+01:00",
            "Nov 23, 2026, 9:05\u202fAM UTC", "23 nov. 2026, 09:05 UTC", "23.11.2026, 09:05 UTC",
        ),
        ("url", "/billing?a=1", "/billing?a=1", "/billing?a=1", "/billing?a=1"),
    ],
)  # fmt: skip
def test_a_value_is_written_as_the_language_does(kind: str, value: Any, english: str, french: str, german: str) -> None:
    found = titles(kind, value)
    assert (found["en"], found["fr"], found["de"]) == (english, french, german)


def test_a_time_is_in_the_time_zone_of_its_variable() -> None:
    assert "10:05" in titles("datetime", "2026-11-23T09:05:00Z", timezone="Europe/Paris")["fr"]


@pytest.mark.parametrize(
    ("kind", "value", "fault"),
    [
        ("text", 7, "must be text"), ("text", "", "must not be blank"), ("text", "a\nb", "line breaks"),
        ("text", "x" * 201, "at most 200"), ("text", "\ufffd", "U+FFFD"), ("text", None, "is required"),
        ("int", "7", "whole number"), ("int", True, "whole number"), ("int", 7.0, "whole number"),
        ("int", 10**15, "15 digits"), ("decimal", "1e99", "15 digits"), ("decimal", "nan", "15 digits"),
        ("decimal", "x", "a number"), ("decimal", True, "a number"), ("decimal", [1], "a number"),
        ("decimal", "1" * 5000, "15 digits"), ("decimal", "0.1234567890123456", "15 digits"),
        ("money", "12 EUR", "an amount with its currency"), ("money", {"amount": 1}, "an amount with its currency"),
        ("money", {"amount": 1, "currency": "eur"}, "ISO 4217"),
        ("money", {"amount": 1, "currency": "XQQ"}, "ISO 4217"),
        ("money", {"amount": "1.005", "currency": "EUR"}, "at most 2 decimals in EUR"),
        ("date", "2026-02-30", "a date like"), ("date", "20261123", "a date like"), ("date", 7, "a date like"),
        ("datetime", "2026-11-23T10:00:00", "with its offset"), ("datetime", "2026-11-23", "with its offset"),
        ("datetime", "9999-12-31T23:59:59-10:00", "with its offset"), ("datetime", 7, "with its offset"),
        ("url", "javascript:alert(1)", "a path or an https address"), ("url", "/" * 2049, "2,048"),
    ],
)  # fmt: skip
def test_a_wrong_value_is_named(kind: str, value: Any, fault: str) -> None:
    with pytest.raises(WrongValues) as found:
        template(kind).render({"it": value})
    [problem] = found.value.problems
    assert problem["field"] == "variables.it"
    assert fault in problem["message"]


def test_all_wrong_values_are_named_at_once() -> None:
    with pytest.raises(WrongValues) as found:
        template("text").render({"b": 1, "a": 2})
    assert [problem["field"] for problem in found.value.problems] == ["variables.a", "variables.b", "variables.it"]


@pytest.mark.parametrize(("default", "shown"), [("nobody", "nobody"), ("", "")])
def test_a_variable_with_a_default_is_optional(default: str, shown: str) -> None:
    assert titles("text", None, default=default)["en"].removeprefix("x") == shown


def test_a_value_that_makes_a_text_too_long_is_refused() -> None:
    with pytest.raises(WrongValues, match="the title in en must have at most 200 characters"):
        titles("text", "y" * 199)


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["amount", "currency"]), inner),
)


@given(ANYTHING)
def test_no_value_breaks_the_rendering(value: Any) -> None:
    for kind in SAMPLES:
        with suppress(WrongValues):  # and nothing else
            template(kind).render({"it": value})
