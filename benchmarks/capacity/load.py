"""The load: it starts each request at its scheduled time, whatever became of those before."""

import asyncio
import json
import os
import signal
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import psutil

from benchmarks.capacity.containers import Kind, Process
from benchmarks.capacity.requests import FUNCTIONS, Clients
from devstack.machine.postgres import Postgres
from tests.support.stalls import processes

BATCH = 10  # messages, as in template/functions/deliver.yaml
LARGEST_ANSWER = 2**22  # bytes
NO_CONTAINER = 503  # Lambda refuses a request beyond the reserved concurrency
THROTTLED = 429


@dataclass(frozen=True, slots=True)
class Phase:
    """A part of a run: how many requests a second arrive, and whether the database is stalled."""

    name: str
    seconds: int
    rate: float
    stalled: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer. `at` is the scheduled arrival, in seconds of the run; `seconds` is the latency from there."""

    at: float
    name: str
    status: int
    seconds: float
    cpu: float = 0.0
    had_container: bool = True


@dataclass
class Record:
    """All that a run measured."""

    answers: list[Answer] = field(default_factory=list[Answer])
    # The moments at which deliveries were sent, in seconds of the run, each with how many.
    sends: list[tuple[float, int]] = field(default_factory=list[tuple[float, int]])
    dispatched: int = 0
    returned: int = 0
    # CPU time of the database's processes in each phase.
    server_seconds: dict[str, float] = field(default_factory=dict[str, float])
    late_seconds: float = 0.0  # the longest time by which this process itself started a request late


def server_seconds(server: Postgres) -> float:
    """Return the CPU time that the database's running processes have used."""
    times: list[Any] = []
    for pid in processes(server):
        with suppress(psutil.NoSuchProcess):  # a connection that ended meanwhile
            times.append(psutil.Process(pid).cpu_times())
    return sum(each.user + each.system for each in times)


class Gateway:
    """API Gateway's throttle: a token bucket of `burst` requests, which `rate` a second refill."""

    def __init__(self, rate: float, burst: float) -> None:
        self._rate, self._burst, self._tokens, self._at = rate, burst, burst, 0.0

    def admits(self, at: float) -> bool:
        """Take a token at a moment of the run, and return whether there was one."""
        self._tokens, self._at = min(self._burst, self._tokens + (at - self._at) * self._rate), at
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True


class Container:
    """A container, as this process sees it."""

    def __init__(self, process: Process) -> None:
        self._socket = process.socket
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def call(self, event: dict[str, Any]) -> dict[str, Any]:
        """Send an event and return the reply."""
        if self._reader is None or self._writer is None:
            self._reader, self._writer = await asyncio.open_connection(sock=self._socket, limit=LARGEST_ANSWER)
        self._writer.write(json.dumps(event).encode() + b"\n")
        return json.loads(await self._reader.readline())


class Load:
    """One run against the containers of all functions."""

    def __init__(
        self, containers: Sequence[Process], clients: Clients, server: Postgres, gateway: Gateway | None
    ) -> None:
        self._gateway = gateway
        self._idle: dict[Kind, list[Container]] = {}
        for each in containers:
            self._idle.setdefault(each.kind, []).append(Container(each))
        self._clients = clients
        self._server = server
        self._messages: asyncio.Queue[str] = asyncio.Queue()
        self._numbers = count()
        self._start = 0.0
        self.record = Record()

    def now(self) -> float:
        """Return the seconds since the start of the run."""
        return time.monotonic() - self._start

    async def run(self, phases: Sequence[Phase]) -> Record:
        """Run all phases, wait for the last answers, and return the record."""
        self._start = time.monotonic()
        workers = [asyncio.create_task(self._deliver(each)) for each in self._idle.pop("deliver", [])]
        requests: set[asyncio.Task[None]] = set()
        begin = 0.0
        for phase in phases:
            stopped = self._stall() if phase.stalled else []
            before = server_seconds(self._server)
            try:
                at = begin
                while (at := at + self._clients.random.expovariate(phase.rate)) < begin + phase.seconds:
                    await asyncio.sleep(max(0.0, at - self.now()))
                    self.record.late_seconds = max(self.record.late_seconds, self.now() - at)
                    task = asyncio.create_task(self._request(at))
                    requests.add(task)
                    task.add_done_callback(requests.discard)
                begin += phase.seconds
                await asyncio.sleep(max(0.0, begin - self.now()))
                self.record.server_seconds[phase.name] = server_seconds(self._server) - before
            finally:
                for pid in stopped:
                    os.kill(pid, signal.SIGCONT)
        await asyncio.gather(*requests)
        for each in workers:
            each.cancel()
        await asyncio.gather(*workers, return_exceptions=True)
        return self.record

    def _stall(self) -> list[int]:
        """Stop the database's processes, and return their ids."""
        stopped = processes(self._server)
        for pid in stopped:
            os.kill(pid, signal.SIGSTOP)
        return stopped

    async def _request(self, at: float) -> None:
        name, person = self._clients.next()
        if self._gateway and not self._gateway.admits(at):
            self.record.answers.append(Answer(at, name, THROTTLED, self.now() - at, had_container=False))
            return
        idle = self._idle[FUNCTIONS[name]]
        if not idle:
            self.record.answers.append(Answer(at, name, NO_CONTAINER, self.now() - at, had_container=False))
            return
        # AWS does not say which of its idle containers Lambda takes.
        container = idle.pop(self._clients.random.randrange(len(idle)))
        reply = await container.call(self._clients.event(name, person))
        idle.append(container)
        answer = reply["answer"]
        self._clients.learn(name, person, answer)
        self.record.answers.append(Answer(at, name, answer["statusCode"], self.now() - at, reply["cpu"]))
        self._dispatch(reply["messages"])

    def _dispatch(self, messages: Sequence[str]) -> None:
        self.record.dispatched += len(messages)
        for each in messages:
            self._messages.put_nowait(each)

    async def _deliver(self, container: Container) -> None:
        """Poll the queue for one container of `deliver`."""
        while True:
            bodies = [await self._messages.get()]
            while len(bodies) < BATCH and not self._messages.empty():
                bodies.append(self._messages.get_nowait())
            reply = await container.call({"Records": [self._message(body) for body in bodies]})
            if reply["sent"]:
                self.record.sends.append((self.now(), reply["sent"]))
            # SQS would hide these for 15 minutes, and the reaper dispatches them again after two.
            self.record.returned += len(reply["answer"]["batchItemFailures"])
            self._dispatch(reply["messages"])

    def _message(self, body: str) -> dict[str, Any]:
        number = next(self._numbers)
        sent = str(round(time.time() * 1000))
        attributes = {"ApproximateReceiveCount": "1", "SentTimestamp": sent}
        return {"messageId": f"m{number}", "receiptHandle": f"h{number}", "body": body, "attributes": attributes}
