"""The examples of the OpenAPI document are what the functions take and answer."""

import json
from collections.abc import Iterator
from typing import Any

import jsonschema_rs
import pytest

from contract.examples import ANSWERS, read_examples
from functions.openapi import TARGET
from tests.support.environment import Connect
from tests.support.service import Service, clear_containers
from tests.support.story import CLOCK, Story


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return json.loads(TARGET.read_text("utf-8"))


@pytest.fixture
def story(service: Service, connect: Connect, monkeypatch: pytest.MonkeyPatch) -> Story:
    """A story at a moment that stands still, in a stack as it is at first."""
    name = connect().info.dbname
    connect().execute(f"ALTER DATABASE {name} SET carillon.now = '{CLOCK}'".encode())
    monkeypatch.setenv("DEFAULT_EMAIL", "critical")
    monkeypatch.setenv("CATEGORIES_FILE", str(ANSWERS.with_name("categories.toml")))
    clear_containers()
    return Story(service)


def test_the_functions_answer_each_example_as_the_document_shows(story: Story, pytestconfig: pytest.Config) -> None:
    for example in read_examples():
        answer = story.tell(example)
        assert (example.name, answer.status, answer.text) == (example.name, example.status, answer.text)
    if pytestconfig.getoption("--write-examples"):
        ANSWERS.write_text(json.dumps(story.exchanged, indent=2, ensure_ascii=False) + "\n", "utf-8")
    shown = json.loads(ANSWERS.read_text("utf-8"))
    for name, exchange in story.exchanged.items():
        assert (name, exchange) == (name, shown.get(name)), "run this file with --write-examples"
    assert list(shown) == list(story.exchanged)


def test_each_example_follows_its_schema(document: dict[str, Any]) -> None:
    checked = 0
    for place, media in _media(document):
        schema = {**media["schema"], "components": document["components"]}
        validator = jsonschema_rs.Draft202012Validator(schema, validate_formats=True)
        for name, example in media.get("examples", {}).items():
            faults = [fault.message for fault in validator.iter_errors(example["value"])]
            assert (place, name, faults) == (place, name, [])
            checked += 1
    assert checked > 80


def test_each_body_has_an_example(document: dict[str, Any]) -> None:
    without = [place for place, media in _media(document) if not media.get("examples")]
    assert without == ["service.openapi 200"]  # the document is its own example


def _media(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the place of each JSON body of the document, and its description."""
    shared = document["components"]["responses"]
    for operations in document["paths"].values():
        for operation in operations.values():
            bodies = {"request": operation.get("requestBody", {}), **operation["responses"]}
            for name, body in bodies.items():
                held = shared[body["$ref"].rpartition("/")[2]] if "$ref" in body else body
                if "application/json" in held.get("content", {}):
                    yield f"{operation['operationId']} {name}", held["content"]["application/json"]
