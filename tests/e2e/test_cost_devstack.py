"""The model of `carillon cost` predicts the requests, the invocations and the emails that the devstack counts."""

import json
import re
import uuid
from collections import Counter, defaultdict
from typing import Any

import pytest

from cli.cost.calls import calls_of
from cli.cost.usage import Actions
from tests.e2e.conftest import Stack

WITHIN = 0.10
PEOPLE = 12
POLLS = 20
READS = 4
# Before the method, the log may have a code for a colour.
API_REQUEST = re.compile(r"(?:GET|POST|PUT|PATCH) /(?:notifications|recipients)\b")


def invocations(stack: Stack) -> Counter[str]:
    """Return the number of invocations of each function so far. The emulator gives each one a log stream."""
    group = f"/{stack.data['stack_name']}/functions"
    pages = stack.aws("logs").get_paginator("filter_log_events").paginate(logGroupName=group)
    lines: dict[str, list[str]] = defaultdict(list)
    for event in (event for page in pages for event in page["events"]):
        lines[event["logStreamName"]].append(event["message"])
    counts: Counter[str] = Counter()
    for stream in lines.values():
        service = next((json.loads(line)["service"] for line in stream if line.startswith("{")), "")
        counts[service] += sum(line.startswith("REPORT ") for line in stream)
    return counts


def api_requests(stack: Stack) -> int:
    """Return the number of requests to the API so far, from the devstack's own log."""
    return len(API_REQUEST.findall((stack.state / "logs" / "web.log").read_text("utf-8", "replace")))


def sent(stack: Stack, title: str) -> int:
    return sum(title in email["Subject"] for email in stack.emails())


def act(stack: Stack, titles: list[str], people: list[str]) -> None:
    """Store the people, notify each alone and then all at once, and poll and read as a bell does."""
    producer = stack.producer_token()

    def notify(title: str, **whom: Any) -> None:
        body = {"event_name": "job.failed", "title": title, "severity": "critical"} | whom
        assert stack.request("POST", "/notifications", producer, body).status == 201

    for person in people:
        contact = {"email": f"{person}@example.com"}
        assert stack.request("PUT", f"/recipients/{person}", producer, contact).status == 200
        assert (
            stack.request("PUT", f"/recipients/{person}/preferences", producer, {"email_enabled": True}).status == 200
        )
    # One after the other: at the rate of the example, two people's deliveries seldom wait at the same time.
    for number, person in enumerate(people, start=1):
        notify(titles[0], user_id=person)
        stack.wait_for(lambda count=number: sent(stack, titles[0]) == count, 30, "email")
    notify(titles[1], user_ids=people)
    stack.wait_for(lambda: sent(stack, titles[1]) == len(people), 30, "email for each person")

    token = stack.token(people[0])
    page = stack.request("GET", "/notifications", token)
    for _ in range(POLLS - 1):
        assert (
            stack.request("GET", "/notifications", token, headers={"If-None-Match": page.headers["ETag"]}).status == 304
        )
    for number in range(READS):
        path = f"/notifications/{page.body['notifications'][0]['id']}"
        assert stack.request("PATCH", path, token, {"read": number % 2 == 0}).status == 200
        assert stack.request("GET", "/notifications", token).status == 200


def test_the_devstack_counts_what_the_model_predicts(stack: Stack) -> None:
    titles, people = [uuid.uuid4().hex, uuid.uuid4().hex], [uuid.uuid4().hex[:12] for _ in range(PEOPLE)]
    requests_before, before = api_requests(stack), invocations(stack)
    act(stack, titles, people)
    # The log of the last batch appears after its emails.
    stack.wait_for(lambda: invocations(stack)["deliver"] - before["deliver"] >= PEOPLE + 1, 30, "log")
    counted = invocations(stack) - before
    requests = api_requests(stack) - requests_before

    alone = calls_of(Actions(seconds=60, creates=PEOPLE, emails=PEOPLE, polls=POLLS, reads=READS, contacts=2 * PEOPLE))
    together = calls_of(Actions(seconds=0.001, creates=1, emails=PEOPLE))
    model = {name: count + together.invocations[name] for name, count in alone.invocations.items()}
    # API Gateway alone has preflights, and these requests come from no page.
    assert requests == pytest.approx(alone.api_requests - alone.preflights + together.api_requests, rel=WITHIN)
    for function in ("create", "read", "recipients", "deliver"):
        assert counted[function] == pytest.approx(model[function], rel=WITHIN), (function, counted)
    emails = sent(stack, titles[0]) + sent(stack, titles[1])
    assert emails == pytest.approx(alone.ses_emails + together.ses_emails, rel=WITHIN)
