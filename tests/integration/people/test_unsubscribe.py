"""Unsubscribe links through the real handler: a GET changes nothing, a POST unsubscribes, others get a clear answer."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from carillon.models.preferences import SWITCHES
from tests.support.environment import Connect
from tests.support.service import Service
from tests.support.unsubscribe_links import FORM, ONE_CLICK, all_rows, event, get_page, link, post, send_event

MULTIPART = (
    b'--x1\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--x1--\r\n',
    'multipart/form-data; boundary="x1"',
)  # fmt: skip


def email_of(service: Service, event_name: str, user: str = "alice", severity: str = "critical") -> dict[str, Any]:
    """Return the email route that a notification would have now."""
    body = {"event_name": event_name, "title": "T", "severity": severity, "user_id": user}
    planned = service.call("POST", "/notifications", body, producer="app", query={"dry_run": "1"})
    return planned.json["notification"]["routing"]["email"]


def choices(connect: Connect, user: str = "alice") -> dict[str, Any]:
    """Return a person's choices about email; empty when none is stored."""
    rows = connect().execute(
        "SELECT channels, rules, updated_at FROM preferences WHERE user_id = %s", [user]
    ).fetchall()  # fmt: skip
    return rows[0] if rows else {}


@pytest.fixture(autouse=True)
def alice(service: Service, reachable: Callable[..., None]) -> None:
    reachable("alice", "bob")


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_get_of_the_link_changes_nothing(connect: Connect, method: str) -> None:
    before = all_rows(connect)
    assert len(before["preferences"]) == 2
    for categories in ([], ["invoice"]):
        answer = get_page(link(connect, *categories), method)
        assert answer.status == 200
        assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
        assert (answer.text == "") == (method == "HEAD")
    assert all_rows(connect) == before


