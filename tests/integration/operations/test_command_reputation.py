"""`carillon unsuppress`, `reputation` and `resume --producer`: commands about addresses and producers."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

import operate
from carillon.aws.suppressions import SuppressionList
from tests.support.command_line import Command, command_on
from tests.support.environment import Connect, suppressed
from tests.support.operator_function import operator_function
from tests.support.service import Service
from tests.support.suppression_list import Ses


def refusal(code: str, status: int) -> ClientError:
    producers: Any = {
        "Error": {"Code": code, "Message": "alice@example.com"},
        "ResponseMetadata": {"HTTPStatusCode": status},
    }
    return ClientError(producers, "DeleteSuppressedDestination")


@pytest.fixture
def ses(monkeypatch: pytest.MonkeyPatch) -> Ses:
    played = Ses()
    monkeypatch.setattr(operate, "suppressions", lambda: SuppressionList(played))
    return played


@pytest.fixture
def carillon(
    service: Service, monkeypatch: pytest.MonkeyPatch, reachable: Callable[..., None], ses: Ses
) -> Iterator[Command]:
    reachable("alice")
    with operator_function():
        yield command_on(service, monkeypatch)


def status(service: Service) -> Any:
    return service.call("GET", "/preferences", user="alice").json["email_status"]


def test_unsuppress_allows_emails_to_an_address_again(
    carillon: Command, ses: Ses, service: Service, connect: Connect
) -> None:
    connect().execute(suppressed("bounced"))
    assert status(service) == "bounced"
    assert "carillon unsuppress" in carillon.says("user", "alice")

    assert carillon.json("unsuppress", "alice") == {
        "user_id": "alice", "reason": "bounced", "address_known": True, "ses": "removed"
    }  # fmt: skip

    assert (status(service), ses.removed) == ("ok", ["alice@example.com"])
    [act] = carillon.json("log")["acts"]
    assert (act["action"], act["affected"]) == ("unsuppress", 1)
    assert "alice" not in str(act["arguments"])
    assert "was not suppressed" in carillon.says("unsuppress", "alice", code=1)
    assert "No address is known" in carillon.says("unsuppress", "nobody", code=1)


@pytest.mark.parametrize(
    ("answer", "says", "code"),
    [
        (refusal("NotFoundException", 404), "It was not on SES's own list", 0),
        (refusal("AccessDenied", 403), "aws sesv2", 1),
    ],
)
def test_unsuppress_shows_the_answer_of_ses_about_its_own_list(
    carillon: Command, ses: Ses, service: Service, connect: Connect, answer: ClientError, says: str, code: int
) -> None:
    connect().execute(suppressed("complained"))
    ses.answer = answer
    assert says in carillon.says("unsuppress", "alice", code=code)
    assert status(service) == "ok"


@pytest.mark.parametrize(
    "answer", [EndpointConnectionError(endpoint_url="x"), refusal("TooManyRequestsException", 429), refusal("x", 500)]
)
def test_unsuppress_changes_nothing_while_ses_does_not_answer(
    carillon: Command, ses: Ses, service: Service, connect: Connect, answer: Exception
) -> None:
    connect().execute(suppressed("bounced"))
    ses.answer = answer
    assert carillon("unsuppress", "alice").exit_code == 3
    assert status(service) == "bounced"


def test_reputation_lists_producers_with_bounces_and_a_resume_starts_again(carillon: Command, connect: Connect) -> None:
    assert "No producer's email was sent" in carillon.says("reputation")
    db = connect()
    db.execute(
        """
        INSERT INTO reputations VALUES
            ('producer:fine', now(), 5000, 10, 0), ('producer:shop', now(), 1000, 60, 0),
            ('producer:spam', now(), 1000, 3, 9)
        """
    )
    db.execute(
        """
        INSERT INTO pauses (channel, creator, spare_critical, until, reason)
        VALUES ('email', 'producer:spam', true, now() + interval '1 day', 'complaint_rate')
        """
    )

    producers = carillon.json("reputation", code=1)["producers"]
    assert [(each["creator"], each["level"], each["reason"]) for each in producers] == [
        ("producer:spam", "pause", "complaint_rate"),
        ("producer:shop", "warn", "bounce_rate"),
        ("producer:fine", None, None),
    ]
    assert "0.90 %" in carillon.says("reputation", code=1)
    assert "of spam" in carillon.says("stats")

    assert carillon("resume", "--producer", "shop").exit_code == 1
    assert "of spam" in carillon.says("resume", "--producer", "spam")
    assert [each["creator"] for each in carillon.json("reputation")["producers"]] == ["producer:shop", "producer:fine"]
    assert carillon.json("pauses")["pauses"] == []
