"""The service as its callers see it: HTTP events and answers, queue messages and emails.

The handlers, the package and PostgreSQL are real. moto simulates AWS.
"""

import json
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from itertools import batched
from typing import Any
from urllib.parse import urlencode

import boto3
import pytest
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.sesv2.models import sesv2_backends

import create
import deliver
import read
import reaper
import recipients
import recipients_devices
import recipients_shared
from carillon.database.connection import Database
from carillon.settings.base import DatabaseSettings
from tests.support.environment import FakeLambdaContext, as_role

REGION = "eu-central-1"
SENDER = "no-reply@example.com"
PRODUCER_SCOPE = "carillon/send"
ALL_SCOPES = f"{PRODUCER_SCOPE} carillon/recipients carillon/erase carillon/export"
# The functions of the API sign in as in the stack. The others do so as `carillon`, the user of `database_url`.
ROLES = {create: "carillon_api", read: "carillon_read", recipients_shared: "carillon_api"}
CONTAINERS = (create.container, read.container, recipients_shared.container, deliver.worker, reaper.reaper)


@dataclass(frozen=True)
class Answer:
    """An HTTP answer, with the header names as the function wrote them."""

    status: int
    headers: Mapping[str, str]
    text: str

    @property
    def json(self) -> Any:
        return json.loads(self.text)


