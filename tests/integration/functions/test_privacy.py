"""Privacy: marked words in body, data, address and device token must not appear in any message or log."""

import io
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError
from moto.sns.models import sns_backends

import deliver
from carillon.channels import EmailChannel, PushChannel
from tests.support.environment import Connect, free_port
from tests.support.service import REGION, Service
from tests.support.unsubscribe_links import ONE_CLICK, get_page, link, post

BODY, DATA, TITLE = "MARKEDBODY", "MARKEDDATA", "MARKEDTITLE"
ADDRESS, TOKEN = "marked.address@example.org", "MARKEDTOKEN0123456789abcdef"
SECRETS = (BODY, DATA, "marked.address", TOKEN)


class Refusing:
    """An AWS client whose error repeats the request, as providers do."""

    def __init__(self, code: str, status: int) -> None:
        self.error = ClientError(
            {
                "Error": {
                    "Code": code,
                    "Message": f"Address <{ADDRESS}> or token {TOKEN} was refused: {BODY}@{DATA}, '{BODY}'",
                },
                "ResponseMetadata": {
                    "HTTPStatusCode": status,
                    "RequestId": "1",
                    "HostId": "",
                    "HTTPHeaders": {},
                    "RetryAttempts": 0,
                },
            },
            "Send",
        )

    def send_email(self, **_: Any) -> Any:
        raise self.error

    publish = send_email

    def close(self) -> None: ...


@pytest.fixture
def log_output(
    service: Service, logs: io.StringIO, capsys: pytest.CaptureFixture[str], connect: Connect
) -> Callable[[], str]:
    """Return a function that collects the logs and the output since its last call."""
    db = connect()
    db.execute("INSERT INTO recipients (user_id, email, updated_at) VALUES ('alice', %s, now())", [ADDRESS])
    db.execute(
        """
        INSERT INTO preferences (user_id, channels, updated_at)
        VALUES ('alice', '{"email": true, "push": true}', now())
        """
    )
    registered = service.call("POST", "/devices", {"platform": "fcm", "token": TOKEN}, user="alice")
    assert registered.status == 201, registered.text

    def collect() -> str:
        text = logs.getvalue() + "".join(capsys.readouterr())
        logs.truncate(0)
        logs.seek(0)
        return text

    return collect


def record(service: Service, status: int = 201, **more: Any) -> None:
    body = {
        "user_id": "alice", "event_name": "account.exported", "title": TITLE, "body": f"{BODY} {ADDRESS}",
        "data": {"key": DATA, "token": TOKEN}, "severity": "critical",
    }  # fmt: skip
    assert service.call("POST", "/notifications", body | more, producer="audit").status == status


def is_clean(text: str, *, allowed: tuple[str, ...] = ()) -> bool:
    return not [secret for secret in (*SECRETS, TITLE) if secret in text and secret not in allowed]


def test_no_step_of_a_notification_shows_its_content(service: Service, log_output: Callable[[], str]) -> None:
    record(service)
    messages = service.messages()
    assert len(messages) == 2
    for message in messages:
        assert set(json.loads(message["Body"])) == {"delivery_id"}
        assert is_clean(str(message))

    assert service.deliver(*messages) == []

    [email] = service.emails
    assert email.destinations == {"ToAddresses": [ADDRESS]}
    email.destinations = None
    assert is_clean(str(vars(email)), allowed=(TITLE,))
    [endpoint] = sns_backends["123456789012"][REGION].platform_endpoints.values()
    [push] = endpoint.messages.values()
    assert TITLE in str(push)
    assert is_clean(str(push), allowed=(TITLE,))

    service.reap()
    service.call("GET", "/notifications", user="alice")
    text = log_output()
    assert "delivery_sent" in text  # the logs were not empty
    assert "reaper_ran" in text
    assert is_clean(text)


