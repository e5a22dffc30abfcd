"""The OpenAPI document, made from the routes of the HTTP functions. `python -m functions.openapi` writes it."""

import json
import sys
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any

from aws_lambda_powertools.event_handler.openapi.merge import OpenAPIMerge

from carillon.codes import codes_of
from contract import examples, forms, headers, refusals

ROOT = Path(__file__).parents[1]
TARGET = ROOT / "layers" / "carillon" / "carillon" / "api" / "openapi.json"
FUNCTIONS = ("create", "read", "recipients")

_DESCRIPTION = """\
The in-app notification is the source of truth; email and push follow it.

**Names.** Answers are snake_case. Requests may use the camelCase spelling of any field too (`eventName` for
`event_name`). An unknown name in a body is refused, and an optional field that is null is like one that is absent.

**Errors** of Carillon are `{"error": {"code", "message", "details"?, "request_id", "docs"}}`. Those of API Gateway
(401, 404, 413, 429, 500, 503) are `{"message"}`. A client must take both. It may meet codes that are new: treat those
by their status.

**Methods.** `HEAD` answers as `GET`, without the content. A method or path that is not described is 404.

**Caches** may store no answer (`Cache-Control: no-store`), except `/openapi.json`."""
_TAGS = {
    "notifications": "Record, list, mark and retract notifications, and explain their deliveries.",
    "preferences": "What the person of the token wants to get: channels, digests, quiet hours, rules by category.",
    "devices": "The devices of the person of the token, which get push.",
    "recipients": "Contact data, preferences and erasure of any person, for backends with the scopes for them.",
    "unsubscribe": "The pages behind the links of emails. The token in the link is the only proof that they need.",
    "service": "Health, and this description. Both are open.",
}
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
    components = document["components"]
    components["schemas"] |= refusals.schemas()
    components["schemas"]["ErrorInfo"]["properties"]["code"]["description"] = _codes()
    components["responses"] = dict(refusals.RESPONSES)
    components["securitySchemes"] = _SECURITY
    document["security"] = [{"jwt": []}]
    document["tags"] = [{"name": name, "description": text} for name, text in _TAGS.items()]
    operations = [operation for path in document["paths"].values() for operation in path.values()]
    _complete({operation["operationId"]: operation for operation in operations}, components["responses"])
    return _without_unused_models(document)


def _complete(operations: dict[str, dict[str, Any]], shared: dict[str, dict[str, Any]]) -> None:
    """Add to each operation, given by its id, what its route does not say."""
    forms.add_forms(operations)
    for operation in operations.values():
        tag = operation["operationId"].partition(".")[0]
        operation["tags"] = [tag]
        if tag in refusals.OPEN:
            operation["security"] = []
        refusals.add_refusals(operation)
    headers.add_headers(operations)
    examples.add_examples(operations, shared)


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
