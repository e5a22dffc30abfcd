"""From the email to its link, to the page, to the button: on the running devstack, by nothing but the link."""

import re

import urllib3

from tests.e2e.conftest import Stack
from tests.support.story_people import Person, route_of, wait_for_end

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def stored(stack: Stack, person: Person) -> list[tuple[object, ...]]:
    with stack.database() as database:
        return database.execute(
            """
            SELECT p::text, r::text FROM notification_preferences AS p JOIN notification_recipients AS r USING (user_id)
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
        looked = urllib3.request(method, url, retries=False)
        assert looked.status == 200
        assert looked.headers["Content-Type"] == "text/html; charset=utf-8"
        assert "default-src 'none'" in looked.headers["Content-Security-Policy"]
    page = urllib3.request("GET", url).data.decode()
    assert "Invoices and payments" in page
    assert urllib3.request("GET", url[:-1], retries=False).status == 404
    assert stored(stack, person) == before

    # As a mail service posts it: no cookie, no token, twice.
    for _ in range(2):
        posted = urllib3.request("POST", url, body=b"List-Unsubscribe=One-Click", headers=FORM, retries=False)
        assert posted.status == 200
    warning = person.notify("invoice.reminder", "Payment due", severity="critical")
    answer = route_of(stack, warning)
    assert (answer["action"], answer["reason"], answer["rule"]) == ("off", "disabled", "user:invoice")
    other = person.notify("sync.failed", "Sync failed", severity="critical")
    assert route_of(stack, other)["action"] == "now"

    everything = urllib3.request("POST", url, fields={"scope": "all"}, retries=False)  # in parts, as fields are sent
    assert everything.status == 200
    told = stack.request("GET", "/preferences", stack.token(person.user_id)).body
    assert (told["email_enabled"], told["rules"]) == (False, {"invoice": {"email": {"enabled": False}}})
    last = route_of(stack, person.notify("sync.failed", "Sync failed again", severity="critical"))
    assert (last["action"], last["rule"]) == ("off", "user")
    law = person.notify("security.key_made", "A new API key")
    assert route_of(stack, law)["reason"] == "mandatory"
    wait_for_end(stack, law, "sent")
    [told_of_key] = [each for each in person.emails() if "new API key" in each["Subject"]]
    assert "/unsubscribe/" not in told_of_key["BodyText"] + told_of_key["BodyHtml"]
