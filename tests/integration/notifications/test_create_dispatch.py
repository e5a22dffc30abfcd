"""SQS is down, slow or refuses entries at create: the request succeeds, and the reaper dispatches the deliveries."""

import http.server
import json
import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import create
from carillon.aws.clients import Connections
from carillon.database.connection import Database
from carillon.deliveries.dispatch import Dispatcher
from carillon.ids import uuid7
from carillon.models.delivery import Dispatch
from carillon.settings.groups import QueueSettings
from tests.support.environment import Connect, FakeLambdaContext, free_port
from tests.support.service import Service, clear_containers, http_event

PRODUCER = {"client_id": "billing", "scope": "carillon/send"}


@pytest.fixture
def sqs_at(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[int], None]]:
    """Yield `sqs_at(port)`, which points the functions to SQS at a local port, without moto between them."""

    def use(port: int) -> None:
        monkeypatch.setenv("AWS_ENDPOINT_URL_SQS", f"http://127.0.0.1:{port}")
        clear_containers()

    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("QUEUE_URL", "http://127.0.0.1/123456789012/carillon-deliveries")
    monkeypatch.setenv("EMAIL_FROM", "no-reply@example.com")
    monkeypatch.setenv("DISPATCH_BUDGET_SECONDS", "0.3")
    yield use
    if create.container.cache_info().currsize:
        create.container().database.close()
    clear_containers()


def post(body: dict[str, Any]) -> dict[str, Any]:
    made = {"event_name": "a.b", "title": "T", "severity": "critical", **body}
    return create.handler(http_event("POST", "/notifications", made, claims=PRODUCER), FakeLambdaContext())


def dispatched(connect: Connect) -> list[bool]:
    rows = connect().execute("SELECT dispatched_at IS NOT NULL AS yes FROM deliveries").fetchall()
    return [row["yes"] for row in rows]


def test_without_a_queue_server_the_request_succeeds(
    sqs_at: Callable[[int], None], reachable: Callable[..., None], connect: Connect
) -> None:
    reachable("alice")
    sqs_at(free_port())
    assert post({"user_id": "alice"})["statusCode"] == 201
    assert dispatched(connect) == [False]


def test_a_queue_server_that_hangs_delays_no_request(
    sqs_at: Callable[[int], None], reachable: Callable[..., None], connect: Connect
) -> None:
    """The answer arrives while the queue server still keeps each request waiting."""
    people = [f"user_{number}" for number in range(25)]
    reachable(*people)
    with socket.create_server(("127.0.0.1", 0)) as hanging:
        sqs_at(hanging.getsockname()[1])
        assert post({"user_ids": people})["statusCode"] == 201
    assert dispatched(connect) == [False] * 25


def test_no_request_waits_longer_than_the_dispatch_budget_and_no_batch_starts_after_it(database_url: str) -> None:
    """Twenty batches, sixteen of them at once: no batch is sent after the caller has its answer."""
    release, started, gave_up = threading.Event(), list[int](), list[int]()

    class Stuck:
        def send_message_batch(self, *, QueueUrl: str, Entries: list[dict[str, str]]) -> dict[str, Any]:  # noqa: N803
            started.append(len(Entries))
            if not release.wait(10):
                gave_up.append(1)
            return {}

    database = Database(create.CreateSettings(database_url=database_url, queue_url="q"))
    dispatcher = Dispatcher(QueueSettings(queue_url="q", dispatch_budget_seconds=0.1), database, Stuck())
    rows = [Dispatch(delivery_id=uuid7(), delay_seconds=0) for _ in range(200)]
    before = set(threading.enumerate())
    try:
        assert dispatcher.dispatch(rows) == 0
        assert gave_up == []
    finally:
        release.set()
        database.close()
    del dispatcher  # its threads end with it
    for thread in set(threading.enumerate()) - before:
        thread.join(10)
    assert set(threading.enumerate()) <= before
    assert started == [10] * 16


