"""The committed description of the API matches the functions and the deployed routes."""

import json
import re
from typing import Any

import pytest

import read
from functions.openapi import TARGET, build, render
from tests.support.environment import FakeLambdaContext
from tests.support.paths import ROOT
from tests.support.service import http_event


@pytest.fixture(scope="module")
def committed() -> dict[str, Any]:
    return json.loads(TARGET.read_text("utf-8"))


def test_the_committed_document_is_what_the_functions_say() -> None:
    assert render(build()) == TARGET.read_text("utf-8"), "the API changed: run python -m functions.openapi"


def test_the_document_names_exactly_the_deployed_routes(committed: dict[str, Any]) -> None:
    # Routes are written {Type: HttpApi, Properties: {ApiId: !Ref Api, Method: GET, Path: "/devices/{id}"}}.
    template = (ROOT / "template.yaml").read_text("utf-8")
    deployed = {
        (method.lower(), re.sub(r"\{\w+\+?}", "{}", path))
        for method, path in re.findall(r'Method: (\w+), Path: "?(/[^",]*?)"?[,}]+(?:[\s,}]|$)', template)
    }
    described = {
        (method, re.sub(r"\{\w+}", "{}", path)) for path, item in committed["paths"].items() for method in item
    }
    heads = {("head", path) for method, path in described if method == "get"}  # deployed, and not described
    assert (len(described), len(heads)) == (23, 11)
    assert deployed == described | heads


def test_each_operation_is_named_after_its_resource_and_the_method_of_a_client(committed: dict[str, Any]) -> None:
    operations = [operation for path in committed["paths"].values() for operation in path.values()]
    ids = [operation["operationId"] for operation in operations]
    assert len(set(ids)) == len(ids)
    assert [each for each in ids if not re.fullmatch(r"[a-z]+(\.[a-z]+)?\.[a-z]+(_[a-z]+)*", each)] == []
    used = {tag for operation in operations for tag in operation["tags"]}
    assert used == {tag["name"] for tag in committed["tags"] if tag["description"]}
    assert all(operation["summary"] for operation in operations)


def test_every_route_except_the_open_ones_needs_a_token(committed: dict[str, Any]) -> None:
    assert committed["security"] == [{"jwt": []}]
    open_routes = {
        path for path, item in committed["paths"].items() for route in item.values() if route.get("security") == []
    }
    assert open_routes == {"/health", "/openapi.json", "/unsubscribe/{token}"}
    assert committed["components"]["securitySchemes"]["jwt"]["scheme"] == "bearer"


def test_every_reference_has_a_schema_and_every_schema_is_used(committed: dict[str, Any]) -> None:
    names = set(re.findall(r'"#/components/schemas/(\w+)"', json.dumps(committed)))
    assert names == set(committed["components"]["schemas"])


def test_the_document_is_served_without_a_token(committed: dict[str, Any]) -> None:
    answer = read.handler(http_event("GET", "/openapi.json", claims={}), FakeLambdaContext())
    assert (answer["statusCode"], json.loads(answer["body"])) == (200, committed)
