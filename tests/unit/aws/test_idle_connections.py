"""A container closes the idle connections of its AWS clients before use: the other end may have closed them."""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from carillon import reaper
from carillon.aws import clients, queue
from carillon.aws.endpoints import Endpoints
from carillon.deliveries.batch import Message
from carillon.deliveries.worker import Worker
from carillon.errors import Unavailable
from carillon.reaper import Reaper
from carillon.settings import DeliverSettings, ReaperSettings
from carillon.settings.groups import ChannelSettings

ENVIRONMENT = {"DATABASE_URL": "postgresql://127.0.0.1/none", "QUEUE_URL": "https://sqs.example.com/deliveries"}


class Client:
    """A client that records the names of its calls in order."""

    def __init__(self) -> None:
        self.calls: list[str] = []

    def __getattr__(self, name: str) -> Callable[..., dict[str, Any]]:
        def call(**_: Any) -> dict[str, Any]:
            self.calls.append(name)
            return {"Attributes": {"ApproximateNumberOfMessages": "0"}}

        return call


class NoDatabase:
    """A database that does not answer."""

    def rows(self, *_: Any) -> Any:
        raise Unavailable

    row = rows


def report(made: Client, given: Client | None) -> Callable[[], object]:
    settings: Any = DeliverSettings.load(ENVIRONMENT)
    nothing: Any = None
    one = Worker(settings, nothing, nothing, {}, given)
    return lambda: one.work([Message("id", "handle", 1, datetime.now(UTC), None)], time.monotonic() + 30)


def reap(made: Client, given: Client | None) -> Callable[[], object]:
    nothing: Any = NoDatabase()
    one = Reaper(ReaperSettings.load(ENVIRONMENT), nothing, nothing, given)
    return lambda: one.run(time.monotonic() + 10)


def delete_endpoint(made: Client, given: Client | None) -> Callable[[], object]:
    one = Endpoints(ChannelSettings(), given or made)
    return lambda: one.delete("arn:aws:sns:eu-central-1:123456789012:endpoint/GCM/app/1")


@pytest.mark.parametrize("is_given", [True, False], ids=["given", "made"])
@pytest.mark.parametrize(
    ("build", "call"),
    [
        (report, "change_message_visibility_batch"),
        (reap, "get_queue_attributes"),
        (delete_endpoint, "delete_endpoint"),
    ],
)
def test_idle_connections_are_closed_before_the_next_call(
    build: Callable[[Client, Client | None], Callable[[], object]],
    call: str,
    is_given: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = 1_000_000.0
    monkeypatch.setattr("carillon.aws.clients.time.time", lambda: now)
    client = Client()

    def make(*_: Any, **__: Any) -> Client:
        return client

    for module in (queue, reaper):
        monkeypatch.setattr(module, "client", make)
    use = build(client, client if is_given else None)
    use()
    now += clients.IDLE_SECONDS - 1
    use()
    assert client.calls == [call, call]
    now += clients.IDLE_SECONDS
    use()
    assert client.calls == [call, call, "close", call]
