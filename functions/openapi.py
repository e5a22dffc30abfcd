"""The OpenAPI document, made from the routes of the HTTP functions. `python -m functions.openapi` writes it."""

import json
import sys
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any

from aws_lambda_powertools.event_handler.openapi.merge import OpenAPIMerge

from carillon.codes import codes_of

ROOT = Path(__file__).parents[1]
TARGET = ROOT / "layers" / "carillon" / "carillon" / "api" / "openapi.json"
FUNCTIONS = ("create", "read", "recipients")
OPEN = ("/health", "/openapi.json", "/unsubscribe/{token}")  # routes without a token, as in template.yaml

_DESCRIPTION = """\
The in-app notification is the source of truth; email and push follow it.

Answers are snake_case. Requests may use the camelCase spelling of any field too (`eventName` for `event_name`). Errors
are `{"error": {"code", "message", "details"?}}`; the gateway's own (401, 404, 413, 429, 503) are `{"message"}`."""
_NO_JSON = ("link_invalid", "link_expired", "migration_failed")  # answered as a page, or to CloudFormation
_SECURITY = {
    "jwt": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "The token's `sub` is the user. Producers have the scope `carillon/send`.",
    }
}


def build() -> dict[str, Any]:
    """Return one OpenAPI document of all routes.

    Raises:
        ValueError: two functions give the same name to different models. The merge would keep only the last.
    """
    merge = OpenAPIMerge(
        title="Carillon", version=version("carillon-service"), description=_DESCRIPTION, on_conflict="error"
    )
    models: dict[str, Any] = {}
    for name in FUNCTIONS:
        schema = json.loads(_app(name).get_openapi_json_schema())
        for model, properties in schema["components"]["schemas"].items():
            if models.setdefault(model, properties) != properties:
                raise ValueError(f"{name} has another {model} than a function before it")
        merge.add_schema(schema)
    document = merge.get_openapi_schema()
    document["components"]["schemas"]["ErrorInfo"]["properties"]["code"]["description"] = _codes()
    document["components"]["securitySchemes"] = _SECURITY
    document["security"] = [{"jwt": []}]
    for path in document["paths"].values():
        if "get" in path:
            path["head"] = _head_of(path["get"])
    for path in OPEN:
        for operation in document["paths"][path].values():
            operation["security"] = []
    return _without_unused_models(document)


def _codes() -> str:
    """Return the causes of the API's codes that are answered as JSON."""
    return " ".join(f"`{code.name}`: {code.cause}" for code in codes_of("api") if code.name not in _NO_JSON)


def render(document: dict[str, Any]) -> str:
    """Return the document as text. It is sorted, so that only a change of the API changes it."""
    return json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def _app(name: str) -> Any:
    folder = str(ROOT / "functions" / name)
    if folder not in sys.path:
        sys.path.append(folder)
    return import_module(name).app


def _head_of(get: dict[str, Any]) -> dict[str, Any]:
    """Return the description of HEAD on a route: as GET, with answers that have no content."""
    return get | {
        "summary": f"{get['summary']}: HEAD, without the content",
        "operationId": f"{get['operationId']}_head",
        "responses": {
            status: {name: value for name, value in answer.items() if name != "content"}
            for status, answer in get["responses"].items()
        },
    }


def _without_unused_models(document: dict[str, Any]) -> dict[str, Any]:
    """Remove models without a reference, such as Powertools' own errors, which Carillon never answers."""
    schemas = document["components"]["schemas"]
    while unused := [name for name in schemas if f'"#/components/schemas/{name}"' not in json.dumps(document)]:
        for name in unused:
            del schemas[name]
    return document


if __name__ == "__main__":
    TARGET.write_text(render(build()), "utf-8")
    print(TARGET.relative_to(ROOT))
