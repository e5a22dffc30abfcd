"""Feedback of SES on the running devstack, through the topic, the queue and the function that the template creates.

The emulator's SES publishes no events. So the test publishes a recorded one.
"""

import json
from typing import Any
from uuid import UUID

from carillon.models.language import LANGUAGES
from tests.e2e.conftest import Stack
from tests.support.provider_events import email_event
from tests.support.story_people import Person


def publish(stack: Stack, event: dict[str, Any]) -> None:
    """Publish an event to the stack's topic, as SES does."""
    outputs = stack.aws("cloudformation").describe_stacks(StackName=stack.data["stack_name"])["Stacks"][0]["Outputs"]
    [topic] = [each["OutputValue"] for each in outputs if each["OutputKey"] == "EventTopicArn"]
    stack.aws("sns").publish(TopicArn=topic, Message=json.dumps(event))


def test_the_person_learns_of_a_bounce_and_the_next_email_is_not_sent(stack: Stack) -> None:
    person = Person(stack).settle()
    body = {"user_id": person.user_id, "event_name": "job.failed", "title": "It failed", "severity": "critical"}
    recorded = stack.request("POST", "/notifications", stack.producer_token(), body).body["notification"]["id"]

    def answer() -> dict[str, Any]:
        path = f"/notifications/{recorded}/deliveries"
        return stack.request("GET", path, stack.token(person.user_id)).body["channels"]["email"]

    stack.wait_for(lambda: answer()["delivery"]["status"] == "sent", 30, "email")
    [email] = person.emails()
    delivery_id = UUID(answer()["delivery"]["delivery_id"])

    bounce = email_event("provider-bounce-permanent", delivery_id, address=email["To"][0])
    publish(stack, bounce)
    publish(stack, bounce)

    stack.wait_for(lambda: answer()["delivery"]["provider_status"] == "bounced", 60, "bounce")
    assert "It bounced" in answer()["explanation"]
    preferences = stack.request("GET", "/preferences", stack.token(person.user_id)).body
    assert (preferences["email_status"], set(preferences["email_help"])) == ("bounced", set(LANGUAGES))
    again = stack.request("POST", "/notifications", stack.producer_token(), body | {"title": "Again"}).body
    assert again["notification"]["routing"]["email"] == {"action": "off", "reason": "bounced"}
