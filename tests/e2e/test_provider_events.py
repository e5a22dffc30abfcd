"""What SES tells, on the running devstack: through the topic, the queue and the function that the template makes.

The emulator sends no events of its own: recorded ones are published as SES would.
"""

import json
from typing import Any
from uuid import UUID

from carillon.models.language import LANGUAGES
from tests.e2e.conftest import Stack
from tests.support.provider_events import email_event
from tests.support.story_people import Person


def publish(stack: Stack, told: dict[str, Any]) -> None:
    """As SES does, to the stack's own topic."""
    outputs = stack.aws("cloudformation").describe_stacks(StackName=stack.data["stack_name"])["Stacks"][0]["Outputs"]
    [topic] = [each["OutputValue"] for each in outputs if each["OutputKey"] == "EventTopicArn"]
    stack.aws("sns").publish(TopicArn=topic, Message=json.dumps(told))


def test_a_bounce_is_told_to_the_person_and_the_next_email_stays(stack: Stack) -> None:
    person = Person(stack).settle()
    body = {"user_id": person.user_id, "event_name": "job.failed", "title": "It failed", "severity": "critical"}
    made = stack.request("POST", "/notifications", stack.producer_token(), body).body["notification"]["id"]

    def answer() -> dict[str, Any]:
        path = f"/notifications/{made}/deliveries"
        return stack.request("GET", path, stack.token(person.user_id)).body["channels"]["email"]

    stack.wait_for(lambda: answer()["delivery"]["status"] == "sent", 30, "email")
    [email] = person.emails()
    delivery_id = UUID(answer()["delivery"]["delivery_id"])

    told = email_event("provider-bounce-permanent", delivery_id, address=email["To"][0])
    publish(stack, told)
    publish(stack, told)

    stack.wait_for(lambda: answer()["delivery"]["provider_status"] == "bounced", 60, "bounce")
    assert "It bounced" in answer()["explanation"]
    preferences = stack.request("GET", "/preferences", stack.token(person.user_id)).body
    assert (preferences["email_status"], set(preferences["email_help"])) == ("bounced", set(LANGUAGES))
    again = stack.request("POST", "/notifications", stack.producer_token(), body | {"title": "Again"}).body
    assert again["notification"]["routing"]["email"] == {"action": "off", "reason": "bounced"}
