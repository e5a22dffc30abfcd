"""The proxy in front of SES and SNS: what it forwards, what it refuses, and what a phone shows."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs
from uuid import uuid4

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from werkzeug.wrappers import Request, Response

from carillon.channels.errors import outcome_of
from carillon.channels.push.payload import publish_request
from carillon.channels.rendering import RenderedPush
from carillon.models.delivery import DeviceEndpoint, OutcomeKind
from devstack.aws.providers import Providers, shown_push
from devstack.machine.options import HOST
from devstack.machine.web import Site
from tests.support.delivery_samples import delivery

PUBLISHED = (
    '<PublishResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><PublishResult><MessageId>1</MessageId>'
    "</PublishResult></PublishResponse>"
)
LINK = "https://a.example.com/x"
ENDPOINTS = {
    "apns": "arn:aws:sns:us-east-1:000000000000:endpoint/APNS_SANDBOX/carillon/1",
    "fcm": "arn:aws:sns:us-east-1:000000000000:endpoint/GCM/carillon/2",
}


class Upstream:
    """An emulator that accepts every request except those to the endpoint `gone`."""

    def __init__(self) -> None:
        self.seen: list[str] = []

    def site(self, request: Request) -> Response:
        self.seen.append(request.path)
        if request.path.startswith("/v2/email/"):
            return Response('{"MessageId": "1"}', mimetype="application/json")
        if "gone" in parse_qs(request.get_data().decode())["TargetArn"][0]:
            return Response("<ErrorResponse><Error><Code>EndpointDisabled</Code></Error></ErrorResponse>", 400)
        return Response(PUBLISHED, mimetype="text/xml")


@pytest.fixture
def proxied() -> Iterator[tuple[Providers, Upstream, Any, Any]]:
    """Yield the proxy, the emulator behind it, and clients of SES and SNS that call the proxy."""
    upstream = Upstream()
    behind = Site(0, upstream.site)
    providers = Providers(f"http://{HOST}:{behind.port}")
    front = Site(0, providers.site)
    session: Any = boto3.Session("test", "test", region_name="us-east-1")
    config = Config(retries={"total_max_attempts": 1}, proxies={})
    ses, sns = (
        session.client(name, endpoint_url=f"http://{HOST}:{front.port}", config=config) for name in ("sesv2", "sns")
    )
    yield providers, upstream, ses, sns
    ses.close()
    sns.close()
    front.stop()
    behind.stop()


def send(ses: Any) -> None:
    body = {"Text": {"Data": "text"}}
    ses.send_email(
        FromEmailAddress="a@example.com", Destination={"ToAddresses": ["b@example.com"]},
        Content={"Simple": {"Subject": {"Data": "subject"}, "Body": body}},
    )  # fmt: skip


def push(platform: str, delivery_id: Any) -> dict[str, Any]:
    """Return the request that the worker makes."""
    claimed = delivery(channel="push", unread_count=3).model_copy(update={"delivery_id": delivery_id})
    device = DeviceEndpoint(device_id=uuid4(), platform=platform, endpoint_arn=ENDPOINTS[platform])  # pyright: ignore[reportArgumentType]
    return publish_request(claimed, device, RenderedPush("Title", "Words", LINK), "https://a.example.com")


def test_a_broken_ses_refuses_an_email_at_the_cost_of_an_attempt_and_forwards_nothing(
    proxied: tuple[Providers, Upstream, Any, Any],
) -> None:
    providers, upstream, ses, _ = proxied
    providers.broken = True
    with pytest.raises(ClientError) as refused:
        send(ses)
    outcome = outcome_of(refused.value, pause_seconds=300)
    # It must count as an answer: otherwise the circuit breaker opens, and no delivery fails.
    assert (outcome.kind, outcome.code, outcome.reached) == (OutcomeKind.RETRY, "access_denied", True)
    assert (upstream.seen, providers.emails) == ([], 0)

    providers.broken = False
    send(ses)
    assert (upstream.seen, providers.emails) == (["/v2/email/outbound-emails"], 1)


def test_a_broken_ses_does_not_stop_pushes(proxied: tuple[Providers, Upstream, Any, Any]) -> None:
    providers, _, _, sns = proxied
    providers.broken = True
    sns.publish(**push("fcm", uuid4()))
    assert [each["title"] for each in providers.pushes] == ["Title"]


@pytest.mark.parametrize("platform", ["apns", "fcm"])
def test_a_repeated_push_replaces_the_earlier_one_on_the_phone(
    platform: str, proxied: tuple[Providers, Upstream, Any, Any]
) -> None:
    providers, _, _, sns = proxied
    first, second = uuid4(), uuid4()
    for delivery_id in (first, second, first):
        sns.publish(**push(platform, delivery_id))
    shown = [(each["tag"], each["times"], each["endpoint"]) for each in providers.pushes]
    assert shown == [(str(second), 1, ENDPOINTS[platform]), (str(first), 2, ENDPOINTS[platform])]
    assert (providers.pushes[0]["body"], providers.pushes[0]["url"]) == ("Words", LINK)
    assert providers.pushes[0]["badge"] == 3


def test_a_push_that_sns_refuses_is_on_no_phone(proxied: tuple[Providers, Upstream, Any, Any]) -> None:
    providers, _, _, sns = proxied
    with pytest.raises(ClientError):
        sns.publish(**(push("fcm", uuid4()) | {"TargetArn": ENDPOINTS["fcm"] + "gone"}))
    assert providers.pushes == []


def test_a_message_without_a_payload_is_shown_as_text() -> None:
    assert shown_push("only words") == {"title": "", "body": "only words", "url": "", "badge": None, "tag": ""}
