"""Texts by language: SQL chooses those of each person, once, and the notification keeps them."""

import random
from typing import Any

import pytest

from carillon.models.texts import choose_place, places_of
from tests.support.environment import Connect, counts
from tests.support.service import Service

TITLES = {"en": "Invoice 9 is overdue", "fr": "La facture 9 est en retard", "pt-BR": "A fatura 9 está atrasada"}
BODIES = {"en": "Please pay it.", "fr": "Veuillez la payer.", "pt-BR": "Pague, por favor."}
NEW: dict[str, Any] = {"event_name": "invoice.overdue", "title": TITLES, "body": BODIES, "summary": "Invoice 9"}
PEOPLE = {"ana": "pt-PT", "bob": None, "chloe": "fr_CA", "dora": "de", "emma": "en-GB"}
LANGUAGES = {"ana": "pt-BR", "bob": "en", "chloe": "fr", "dora": "en", "emma": "en"}


@pytest.fixture
def people(connect: Connect) -> None:
    with connect().cursor() as cursor:
        cursor.executemany(
            "INSERT INTO recipients (user_id, locale, updated_at) VALUES (%s, %s, now())",
            [(user_id, locale) for user_id, locale in PEOPLE.items() if user_id != "bob"],
        )


def texts_of(connect: Connect) -> dict[str, tuple[str, str | None, str | None]]:
    rows = connect().execute("SELECT user_id, title, summary, body FROM notifications").fetchall()
    return {row["user_id"]: (row["title"], row["summary"], row["body"]) for row in rows}


@pytest.mark.usefixtures("people")
def test_each_person_of_a_request_gets_the_texts_of_their_language(service: Service, connect: Connect) -> None:
    answer = service.call("POST", "/notifications", NEW | {"user_ids": [*PEOPLE]}, producer="billing")

    assert (answer.status, answer.json["created"]) == (201, len(PEOPLE))
    expected = {user_id: (TITLES[language], "Invoice 9", BODIES[language]) for user_id, language in LANGUAGES.items()}
    assert texts_of(connect) == expected
    connect().execute("UPDATE recipients SET locale = 'en'")
    assert texts_of(connect) == expected
    assert service.call("GET", "/notifications", user="chloe").json["notifications"][0]["title"] == TITLES["fr"]


@pytest.mark.usefixtures("people")
def test_one_person_gets_their_language_whoever_records(service: Service) -> None:
    by_producer = service.call("POST", "/notifications", NEW | {"user_id": "chloe"}, producer="billing")
    by_chloe = service.call("POST", "/notifications", NEW, user="chloe")
    for answer in (by_producer, by_chloe):
        assert answer.json["notification"]["title"] == TITLES["fr"]


@pytest.mark.usefixtures("people")
def test_a_single_language_is_for_everyone(service: Service, connect: Connect) -> None:
    new = {"event_name": "a.b", "title": {"fr": "Bonjour"}, "user_ids": ["bob", "emma"]}
    service.call("POST", "/notifications", new, producer="billing")
    assert {title for title, _, _ in texts_of(connect).values()} == {"Bonjour"}


@pytest.mark.usefixtures("people")
def test_a_dry_run_says_which_language_each_person_would_get(service: Service, connect: Connect) -> None:
    new = NEW | {"resource_id": "invoice_9"}
    service.call("POST", "/notifications", new | {"user_id": "bob"}, producer="billing")
    planned = service.call(
        "POST", "/notifications", new | {"user_ids": [*PEOPLE]}, producer="billing", query={"dry_run": "1"}
    ).json

    languages = {each["user_id"]: each.get("language") for each in planned["notifications"]}
    assert languages == LANGUAGES | {"bob": None}  # a repeat keeps its texts
    assert planned["texts"] == {
        tag: {"title": TITLES[tag], "summary": "Invoice 9", "body": BODIES[tag]} for tag in TITLES
    }
    assert counts(connect) == (1, 0)


@pytest.mark.usefixtures("people")
@pytest.mark.parametrize(("title", "language"), [(TITLES, "fr"), ({"de": "Rechnung"}, "de"), ("Invoice", None)])
def test_a_dry_run_for_one_person_has_the_texts_and_their_language(
    service: Service, title: Any, language: str | None
) -> None:
    new = {"event_name": "a.b", "title": title, "user_id": "chloe"}
    planned = service.call("POST", "/notifications", new, producer="billing", query={"dry_run": "1"}).json
    assert planned.get("language") == language
    assert planned["notification"]["title"] == (title[language] if language else title)


@pytest.mark.usefixtures("people")
@pytest.mark.parametrize(
    ("change", "fields"),
    [
        (
            {"title": TITLES | {"fr": "Facture"}, "severity": "warning"},
            {"chloe": ["severity", "title"], "emma": ["severity"]},
        ),
        ({"title": TITLES | {"fr": "Facture"}}, {"chloe": ["title"], "emma": ["title", "body"]}),
        ({"title": "Invoice 9"}, {"chloe": ["title"], "emma": ["title"]}),
    ],
)  # fmt: skip
def test_other_texts_under_the_same_key_are_a_conflict(
    service: Service, change: dict[str, Any], fields: dict[str, list[str]]
) -> None:
    new = NEW | {"user_ids": ["chloe", "emma"], "idempotency_key": "k"}
    service.call("POST", "/notifications", new, producer="billing")
    again = service.call("POST", "/notifications", new, producer="billing").json
    assert again["replayed"] == 2

    other = service.call("POST", "/notifications", new | change, producer="billing").json
    assert {each["user_id"]: each["differs"] for each in other["notifications"]} == fields


def test_the_database_chooses_as_python_does(connect: Connect) -> None:
    chance = random.Random(7)

    def tag() -> str:
        return "-".join(chance.choice(["ab", "ac", "en", "Cd"]) for _ in range(chance.randint(1, 3)))

    connection = connect()
    for _ in range(200):
        tags = list({each.lower(): each for each in (tag() for _ in range(chance.randint(1, 5)))}.values())
        places, locale = places_of(tags), chance.choice([None, "", "-", "x", "ab_AC", tag()])
        row = connection.execute(
            "SELECT place_of_language(jsonb_object(%s::text[], %s::text[]), %s) AS place",
            [[*places], [*map(str, places.values())], locale],
        ).fetchone()
        assert row
        assert row["place"] == choose_place(places, locale), (tags, locale)
