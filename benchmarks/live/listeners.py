"""Many open connections to AppSync Events, each of a person of its own, as their bells would hold them."""

import asyncio
import base64
import json
import random
import socket
import threading
import time
from collections.abc import Generator
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException
from websockets.typing import Subprotocol

from tests.e2e.conftest import Stack

PROTOCOL = Subprotocol("aws-appsync-event-ws")
TRIES = 8  # for one connection
AT_ONCE = 6  # connections that are being opened; each invokes the authorizer three times


@dataclass(slots=True)
class Listeners:
    """The connections that are held, and what they heard."""

    count: int = 0
    hints: int = 0
    opened_in: float = 0.0  # seconds


@contextmanager
def holding(stack: Stack, count: int, within_seconds: float) -> Generator[Listeners]:
    """Hold `count` connections, and close them at the end. Raise TimeoutError if they are not open in time."""
    held = Listeners()
    ready, done = threading.Event(), asyncio.Event()
    loop = asyncio.new_event_loop()
    failures: list[BaseException] = []

    def run() -> None:
        try:
            loop.run_until_complete(_hold(stack, count, within_seconds, held, ready, done))
        except BaseException as error:  # noqa: BLE001 (the caller raises it)
            failures.append(error)
        finally:
            ready.set()

    thread = threading.Thread(target=run, name="listeners")
    thread.start()
    try:
        ready.wait()
        if failures:
            raise failures[0]
        yield held
    finally:
        loop.call_soon_threadsafe(done.set)
        thread.join()
        loop.close()


async def _hold(
    stack: Stack, count: int, within_seconds: float, held: Listeners, ready: threading.Event, done: asyncio.Event
) -> None:
    started = time.monotonic()
    slots = asyncio.Semaphore(AT_ONCE)
    async with AsyncExitStack() as connections, asyncio.TaskGroup() as tasks:

        async def one(person: str) -> ClientConnection:
            async with slots:
                connection = await connections.enter_async_context(await _open(stack, person))
                held.count += 1
                return connection

        async with asyncio.timeout(within_seconds), asyncio.TaskGroup() as opening:
            opened = [opening.create_task(one(f"held-{number}")) for number in range(count)]
        held.opened_in = time.monotonic() - started
        readers = [tasks.create_task(_read(task.result(), held)) for task in opened]
        ready.set()
        await done.wait()
        for reader in readers:
            reader.cancel()


async def _open(stack: Stack, person: str) -> ClientConnection:
    """Connect, and try again as a bell does: the devstack's authorizer has few workers, and refuses if none is free."""
    for attempt in range(TRIES):
        try:
            return await _listener(stack, person)
        except (RuntimeError, OSError, WebSocketException):
            await asyncio.sleep(random.uniform(0, min(10, 2**attempt)))  # noqa: S311 (a wait, and no secret)
    raise RuntimeError(f"AppSync Events refused {TRIES} connections in a row")


async def _listener(stack: Stack, person: str) -> ClientConnection:
    """Connect and subscribe to the person's channels, as the bell does. Raise RuntimeError if one is refused."""
    token = await asyncio.to_thread(stack.token, person)
    answer = await asyncio.to_thread(stack.request, "GET", "/notifications?unread=1", token)
    live: dict[str, Any] = answer.body["live"]
    port = urlsplit(str(live["url"])).port or 80
    authorization = {"Authorization": token, "host": live["host"]}
    header = base64.urlsafe_b64encode(json.dumps(authorization).encode()).decode().rstrip("=")
    # Python asks the system for names below localhost, which may not know them.
    open_socket = await asyncio.to_thread(socket.create_connection, ("127.0.0.1", port), timeout=30)
    connection = await connect(
        live["url"], sock=open_socket, subprotocols=[PROTOCOL, Subprotocol(f"header-{header}")], open_timeout=60,
        ping_interval=None,
    )  # fmt: skip
    try:
        await _tell(connection, "connection_ack", {"type": "connection_init"})
        for number, channel in enumerate(live["channels"]):
            subscription = {"id": str(number), "channel": channel["name"], "authorization": authorization}
            await _tell(connection, "subscribe_success", {"type": "subscribe"} | subscription)
    except BaseException:
        await connection.close()
        raise
    return connection


async def _tell(connection: ClientConnection, expected: str, message: dict[str, Any]) -> None:
    await connection.send(json.dumps(message))
    while (answer := json.loads(await connection.recv()))["type"] == "ka":
        pass
    if answer["type"] != expected:
        raise RuntimeError(f"AppSync Events answered {answer['type']} to {message['type']}")


async def _read(connection: ClientConnection, held: Listeners) -> None:
    async for message in connection:
        held.hints += json.loads(message)["type"] == "data"
