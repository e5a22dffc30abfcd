"""The differences between blocking and asynchronous code: locks, waiting, and the call of a function for a token.

`bin/clients` turns a name `async_x` into `x`, and `AsyncX` into `X`.
"""

import threading
import time
from collections.abc import Awaitable, Callable

import anyio

Lock = threading.Lock
AsyncLock = anyio.Lock

TokenFunction = Callable[[], str]
AsyncTokenFunction = Callable[[], str | Awaitable[str]]


def sleep(seconds: float) -> None:
    """Wait."""
    time.sleep(seconds)


async def async_sleep(seconds: float) -> None:
    """Wait, on asyncio or trio."""
    await anyio.sleep(seconds)


def call(function: TokenFunction) -> str:
    """Return the token of a function."""
    return function()


async def async_call(function: AsyncTokenFunction) -> str:
    """Return the token of a function, which may be asynchronous."""
    token = function()
    return token if isinstance(token, str) else await token
