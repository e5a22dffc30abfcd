"""Containers as Lambda runs them: a process each, which answers one event at a time.

All are forks of this process, which has imported the functions. SQS and SES are simulated: a message travels with the
answer, and each send takes PROVIDER_SECONDS.
"""

import json
import os
import signal
import socket
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import create
import deliver
import read
import recipients
from carillon.aws.hints import Hints
from carillon.database.connection import Database
from carillon.deliveries.dispatch import Dispatcher
from carillon.deliveries.worker import Worker
from carillon.models.delivery import ClaimedDelivery, Outcome, OutcomeKind
from carillon.settings import CreateSettings, DeliverSettings
from tests.support.environment import FakeLambdaContext

Kind = Literal["read", "create", "recipients", "deliver"]
Handler = Callable[[dict[str, Any], FakeLambdaContext], Any]

ROLES: dict[Kind, str] = {
    "read": "carillon_read", "create": "carillon_api", "recipients": "carillon_api", "deliver": "carillon",
}  # fmt: skip
PROVIDER_SECONDS = 0.05
ENVIRONMENT = {
    "QUEUE_URL": "simulated", "EMAIL_FROM": "no-reply@example.com", "DEFAULT_EMAIL": "all", "EMAIL_PER_MINUTE": "1000",
    "POWERTOOLS_LOG_LEVEL": "ERROR",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Process:
    """A container: its process, and the socket for events and answers."""

    kind: Kind
    pid: int
    socket: socket.socket


@dataclass
class SimulatedQueue:
    """SQS, as far as a container uses it. Messages travel with the answer of their request."""

    sent: list[str] = field(default_factory=list[str])

    def send_message_batch(self, **request: Any) -> dict[str, Any]:
        self.sent += [entry["MessageBody"] for entry in request["Entries"]]
        return {"Successful": [{"Id": entry["Id"]} for entry in request["Entries"]], "Failed": []}

    def change_message_visibility_batch(self, **_: Any) -> dict[str, Any]:
        return {"Successful": [], "Failed": []}

    def close(self) -> None:
        """Do nothing: there are no connections."""


@dataclass
class SimulatedProvider:
    """SES, which accepts all."""

    count: int = 0

    def send(self, delivery: ClaimedDelivery) -> Outcome:
        """Accept an email after the usual time."""
        time.sleep(PROVIDER_SECONDS)
        self.count += 1
        return Outcome(OutcomeKind.SENT, provider_message_ids=(f"simulated-{delivery.delivery_id}",))


def fork(kind: Kind, url: str, others: Sequence[Process]) -> Process:
    """Start a container of a function on a database. It ends when its socket is closed."""
    ours, theirs = socket.socketpair()
    pid = os.fork()
    if pid == 0:
        try:
            for each in others:
                each.socket.close()
            ours.close()
            _serve(kind, url, theirs)
        finally:
            os._exit(0)
    theirs.close()
    return Process(kind, pid, ours)


def end(processes: Sequence[Process]) -> None:
    """End containers."""
    for each in processes:
        os.kill(each.pid, signal.SIGKILL)
    for each in processes:
        os.waitpid(each.pid, 0)


def _serve(kind: Kind, url: str, pipe: socket.socket) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)  # the log
    os.environ |= ENVIRONMENT | {"DATABASE_URL": url, "POWERTOOLS_SERVICE_NAME": kind}
    queue, provider = SimulatedQueue(), SimulatedProvider()
    handler, context = _handler(kind, queue, provider), FakeLambdaContext()
    with pipe.makefile("rb") as events:
        for line in events:
            before, queue.sent, provider.count = time.process_time(), [], 0
            answer = handler(json.loads(line), context)
            cpu = time.process_time() - before
            reply = {"answer": answer, "cpu": cpu, "messages": queue.sent, "sent": provider.count}
            pipe.sendall(json.dumps(reply).encode() + b"\n")


def _handler(kind: Kind, queue: SimulatedQueue, provider: SimulatedProvider) -> Handler:
    """Return the handler of a function. Those that use AWS get the simulated queue and provider."""
    match kind:
        case "read":
            return read.handler
        case "recipients":
            return recipients.handler
        case "create":
            made = CreateSettings.load()
            database = Database(made)
            container = create.Container(made, database, Dispatcher(made, database, queue), Hints(made))
            of_create: Any = create
            of_create.container = lambda: container
            return create.handler
        case "deliver":
            settings = DeliverSettings.load()
            database = Database(settings)
            dispatcher = Dispatcher(settings, database, queue)
            worker = Worker(settings, database, dispatcher, {"email": provider}, queue)
            of_deliver: Any = deliver
            of_deliver.worker = lambda: worker
            return deliver.handler
