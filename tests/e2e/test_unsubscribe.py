"""Unsubscribing on the running devstack: the link in an email, its page and its button. The link is the only proof."""

import re

import urllib3

from tests.e2e.conftest import Stack
from tests.support.story_people import Person, route_of, wait_for_end

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def stored(stack: Stack, person: Person) -> list[tuple[object, ...]]:
    with stack.database() as database:
        return database.execute(
            """
            SELECT p::text, r::text FROM preferences AS p JOIN recipients AS r USING (user_id)
            WHERE user_id = %s
            """,
            [person.user_id],
        ).fetchall()


def test_the_link_in_an_email_unsubscribes_only_when_it_is_posted(stack: Stack) -> None:
    person = Person(stack).settle()
    first = person.notify("invoice.payment_failed", "Payment failed", severity="critical")
    wait_for_end(stack, first, "sent")
    email = person.one_email()
    [url] = re.findall(rf"{re.escape(stack.data['api_url'])}/unsubscribe/[\w.-]+", email["BodyText"])
    assert url in email["BodyHtml"]
    before = stored(stack, person)

    for method in ("GET", "HEAD"):
        answer = urllib3.request(method, url, retries=False)
        assert answer.status == 200
        assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    page = urllib3.request("GET", url).data.decode()
    assert "Invoices and payments" in page
    assert urllib3.request("GET", url[:-1], retries=False).status == 404
    assert stored(stack, person) == before

    # A mail service posts it without a cookie or a token, here twice.
    for _ in range(2):
        posted = urllib3.request("POST", url, body=b"List-Unsubscribe=One-Click", headers=FORM, retries=False)
        assert posted.status == 200
    warning = person.notify("invoice.reminder", "Payment due", severity="critical")
    answer = route_of(stack, warning)
    assert (answer["action"], answer["reason"], answer["rule"]) == ("off", "disabled", "user:invoice")
    other = person.notify("sync.failed", "Sync failed", severity="critical")
    assert route_of(stack, other)["action"] == "now"

    everything = urllib3.request("POST", url, fields={"scope": "all"}, retries=False)  # sent as multipart/form-data
    assert everything.status == 200
    preferences = stack.request("GET", "/preferences", stack.token(person.user_id)).body
    assert (preferences["email_enabled"], preferences["rules"]) == (False, {"invoice": {"email": {"enabled": False}}})
    last = route_of(stack, person.notify("sync.failed", "Sync failed again", severity="critical"))
    assert (last["action"], last["rule"]) == ("off", "user")
    mandatory = person.notify("security.key_made", "A new API key")
    assert route_of(stack, mandatory)["reason"] == "mandatory"
    wait_for_end(stack, mandatory, "sent")
    [email_about_key] = [each for each in person.emails() if "new API key" in each["Subject"]]
    assert "/unsubscribe/" not in email_about_key["BodyText"] + email_about_key["BodyHtml"]
