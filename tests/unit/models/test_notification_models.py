"""The content of requests to record and to mark. Each limit has one test on each side."""

import hashlib
import json
from typing import Any

import pytest
from pydantic import ValidationError

from carillon.models.fields import MAX_DATA_DEPTH
from carillon.models.marks import MarkOne, MarkRead
from carillon.models.new_notification import NewNotification
from carillon.problems import explain

GOOD: dict[str, Any] = {"event_name": "a.b", "title": "T"}
ID = "0198c0de-0000-7000-8000-000000000000"


def data_of(size: int) -> dict[str, str]:
    """Return an object with this number of bytes as JSON."""
    return {"a": "x" * (size - len('{"a":""}'))}


def nested(depth: int) -> dict[str, Any]:
    """Return an object with this depth of objects and lists. The object itself counts as one."""
    inner: Any = 1
    for _ in range(depth - 1):
        inner = [inner]
    return {"a": inner}


def label(value: object) -> str:
    """Return a short, unique name of a case."""
    text = ascii(value)
    return text if len(text) < 50 else f"{text[:30]}… {len(text)}"


ACCEPTED: list[dict[str, Any]] = [
    {"user_id": "x"}, {"user_id": "x" * 128}, {"user_ids": ["x"]}, {"user_ids": [f"u{n}" for n in range(1000)]},
    {"title": "x"}, {"title": "x" * 200}, {"title": "🔔" * 200}, {"title": " a "},
    {"body": ""}, {"body": "x" * 4000}, {"body": "two\nlines\tand a tab"}, {"body": None},
    {"summary": "x" * 200}, {"summary": None},
    {"resource_id": "x" * 128}, {"idempotency_key": "x" * 255}, {"batch_key": "x" * 255},
    {"event_name": "a"}, {"event_name": "a_1.b2.c"}, {"event_name": "x" * 100},
    {"title": {"en": "x" * 200}}, {"title": {"en": "T", "fr": "T", "pt-BR": "T", "zh-Hant-TW": "T"}},
    {"title": {f"x{letter}": "T" for letter in "abcdefghijklmnopqrst"}}, {"body": {"en": "", "fr": "x" * 4000}},
    {"severity": "info"}, {"severity": "success"}, {"severity": "warning"}, {"severity": "critical"},
    {"data": {}}, {"data": data_of(16384)}, {"data": {"é": "é" * 8187}}, {"data": nested(MAX_DATA_DEPTH)},
    {"data": {"a": [1, 2.5, None, True, "\x01"]}},
    {"data": {"a": [1e300] * 54}},  # PostgreSQL writes 301 digits for each
]  # fmt: skip

REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"user_id": ""}, "at least 1"), ({"user_id": "x" * 129}, "at most 128"), ({"user_id": " "}, "blank"),
    ({"user_id": "a\n"}, "control"), ({"user_id": 7}, "valid string"),
    ({"user_ids": []}, "at least 1"), ({"user_ids": [f"u{n}" for n in range(1001)]}, "at most 1000"),
    ({"user_ids": ["x", ""]}, "at least 1"), ({"user_ids": "x"}, "valid list"),
    ({"user_id": "x", "user_ids": ["y"]}, "either user_id or user_ids"),
    ({"title": ""}, "at least 1"), ({"title": "x" * 201}, "at most 200"), ({"title": "🔔" * 201}, "at most 200"),
    ({"title": " "}, "blank"), ({"title": "a\nb"}, "control"), ({"title": "a\u2028b"}, "control"),
    ({"title": "a\x00"}, "control"), ({"title": "a\x85"}, "control"), ({"title": "\ud800"}, "unicode"),
    ({"title": None}, "is required"), ({"title": ["T"]}, "valid string"),
    ({"title": {}}, "at least 1"), ({"title": {f"en-x{n}": "T" for n in range(21)}}, "at most 20"),
    ({"title": {"en": "x" * 201}}, "at most 200"), ({"title": {"en": " "}}, "blank"),
    ({"title": {"en": None}}, "string"),
    ({"title": {"english": "T", "e": "T"}}, "language tag"), ({"title": {"pt-BR": "T", "pt-br": "T"}}, "once"),
    ({"title": {"en": "T"}, "body": {"fr": "T"}}, "body must have the languages of title: en"),
    ({"summary": {"en": "T"}, "body": {"en": "T", "fr": "T"}}, "body must have the languages of summary: en"),
    ({"body": "x" * 4001}, "at most 4000"), ({"body": "\x00"}, "NUL"), ({"body": "\udfff"}, "unicode"),
    ({"summary": ""}, "at least 1"), ({"summary": "x" * 201}, "at most 200"), ({"summary": "a\rb"}, "control"),
    ({"resource_id": ""}, "at least 1"), ({"resource_id": "x" * 129}, "at most 128"),
    ({"idempotency_key": ""}, "at least 1"), ({"idempotency_key": "x" * 256}, "at most 255"),
    ({"batch_key": ""}, "at least 1"), ({"batch_key": "x" * 256}, "at most 255"),
    ({"event_name": ""}, "at least 1"), ({"event_name": "x" * 101}, "at most 100"),
    *[({"event_name": name}, "joined by dots") for name in ("A", "a.", ".a", "a..b", "a b", "é", "a\n", "\u0661")],
    ({"severity": "urgent"}, "'info', 'success'"), ({"severity": "Critical"}, "'info', 'success'"),
    ({"data": data_of(16385)}, "at most 16384 bytes as JSON, and is 16385"),
    ({"data": {"é": "é" * 8188}}, "at most 16384 bytes"),
    ({"data": nested(MAX_DATA_DEPTH + 1)}, "32 deep"), ({"data": nested(300)}, "32 deep"),
    ({"data": []}, "valid dictionary"), ({"data": "x"}, "valid dictionary"),
    ({"data": {"a": {"b": ["\x00"]}}}, "NUL"), ({"data": {"\x00": 1}}, "NUL"),
    ({"data": {"a": "\ud83d"}}, "surrogates"), ({"data": {"\ud83d": 1}}, "surrogates"),
    ({"data": {"a": float("nan")}}, "NaN"), ({"data": {"a": [float("inf")]}}, "NaN"),
    ({"data": {"a": [1e300] * 55}}, "at most 16384 bytes"), ({"data": {"a": [1e-300] * 55}}, "at most 16384 bytes"),
    ({"target_url": "/" * 1 + "x" * 2048}, "at most 2048"),
    ({"unheard_of": 1}, "not permitted"),
    ({"eventName": "a.b"}, "either event_name or eventName"), ({"resource_id": "a", "resourceId": "a"}, "not both"),
]  # fmt: skip


@pytest.mark.parametrize("change", ACCEPTED, ids=label)
def test_values_within_the_limits_are_accepted(change: dict[str, Any]) -> None:
    new = NewNotification.model_validate(GOOD | change)
    [(field, value)] = change.items()
    assert getattr(new, field) == value


@pytest.mark.parametrize(("change", "why"), REFUSED, ids=label)
def test_values_beyond_the_limits_are_refused(change: dict[str, Any], why: str) -> None:
    with pytest.raises(ValidationError) as refused:
        NewNotification.model_validate(GOOD | change)
    [problem] = refused.value.errors()
    assert why in problem["msg"]


def test_event_name_and_title_are_required() -> None:
    with pytest.raises(ValidationError) as refused:
        NewNotification.model_validate({})
    assert [(problem["loc"], problem["type"]) for problem in refused.value.errors()] == [
        (("event_name",), "missing"), (("title",), "missing")
    ]  # fmt: skip
    new = NewNotification.model_validate(GOOD)
    assert (new.severity, new.data, new.user_id, new.user_ids) == ("info", None, None, None)


def test_camel_case_names_mean_the_same() -> None:
    snake = {
        "user_ids": ["u"], "event_name": "a.b", "title": "T", "body": "B", "summary": "S", "severity": "critical",
        "target_url": "/x", "data": {"someKey": 1}, "resource_id": "r", "idempotency_key": "k", "batch_key": "b",
    }  # fmt: skip
    camel = {
        "userIds": ["u"], "eventName": "a.b", "title": "T", "body": "B", "summary": "S", "severity": "critical",
        "targetUrl": "/x", "data": {"someKey": 1}, "resourceId": "r", "idempotencyKey": "k", "batchKey": "b",
    }  # fmt: skip
    assert NewNotification.model_validate(camel) == NewNotification.model_validate(snake)
    assert MarkRead.model_validate({"notificationId": ID}) == MarkRead.model_validate({"notification_id": ID})


