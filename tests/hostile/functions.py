"""The functions in a process of their own, so that its memory is theirs alone."""

import multiprocessing
import os
import time
from collections.abc import Callable, Mapping
from multiprocessing.connection import Connection
from typing import Any, Protocol, Self

import boto3
import psutil
import pytest
from moto import mock_aws

from tests.support.service import REGION, Service, running

EMPTY_EVERY = 100  # requests: the simulated queue keeps its messages in the memory of the functions


class Functions(Protocol):
    """The functions, in whatever process they are."""

    def answer(self, event: Mapping[str, Any]) -> tuple[dict[str, Any], float]:
        """Return the answer to an event, and the seconds of CPU time that it took."""
        ...

    def memory(self) -> float:
        """Return the memory of the functions, in megabytes."""
        ...


class OwnFunctions:
    """The functions in this process."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._answered = 0

    def answer(self, event: Mapping[str, Any]) -> tuple[dict[str, Any], float]:
        """Return the answer to an event, and the seconds of CPU time that it took."""
        self._answered += 1
        if self._answered % EMPTY_EVERY == 0:
            while messages := self._service.messages():
                self._service.delete(self._service.queue_url, messages)
        request = event["requestContext"]["http"]
        handler: Callable[..., Any] = self._service._function(request["method"], event["rawPath"])
        began = time.process_time()
        answer = handler(event, self._service.context)
        return answer, time.process_time() - began

    def memory(self) -> float:
        """Return the memory of this process, in megabytes."""
        return psutil.Process().memory_info().rss / 1e6


class FunctionProcess:
    """The functions in a process of their own, on a database. Use it as a context."""

    def __init__(self, database_url: str) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, database_url), daemon=True)

    def __enter__(self) -> Self:
        self._process.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._pipe.close()
        self._process.join(10)
        if self._process.is_alive():
            self._process.kill()

    def answer(self, event: Mapping[str, Any]) -> tuple[dict[str, Any], float]:
        """Return the answer to an event, and the seconds of CPU time that it took."""
        self._pipe.send(event)
        if not self._pipe.poll(60):
            raise TimeoutError("The functions did not answer within 60 s.")
        return self._pipe.recv()

    def memory(self) -> float:
        """Return the memory of the process, in megabytes."""
        return psutil.Process(self._process.pid).memory_info().rss / 1e6


def _serve(pipe: Connection, database_url: str) -> None:
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)  # the log
    with (
        mock_aws(),
        pytest.MonkeyPatch.context() as patch,
        running(boto3.Session(region_name=REGION), database_url, patch) as service,
    ):
        functions = OwnFunctions(service)
        while True:
            try:
                event = pipe.recv()
            except EOFError:
                return
            pipe.send(functions.answer(event))