@pytest.mark.parametrize(
    ("code", "status", "row_status"),
    [
        ("MessageRejected", 400, "failed"),
        ("AccessDenied", 403, "pending"),
        ("TooManyRequestsException", 429, "pending"),
        ("InternalFailure", 500, "sending"),
    ],
)
def test_a_provider_error_that_repeats_the_request_is_not_logged(
    service: Service, log_output: Callable[[], str], connect: Connect, code: str, status: int, row_status: str
) -> None:
    worker = deliver.worker()
    refusing = Refusing(code, status)
    senders: dict[Any, Any] = {
        "email": EmailChannel(worker._settings, refusing), "push": PushChannel(worker._settings, refusing),
    }  # fmt: skip
    worker._senders = senders
    record(service)

    service.deliver()

    rows = connect().execute("SELECT * FROM deliveries").fetchall()
    assert {row["status"] for row in rows} == {row_status}
    assert all(row["last_error"] for row in rows)
    assert is_clean(str(rows))
    text = log_output()
    assert "delivery_" in text
    assert is_clean(text)


@pytest.mark.parametrize(
    ("breaks", "event"),
    [
        # The error of PostgreSQL about these quotes the whole row.
        ("ALTER TABLE deliveries ADD CHECK (claim_no = 0) NOT VALID", "claim_failed"),
        ("ALTER TABLE delivery_items ADD CHECK (left_out IS NULL) NOT VALID", "claim_failed"),
        ("ALTER TABLE deliveries ADD CHECK (status <> 'sent') NOT VALID", "finish_failed"),
    ],
)
def test_a_database_error_that_quotes_the_row_is_not_logged(
    service: Service, log_output: Callable[[], str], connect: Connect, breaks: str, event: str
) -> None:
    record(service)
    db = connect()
    db.execute("UPDATE deliveries SET last_error = %s", [f"{ADDRESS} {BODY}"])
    if "left_out" in breaks:
        db.execute("UPDATE notifications SET read_at = now()")
    db.execute(breaks.encode())

    service.deliver()

    text = log_output()
    assert event in text
    assert is_clean(text)


def test_a_create_that_the_database_refuses_shows_no_content(
    service: Service, log_output: Callable[[], str], connect: Connect
) -> None:
    connect().execute("ALTER TABLE notifications ADD CHECK (title = '')")

    record(service, status=500)

    assert is_clean(log_output())


def test_a_claim_without_a_database_shows_no_content(
    service: Service, log_output: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    record(service)
    messages = service.messages()
    monkeypatch.setenv("DATABASE_URL", f"postgresql://{TOKEN}:{DATA}@127.0.0.1:{free_port()}/{BODY}")
    deliver.worker.cache_clear()

    assert len(service.deliver(*messages)) == 2

    text = log_output()
    assert "claim_failed" in text
    assert is_clean(text)


def test_a_reaper_with_only_failing_steps_shows_no_content(
    service: Service, log_output: Callable[[], str], connect: Connect
) -> None:
    record(service)
    db = connect()
    db.execute(
        "UPDATE deliveries SET status = 'sending', locked_at = now() - interval '1 hour', last_error = %s",
        [BODY],
    )
    db.execute("ALTER TABLE deliveries ADD CHECK (status = 'sending') NOT VALID")

    with pytest.raises(RuntimeError):
        service.reap()

    text = log_output()
    assert "reaper_step_failed" in text
    assert is_clean(text)


def test_unsubscribe_links_are_in_no_log(service: Service, log_output: Callable[[], str], connect: Connect) -> None:
    """A link is valid for each reader, and names a person."""
    person = "MARKEDPERSON"
    service.call("PUT", f"/recipients/{person}", {"email": ADDRESS}, producer="app")
    good = link(connect, "invoice", user_id=person)
    expired = link(connect, "invoice", user_id=person, now=datetime(2020, 1, 1, tzinfo=UTC))
    telling = {part for token in (good, expired) for part in token.split(".")[1:]}
    statuses = [get_page(token).status for token in (good, expired, good[:-1])]
    assert statuses == [200, 410, 404]
    assert [post(token, ONE_CLICK).status for token in (good, expired, good[:-1])] == statuses
    assert post(good, {"scope": "nothing"}).status == 422
    connect().execute("ALTER TABLE preferences ADD CHECK (rules = '{}') NOT VALID")
    assert post(link(connect, "sales", user_id=person), ONE_CLICK).status == 500
    text = log_output()
    assert "unsubscribed" in text
    assert is_clean(text)
    assert not [part for part in (*telling, person, "/unsubscribe/") if part in text]