def test_the_hash_covers_the_content_and_not_the_recipients() -> None:
    full = GOOD | {"resource_id": "r", "data": {"a": 1}, "user_id": "alice", "idempotency_key": "k"}
    base = NewNotification.model_validate(full).content_hash()
    other_people = {name: value for name, value in full.items() if name != "user_id"} | {"user_ids": ["bob"]}
    assert NewNotification.model_validate(other_people).content_hash() == base
    assert NewNotification.model_validate(full | {"idempotency_key": "other"}).content_hash() == base
    for change in (
        {"title": "t"}, {"event_name": "a"}, {"body": "b"}, {"summary": "s"}, {"severity": "success"},
        {"target_url": "/x"}, {"data": {"a": 2}}, {"data": {"a": "1"}}, {"data": {"a": None}}, {"resource_id": "s"},
        {"batch_key": "b"},
    ):  # fmt: skip
        assert NewNotification.model_validate(full | change).content_hash() != base, json.dumps(change)


def test_the_hash_of_texts_by_language_covers_each_language_in_one_spelling() -> None:
    texts = {"en": "Paid", "pt-BR": "Pago"}
    base = NewNotification.model_validate(GOOD | {"title": texts}).content_hash()
    assert NewNotification.model_validate(GOOD | {"title": {"PT-br": "Pago", "EN": "Paid"}}).content_hash() == base
    for other in ("Paid", {"en": "Paid"}, texts | {"pt-BR": "Paga"}, texts | {"fr": "Payé"}):
        assert NewNotification.model_validate(GOOD | {"title": other}).content_hash() != base


def test_the_hash_of_plain_texts_is_that_of_the_releases_before() -> None:
    assert NewNotification.model_validate(GOOD).content_hash() == (
        hashlib.sha256(b'{"event_name": "a.b", "severity": "info", "title": "T"}').hexdigest()
    )


@pytest.mark.parametrize("change", ACCEPTED, ids=label)
def test_the_content_is_what_pydantic_writes_as_json(change: dict[str, Any]) -> None:
    """The hashes of stored notifications depend on it."""
    new = NewNotification.model_validate(GOOD | change)
    assert new.content == new.model_dump(
        mode="json", exclude={"user_id", "user_ids", "idempotency_key", "idempotency_mode"}
    )


@pytest.mark.parametrize(
    "moment", ["2026-11-23T12:00:00.5+02:00", "0999-01-01T00:00:00Z", "2026-11-23T10:00:00.000001Z"]
)
def test_a_moment_of_the_content_is_what_pydantic_writes(moment: str) -> None:
    new = NewNotification.model_validate(GOOD | {"send_at": moment})
    assert new.content["send_at"] == new.model_dump(mode="json")["send_at"]


def test_a_wrong_text_of_a_language_is_named_by_its_field_and_tag() -> None:
    with pytest.raises(ValidationError) as refused:
        NewNotification.model_validate(GOOD | {"title": {"en": "T", "pt-BR": ""}, "summary": {"[x": "T"}})
    assert [explain(problem)["field"] for problem in refused.value.errors()] == ["title.pt-BR", "summary.[x"]


@pytest.mark.parametrize("given", [{}, {"read": None}, {"read": None, "archived": None}])
def test_an_empty_change_is_refused(given: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="read or archived"):
        MarkOne.model_validate(given)


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({}, "either notification_id"), ({"all": False}, "either notification_id"),
        ({"notification_id": ID, "all": True}, "either notification_id"),
        ({"before": "2026-01-01T00:00:00Z"}, "either notification_id"),
        ({"notification_id": ID, "before": "2026-01-01T00:00:00Z"}, "goes with all"),
        ({"all": True, "before": "2026-01-01T00:00:00"}, "timezone"), ({"notification_id": "x"}, "valid UUID"),
        ({"notification_id": ID, "notificationId": ID}, "not both"),
        ({"undo": "2026-01-01T00:00:00Z"}, "either notification_id"),
        ({"notification_id": ID, "undo": "2026-01-01T00:00:00Z"}, "undo goes with all"),
        ({"all": True, "undo": "2026-01-01T00:00:00Z", "before": "2026-01-01T00:00:00Z"}, "without before"),
    ],
)  # fmt: skip
def test_marking_needs_one_notification_or_all(given: dict[str, Any], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        MarkRead.model_validate(given)


@pytest.mark.parametrize("given", [{"all": True}, {"notification_id": ID}, {"notification_id": ID, "all": False}])
def test_marking_one_notification_or_all_is_accepted(given: dict[str, Any]) -> None:
    assert MarkRead.model_validate(given).model_dump(exclude_none=True, mode="json") == given
