"""A notification from a template: its texts, its errors, and a repeat."""

from typing import Any

import pytest

from tests.support.environment import Connect, counts
from tests.support.service import Service

VALUES: dict[str, Any] = {
    "customer": "Northwind", "invoices": 2, "total": {"amount": "99.90", "currency": "EUR"}, "since": "2026-11-23",
}  # fmt: skip
NEW: dict[str, Any] = {"event_name": "invoice.overdue", "template": "invoice_overdue", "variables": VALUES}


def test_each_person_gets_the_template_in_their_language(service: Service, connect: Connect) -> None:
    connect().execute("INSERT INTO recipients (user_id, locale, updated_at) VALUES ('chloe', 'fr', now())")
    answer = service.call("POST", "/notifications", NEW | {"user_ids": ["chloe", "bob"]}, producer="billing")

    assert (answer.status, answer.json["created"]) == (201, 2)
    rows = connect().execute("SELECT user_id, title, body FROM notifications").fetchall()
    assert {row["user_id"]: (row["title"], row["body"]) for row in rows} == {
        "chloe": ("Northwind : 2 factures sont en retard", "99,90\xa0€ sont dus depuis le 23 novembre 2026."),
        "bob": ("Northwind: 2 invoices are overdue", "€99.90 has been due since November 23, 2026."),
    }


def test_a_notification_keeps_the_texts_for_single_channels(service: Service, connect: Connect) -> None:
    connect().execute("INSERT INTO recipients (user_id, locale, updated_at) VALUES ('chloe', 'fr', now())")
    service.call("POST", "/notifications", NEW | {"user_ids": ["chloe", "bob"]}, producer="billing")
    service.call("POST", "/notifications", {"event_name": "a.b", "title": "T", "user_id": "dan"}, producer="billing")

    rows = connect().execute("SELECT user_id, channel_texts FROM notifications").fetchall()
    assert {row["user_id"]: row["channel_texts"] for row in rows} == {
        "chloe": {"push": "2 factures sont en retard"}, "bob": {"push": "2 invoices are overdue"}, "dan": None,
    }  # fmt: skip
    planned = service.call(
        "POST", "/notifications", NEW | {"user_ids": ["dora"]}, producer="billing", query={"dry_run": "1"}
    )
    assert planned.json["texts"]["de"]["channel_texts"] == {"push": "2 Rechnungen sind überfällig"}


def test_a_repeat_has_the_same_template_and_variables(service: Service, connect: Connect) -> None:
    new = NEW | {"user_id": "bob", "idempotency_key": "k"}
    first = service.call("POST", "/notifications", new, producer="billing")
    again = service.call(
        "POST", "/notifications", new | {"variables": dict(reversed(VALUES.items()))}, producer="billing"
    )
    assert (again.status, again.json["notification"]["id"]) == (200, first.json["notification"]["id"])

    for change, fields in (
        ({"variables": VALUES | {"invoices": 3}}, ["variables"]),
        ({"template": "invoice_overdue@1"}, ["template", "variables"]),
    ):
        other = service.call("POST", "/notifications", new | change, producer="billing")
        assert (other.status, [each["field"] for each in other.json["error"]["details"]]) == (422, fields)
    assert counts(connect) == (1, 0)


@pytest.mark.parametrize(
    ("change", "details"),
    [
        ({"template": "unknown"}, [("template", "is not a template of this stack, or not a version of it")]),
        ({"template": "invoice_overdue@9"}, [("template", "is not a template of this stack, or not a version of it")]),
        (
            {"template": "../x"},
            [("template", "must be the name of a template, like invoice_overdue or invoice_overdue@2")],
        ),
        ({"variables": None}, [(f"variables.{name}", "is required") for name in sorted(VALUES)]),
        (
            {"variables": VALUES | {"invoices": "2", "due": 1}},
            [("variables.due", "is no variable of this template"), ("variables.invoices", "must be a whole number")],
        ),
        ({"variables": VALUES | {"customer": "x" * 81}}, [("variables.customer", "must have at most 80 characters")]),
        ({"title": "T"}, [("request", "name either template or title, not both")]),
        ({"body": {"en": "T"}}, [("request", "name either template or body, not both")]),
        ({"template": None, "title": "T"}, [("request", "variables needs a template")]),
        ({"template": None, "variables": None}, [("title", "is required")]),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(
    service: Service, connect: Connect, change: dict[str, Any], details: list[tuple[str, str]]
) -> None:
    answer = service.call("POST", "/notifications", NEW | {"user_id": "bob"} | change, producer="billing")
    assert answer.status == 422
    assert [(each["field"], each["message"]) for each in answer.json["error"]["details"]] == details
    assert counts(connect) == (0, 0)