def test_a_queue_server_that_answers_503_gets_one_request(
    sqs_at: Callable[[int], None], reachable: Callable[..., None], connect: Connect
) -> None:
    """A 503 is not repeated: the reaper dispatches the row later."""
    requests: list[str] = []

    class Trouble(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            requests.append(self.headers["X-Amz-Target"])
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(503)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Write no line to standard error."""

    reachable("alice")
    with http.server.HTTPServer(("127.0.0.1", 0), Trouble) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            sqs_at(server.server_port)
            assert post({"user_id": "alice"})["statusCode"] == 201
        finally:
            server.shutdown()
            thread.join()
    assert requests == ["AmazonSQS.SendMessageBatch"]
    assert dispatched(connect) == [False]


def test_entries_that_sqs_refuses_are_dispatched_by_the_reaper(
    service: Service, reachable: Callable[..., None], connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SQS answers 200 with a list of the refused entries."""
    people = [f"user_{number:02}" for number in range(12)]
    reachable(*people)
    real: Any = service.session.client("sqs")

    class Picky:
        def send_message_batch(self, *, QueueUrl: str, Entries: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803
            taken, refused = Entries[1:], Entries[:1]
            reply: dict[str, Any] = real.send_message_batch(QueueUrl=QueueUrl, Entries=taken) if taken else {}
            failed = [{"Id": entry["Id"], "Code": "InternalError", "SenderFault": False} for entry in refused]
            return {"Successful": reply.get("Successful", []), "Failed": failed}

    many = {"event_name": "a.b", "title": "T", "severity": "critical", "user_ids": people}
    with monkeypatch.context() as picky:
        picky.setattr(create.container().dispatcher, "_sqs", Connections(Picky()))
        answer = service.call("POST", "/notifications", many, producer="billing")

    assert answer.status == 201
    assert sorted(dispatched(connect)) == [False] * 2 + [True] * 10
    early = received(service)
    assert service.reap()["dispatched"] == 2
    late = received(service)
    rows = connect().execute("SELECT id FROM deliveries").fetchall()
    assert sorted(early + late) == sorted(str(row["id"]) for row in rows)
    assert (len(early), len(late)) == (10, 2)
    assert all(dispatched(connect))


def received(service: Service) -> list[str]:
    """Return the delivery ids in the queue; a message contains no other data."""
    ids: list[str] = []
    while messages := service.messages():
        for message in messages:
            body = json.loads(message["Body"])
            assert list(body) == ["delivery_id"]
            ids.append(body["delivery_id"])
    return ids


def test_a_database_that_goes_away_during_the_dispatch_fails_no_request(database_url: str) -> None:
    class Refusing:
        def send_message_batch(self, **_: object) -> dict[str, Any]:
            database.close()
            return {"Failed": []}

    settings = QueueSettings(queue_url="q")
    gone = {"database_url": f"postgresql://127.0.0.1:{free_port()}/none", "queue_url": "q"}
    database = Database(create.CreateSettings.model_validate(gone))
    row = Dispatch.model_validate({"delivery_id": "0198c0de-0000-7000-8000-000000000000", "delay_seconds": 0})
    assert Dispatcher(settings, database, Refusing()).dispatch([row]) == 0


def test_the_dispatch_budget_is_at_most_two_seconds() -> None:
    assert QueueSettings(queue_url="q").dispatch_budget_seconds == 2
    with pytest.raises(ValueError, match="less than or equal to 2"):
        QueueSettings(queue_url="q", dispatch_budget_seconds=2.1)


def test_idle_connections_are_closed_before_a_dispatch(monkeypatch: pytest.MonkeyPatch, database_url: str) -> None:
    """While a container is frozen, the network drops its connections. A request on one would be lost for 2 seconds."""
    calls: list[str] = []

    class Queue:
        def send_message_batch(self, *, QueueUrl: str, Entries: list[dict[str, str]]) -> dict[str, Any]:  # noqa: N803
            calls.append("send")
            return {"Successful": [{"Id": entry["Id"]} for entry in Entries]}

        def close(self) -> None:
            calls.append("close")

    queue = Queue()
    database = Database(create.CreateSettings(database_url=database_url, queue_url="q"))
    dispatcher = Dispatcher(QueueSettings(queue_url="q"), database, queue)
    row = Dispatch.model_validate({"delivery_id": "0198c0de-0000-7000-8000-000000000000", "delay_seconds": 0})
    assert dispatcher.dispatch([row]) == 1
    connections = dispatcher._sqs
    assert isinstance(connections, Connections)
    monkeypatch.setattr(connections, "_last_used", connections._last_used - 60)
    assert dispatcher.dispatch([row]) == 1
    assert calls == ["send", "close", "send"]