def http_event(
    method: str,
    path: str,
    body: Any = None,
    *,
    claims: Mapping[str, str],
    headers: Mapping[str, str] | None = None,
    query: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Return an HTTP API event in payload format 2.0, as after a JWT authorizer. A `str` body stays as it is."""
    return {
        "version": "2.0",
        "routeKey": f"{method} {path}",
        "rawPath": path,
        "rawQueryString": urlencode(query or {}, errors="surrogatepass"),
        "headers": {
            name.lower(): value for name, value in {"content-type": "application/json", **(headers or {})}.items()
        },
        **({"queryStringParameters": dict(query)} if query else {}),
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "api",
            "authorizer": {"jwt": {"claims": dict(claims), "scopes": None}},
            "domainName": "api.example.com",
            "http": {"method": method, "path": path, "protocol": "HTTP/1.1", "sourceIp": "127.0.0.1", "userAgent": "-"},
            "requestId": "request-1",
            "stage": "$default",
        },
        **({"body": body if isinstance(body, str) else json.dumps(body)} if body is not None else {}),
        "isBase64Encoded": False,
    }


def sqs_event(*messages: Mapping[str, Any]) -> dict[str, Any]:
    """Return the event of a batch of messages from `receive_message(AttributeNames=["All"])`."""
    return {
        "Records": [
            {
                "messageId": message["MessageId"],
                "receiptHandle": message["ReceiptHandle"],
                "body": message["Body"],
                "attributes": message["Attributes"],
                "messageAttributes": {},
                "md5OfBody": message["MD5OfBody"],
                "eventSource": "aws:sqs",
                "eventSourceARN": f"arn:aws:sqs:{REGION}:123456789012:deliveries",
                "awsRegion": REGION,
            }
            for message in messages
        ]
    }


def clear_containers() -> None:
    """Clear the caches of all containers, so that the next invocation is a cold start."""
    for kept in (*CONTAINERS, recipients_devices.endpoints):
        kept.cache_clear()


def end_containers() -> None:
    """Close the connections of all containers, and clear their caches."""
    for kept in CONTAINERS:
        if kept.cache_info().currsize:
            _close(kept())
    clear_containers()


@dataclass
class Service:
    """The deployed service in one process. The next invocations get `context`."""

    session: boto3.Session
    queue_url: str
    dlq_url: str
    context: FakeLambdaContext = field(default_factory=FakeLambdaContext)

    @cached_property
    def sqs(self) -> Any:
        """A client of the queues, made once because that takes longer than most requests."""
        return self.session.client("sqs")

    def call(self, method: str, path: str, body: Any = None, *, user: str | None = None, producer: str | None = None,
             claims: Mapping[str, str] | None = None, headers: Mapping[str, str] | None = None,
             query: Mapping[str, str] | None = None) -> Answer:  # fmt: skip
        """Send one request of a user or of a producer, or with other claims."""
        given = {
            **({"sub": user} if user else {}),
            **({"client_id": producer, "sub": producer, "scope": f"openid {ALL_SCOPES}"} if producer else {}),
            **(claims or {}),
        }
        function: Callable[..., Any] = self._function(method, path)
        answer = function(http_event(method, path, body, claims=given, headers=headers, query=query), self.context)
        return Answer(answer["statusCode"], answer["headers"], answer.get("body") or "")

    @staticmethod
    def _function(method: str, path: str) -> Callable[..., Any]:
        if (method, path) == ("POST", "/notifications") or (method == "DELETE" and path.startswith("/notifications")):
            return create.handler
        if path.startswith(("/notifications", "/health", "/openapi.json")):
            return read.handler
        return recipients.handler

    def messages(self, queue_url: str | None = None, maximum: int = 10) -> list[Any]:
        """Receive the visible messages of a queue."""
        reply = self.sqs.receive_message(
            QueueUrl=queue_url or self.queue_url, MaxNumberOfMessages=maximum, AttributeNames=["All"]
        )
        return reply.get("Messages", [])

    def deliver(self, *messages: Mapping[str, Any]) -> list[str]:
        """Run the worker on messages and delete those that it did not report, as the event source does.

        Return the ids of the reported messages.
        """
        batch = messages or tuple(self.messages())
        if not batch:
            return []
        answer: Any = deliver.handler(sqs_event(*batch), self.context)
        reported = [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]
        self.delete(self.queue_url, [message for message in batch if message["MessageId"] not in reported])
        return reported

    def delete(self, queue_url: str, messages: Sequence[Mapping[str, Any]]) -> None:
        """Delete received messages."""
        for some in batched(messages, 10, strict=False):
            entries = [{"Id": str(nr), "ReceiptHandle": each["ReceiptHandle"]} for nr, each in enumerate(some)]
            self.sqs.delete_message_batch(QueueUrl=queue_url, Entries=entries)

    def reap(self) -> dict[str, float]:
        """Run the reaper once and return its metrics."""
        return reaper.handler({"source": "aws.scheduler"}, self.context)

    @property
    def emails(self) -> list[Any]:
        """The emails that SES has accepted so far."""
        backend: Any = sesv2_backends[DEFAULT_ACCOUNT_ID][REGION]
        return backend.core_backend.sent_messages


@contextmanager
def running(session: boto3.Session, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Generator[Service]:
    """Run a stack with email and push on the database of a test."""
    sqs = session.client("sqs")
    dlq_url = sqs.create_queue(QueueName="carillon-deliveries-dlq")["QueueUrl"]
    dlq_arn = sqs.get_queue_attributes(QueueUrl=dlq_url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    queue_url = sqs.create_queue(
        QueueName="carillon-deliveries",
        Attributes={
            "VisibilityTimeout": "180",
            "RedrivePolicy": json.dumps({"deadLetterTargetArn": dlq_arn, "maxReceiveCount": 5}),
        },
    )["QueueUrl"]
    session.client("sesv2").create_email_identity(EmailIdentity=SENDER)
    application = session.client("sns").create_platform_application(
        Name="app", Platform="GCM", Attributes={"PlatformCredential": "none"}
    )["PlatformApplicationArn"]
    for name, value in {
        "DATABASE_URL": database_url,
        "QUEUE_URL": queue_url,
        "EMAIL_FROM": SENDER,
        "DEFAULT_EMAIL": "off",  # so that a test sends only what it switches on
        "SELF_RECORDED_PER_MINUTE": "1000",
        "SES_CONFIGURATION_SET": "carillon",
        "FCM_APPLICATION_ARN": application,
        "APP_URL": "https://app.example.com",
        "ALLOWED_ORIGINS": "https://docs.example.com",
    }.items():
        monkeypatch.setenv(name, value)
    for module, role in ROLES.items():
        monkeypatch.setattr(module, "Database", _database_of(role))
    clear_containers()
    yield Service(session, queue_url, dlq_url)
    end_containers()


def _database_of(role: str) -> Callable[[DatabaseSettings], Database]:
    """Return what makes the database of a function that signs in as a role."""

    def make(settings: DatabaseSettings) -> Database:
        return Database(settings.model_copy(update={"database_url": as_role(settings.database_url, role)}))

    return make


def _close(kept: Any) -> None:
    database: Database = kept.database if hasattr(kept, "database") else kept._database
    database.close()
