"""Requests that schemathesis makes from the OpenAPI document: some follow it, and some break it in one place."""

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode

from tests.hostile.gateway import DOCUMENT, Sent

ANYWHERE = "http://127.0.0.1"  # requests are prepared, never sent
_UNCHECKED = [HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large]
_DROPPED = {"authorization", "user-agent", "accept-encoding", "x-schemathesis-testcaseid", "connection"}


def describe(count: int, number: int, claims: list[Mapping[str, str]]) -> Iterator[Sent]:
    """Yield about `count` requests for all operations, from the seed `number`, with the claims by turns."""
    schema = schemathesis.openapi.from_dict(json.loads(DOCUMENT.read_text("utf-8")))
    results: Any = schema.get_all_operations()
    operations = [result.ok() for result in results]
    each = max(1, round(count / (2 * len(operations))))
    for operation in operations:
        for mode in GenerationMode:
            for position, case in enumerate(_cases(operation, mode, each, number)):
                sent = _prepare(case, claims[position % len(claims)])
                if sent is not None:
                    yield sent


def _cases(operation: Any, mode: GenerationMode, count: int, number: int) -> list[Any]:
    cases: list[Any] = []

    @seed(number)
    @settings(
        max_examples=count, database=None, deadline=None, phases=[Phase.generate],
        suppress_health_check=_UNCHECKED,
    )  # fmt: skip
    @given(operation.as_strategy(generation_mode=mode))
    def collect(case: Any) -> None:
        cases.append(case)

    with suppress(Unsatisfiable):  # a route without parameters cannot be asked against its description
        collect()
    return cases[:count]


def _prepare(case: Any, claims: Mapping[str, str]) -> Sent | None:
    try:
        prepared = requests.Request(**case.as_transport_kwargs(base_url=ANYWHERE)).prepare()
    except (ValueError, requests.RequestException):
        return None  # no HTTP client could send it
    body: Any = prepared.body or b""
    headers = {name: str(value) for name, value in prepared.headers.items() if name.lower() not in _DROPPED}
    target = (prepared.url or "").removeprefix(ANYWHERE)
    content = body.encode(errors="surrogatepass") if isinstance(body, str) else bytes(body)
    return Sent(f"described {case.meta.generation.mode.name.lower()}", case.method, target, content, headers, claims)