def test_one_click_unsubscribe_works_alone_and_twice(service: Service, connect: Connect) -> None:
    token = link(connect, "invoice")
    request = event("http-unsubscribe-one-click.json", token)
    assert not {"authorization", "cookie"} & set(request["headers"])
    assert "authorizer" not in request["requestContext"]

    first = send_event(request)
    assert (first.status, first.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert "Location" not in first.headers
    once = all_rows(connect)
    assert choices(connect)["rules"] == {"invoice": {"email": {"enabled": False}}}
    again = send_event(request)
    assert (again.status, again.text) == (200, first.text)
    assert all_rows(connect) == once  # the time of the choice too

    off = email_of(service, "invoice.payment_failed")
    assert (off["action"], off["reason"], off["rule"]) == ("off", "disabled", "user:invoice")
    assert email_of(service, "sync.failed")["action"] == "now"
    assert email_of(service, "invoice.payment_failed", "bob")["action"] == "now"


def test_each_form_of_the_post_is_accepted(connect: Connect) -> None:
    token, one_click = link(connect, "invoice"), b"List-Unsubscribe=One-Click"
    for body, content_type, encoded in (
        (one_click, FORM, True),
        (one_click, FORM, False),
        (one_click, f"{FORM}; charset=UTF-8", True),
        (one_click, "", True),
        (*MULTIPART, True),
        (*MULTIPART, False),
        (b"scope=category", FORM, True),
        # Mail clients change it: a line end, white space, another case, other fields, another character set.
        (one_click + b"\r\n", FORM, True),
        (one_click + b"\n", "text/plain", False),
        (b" List-Unsubscribe = One-Click ", FORM, True),
        (b"LIST-UNSUBSCRIBE=ONE-CLICK", FORM, True),
        (b"list-unsubscribe=one-click", FORM, True),
        (one_click + b"&" + one_click, FORM, True),
        (b"email=jos\xe9&" + one_click + b"&source=mail\r\n", f"{FORM}; charset=ISO-8859-1", True),
        (b"\xef\xbb\xbf" + one_click, FORM, True),
    ):
        assert post(token, body, content_type, encoded=encoded).status == 200
        assert choices(connect)["rules"] == {"invoice": {"email": {"enabled": False}}}, (body, content_type, encoded)
        connect().execute("UPDATE preferences SET rules = '{}'")


OTHER_BODIES = (
    b"", b"List-Unsubscribe=", b"List-Unsubscribe", b"List-Unsubscribe=One-Click&List-Unsubscribe=Two-Clicks",
    b"scope=", b"scope=everything", b"scope=all&scope=category", b"List-Unsubscribe=One-Click&scope=none", b"One-Click",
    b'{"scope": "all"}', b"\xff\xfe", b"List-Unsubscribe=One Click",
)  # fmt: skip


def test_any_other_post_changes_nothing_and_shows_the_buttons(connect: Connect) -> None:
    before, token = all_rows(connect), link(connect, "invoice")
    answers = {body: post(token, body) for body in OTHER_BODIES}
    for broken in ("List-Unsubscribe=One-Click", "%%%", "TGlzdA=", None):  # not a valid body of that type
        request = event("http-unsubscribe-one-click.json", token) | {"body": broken, "isBase64Encoded": True}
        answers[str(broken).encode()] = send_event(request)
    for body, answer in answers.items():
        assert (answer.status, answer.text.count("<button")) == (422, 2), body
        assert "Nothing was changed" in answer.text
    assert all_rows(connect) == before


def test_the_page_names_the_effect_of_its_buttons(service: Service, connect: Connect) -> None:
    token = link(connect, "mention", "sales_report")
    page = get_page(token).text
    assert "<li>Mentions of you</li>" in page
    assert "<li>sales report</li>" in page
    offered = re.findall(r'<button name="(\w+)" value="(\w+)"', page)
    assert offered == [("scope", "category"), ("scope", "all")]
    assert '<form method="post">' in page  # to the same URL

    post(token, dict([offered[0]]))
    assert set(choices(connect)["rules"]) == {"mention", "sales_report"}
    assert choices(connect)["channels"].get("email") is True
    done = post(token, dict([offered[1]])).text
    assert choices(connect)["channels"].get("email") is False
    assert "Roles, API keys and data exports" in done
    assert email_of(service, "security.key_made")["reason"] == "mandatory"
    for event_name in ("mention.created", "sync.failed", "document.ready", "onboarding.done"):
        assert email_of(service, event_name)["action"] == "off"


def test_a_link_for_all_has_one_button_and_switches_all_emails_off(connect: Connect) -> None:
    token = link(connect)
    assert re.findall(r'value="(\w+)"', get_page(token).text) == ["all"]
    assert post(token, ONE_CLICK).status == 200
    assert (choices(connect)["channels"].get("email"), choices(connect)["rules"]) == (False, {})


def test_preferences_show_the_unsubscription_and_can_undo_it(service: Service, connect: Connect) -> None:
    post(link(connect, "mention"), ONE_CLICK)
    answer_body = service.call("GET", "/preferences", user="alice").json
    assert answer_body["rules"] == {"mention": {"email": {"enabled": False}}}
    [mention] = [each for each in answer_body["categories"] if each["name"] == "mention"]
    assert (mention["email"]["enabled"], mention["email"]["rule"]) == (False, "user:mention")
    assert service.call("PUT", "/preferences", answer_body, user="alice").json["rules"] == answer_body["rules"]
    post(link(connect), ONE_CLICK)
    answer_body = service.call("GET", "/preferences", user="alice").json
    assert (answer_body["email_enabled"], "email_enabled" in answer_body["by_default"]) == (False, False)
    service.call("PUT", "/preferences", answer_body | {"email_enabled": True, "rules": {}}, user="alice")
    assert email_of(service, "mention.created")["action"] == "now"


def test_an_erased_person_gets_the_same_answer_and_is_not_stored_again(service: Service, connect: Connect) -> None:
    """The mailbox of an erased person still has links."""
    token, other = link(connect, "invoice", user_id="bob"), link(connect, "invoice")
    assert service.call("DELETE", "/recipients/bob", producer="app").status == 200
    before = all_rows(connect)
    assert get_page(token).text == get_page(other).text
    gone = post(token, ONE_CLICK)
    assert all_rows(connect) == before
    there = post(other, ONE_CLICK)
    assert (gone.status, gone.text) == (there.status, there.text)


def test_a_person_with_an_address_and_without_choices_can_unsubscribe(service: Service, connect: Connect) -> None:
    connect().execute("DELETE FROM preferences")
    post(link(connect, "invoice"), ONE_CLICK)
    post(link(connect, user_id="bob"), ONE_CLICK)
    assert (choices(connect)["channels"].get("email"), set(choices(connect)["rules"])) == (None, {"invoice"})
    assert (choices(connect, "bob")["channels"].get("email"), choices(connect, "bob")["rules"]) == (False, {})
    answer_body = service.call("GET", "/preferences", user="bob").json
    assert answer_body["by_default"] == [name for name in SWITCHES if name != "email_enabled"]


def test_a_category_that_became_mandatory_stays_on_and_gets_no_rule(service: Service, connect: Connect) -> None:
    before = all_rows(connect)
    answer = post(link(connect, "security"), ONE_CLICK)
    assert answer.status == 200
    assert "cannot be switched off" in answer.text
    assert all_rows(connect) == before
    some = post(link(connect, "security", "invoice"), ONE_CLICK)
    assert "Invoices and payments" in some.text
    answer_body = service.call("GET", "/preferences", user="alice").json
    assert answer_body["rules"] == {"invoice": {"email": {"enabled": False}}}
    assert service.call("PUT", "/preferences", answer_body, user="alice").status == 200
