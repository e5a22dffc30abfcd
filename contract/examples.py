"""The examples: requests of a story, and the answers that the functions gave to them."""

import json
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Any, cast

import yaml

SOURCE = Path(__file__).with_name("examples.yaml")
ANSWERS = Path(__file__).with_name("answers.json")
JSON = "application/json"
_NOT_YET: dict[str, Any] = {"body": None, "answer": None}  # a new example: the test writes its answer


@dataclass(frozen=True, slots=True)
class Example:
    """One request with the status of its answer. `claims` is None on a route that needs no token."""

    name: str
    operation: str
    summary: str
    status: int
    claims: Mapping[str, str] | None = None
    path: Mapping[str, str] = field(default_factory=dict[str, str])
    query: Mapping[str, str] = field(default_factory=dict[str, str])
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    body: Mapping[str, Any] | None = None


def read_examples() -> list[Example]:
    """Return the examples in the order of the story."""
    source: dict[str, Any] = yaml.safe_load(SOURCE.read_text("utf-8"))
    tokens = source["tokens"]
    return [
        Example(**{name: value for name, value in each.items() if name != "as"}, claims=tokens.get(each.get("as")))
        for each in source["examples"]
    ]


def add_examples(operations: Mapping[str, dict[str, Any]], shared: Mapping[str, dict[str, Any]]) -> None:
    """Add the examples to the operations of an OpenAPI document, given by their ids.

    An operation that has its own example of a shared error gets its own copy of the error's description.
    """
    exchanged: dict[str, Any] = json.loads(ANSWERS.read_text("utf-8"))
    for example in read_examples():
        operation, shown = operations[example.operation], exchanged.get(example.name, _NOT_YET)
        if shown["body"] is not None and example.status < HTTPStatus.BAD_REQUEST:
            _put(operation["requestBody"], example, shown["body"], _said(example))
        if shown["answer"] is not None:
            responses, status = operation["responses"], str(example.status)
            if "$ref" in responses[status]:
                responses[status] = deepcopy(shared[responses[status]["$ref"].rpartition("/")[2]])
            _put(responses[status], example, shown["answer"], example.summary)
    for operation in operations.values():
        for parameter in operation.get("parameters", ()):
            values = [value for name, value in _parameters(operation["operationId"]) if name == parameter["name"]]
            if values and not values[0].startswith("$"):
                parameter["example"] = values[0]


def _said(example: Example) -> str:
    """Return the summary of a request, with what of it stands outside the body."""
    outside = [f"{name}: {value}" for name, value in example.headers.items()]
    outside += [f"?{name}={value}" for name, value in example.query.items()]
    return f"{example.summary} ({', '.join(outside)})" if outside else example.summary


def _put(holder: dict[str, Any], example: Example, value: Any, summary: str) -> None:
    content = cast("dict[str, Any]", holder["content"][JSON])
    content.setdefault("examples", {})[example.name] = {"summary": summary, "value": value}


def _parameters(operation: str) -> Iterator[tuple[str, str]]:
    for example in read_examples():
        if example.operation == operation and example.status < HTTPStatus.BAD_REQUEST:
            yield from {**example.path, **example.query, **example.headers}.items()
