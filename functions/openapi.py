"""The OpenAPI document, made from the routes of the HTTP functions. `python -m functions.openapi` writes it."""

import inspect
import json
import sys
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any, get_args

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.openapi import params
from aws_lambda_powertools.event_handler.openapi.merge import OpenAPIMerge

from carillon.api.parameters import Source, source_of
from carillon.api.routing import Route, Router

ROOT = Path(__file__).parents[1]
TARGET = ROOT / "layers" / "carillon" / "carillon" / "api" / "openapi.json"
FUNCTIONS = ("create", "read", "recipients")
OPEN = ("/health", "/openapi.json", "/unsubscribe/{token}")  # routes without a token, as in template.yaml

_DESCRIPTION = """\
The in-app notification is the source of truth; email and push follow it.

Answers are snake_case. Requests may use the camelCase spelling of any field too (`eventName` for `event_name`). Errors
are `{"error": {"code", "message", "details"?}}`; the gateway's own (401, 404, 413, 429, 503) are `{"message"}`."""
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
    merge = OpenAPIMerge(title="Carillon", version=version("carillon"), description=_DESCRIPTION, on_conflict="error")
    models: dict[str, Any] = {}
    for name in FUNCTIONS:
        schema = json.loads(_app(name).get_openapi_json_schema())
        for model, properties in schema["components"]["schemas"].items():
            if models.setdefault(model, properties) != properties:
                raise ValueError(f"{name} has another {model} than a function before it")
        merge.add_schema(schema)
    document = merge.get_openapi_schema()
    document["components"]["securitySchemes"] = _SECURITY
    document["security"] = [{"jwt": []}]
    for path in OPEN:
        for operation in document["paths"][path].values():
            operation["security"] = []
    return _without_unused_models(document)


def render(document: dict[str, Any]) -> str:
    """Return the document as text. It is sorted, so that only a change of the API changes it."""
    return json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def _app(name: str) -> APIGatewayHttpResolver:
    """Return a resolver of Powertools with the routes of a function. It only writes their document."""
    folder = str(ROOT / "functions" / name)
    if folder not in sys.path:
        sys.path.append(folder)
    router: Router = import_module(name).app
    app = APIGatewayHttpResolver(enable_validation=True)
    for route in router.routes:
        described = route.documented.items()
        documented: dict[str, Any] = {name: value() if callable(value) else value for name, value in described}
        app.route(route.path, route.method, **documented)(_stand_in(route))
    return app


def _stand_in(route: Route) -> Any:
    """Return a function with the name and the signature of a route's, in the words of Powertools."""

    def function() -> None:
        raise NotImplementedError

    parameters = [
        each.replace(annotation=_annotation(each.annotation))
        for each in inspect.signature(route.function).parameters.values()
    ]
    function.__name__ = route.function.__name__
    function.__doc__ = route.function.__doc__
    signature = inspect.Signature(parameters, return_annotation=Response[str])
    function.__signature__ = signature
    return function


def _annotation(declared: Any) -> Any:
    """Return an annotation with Powertools' marker in place of Carillon's."""
    source = source_of(declared)
    kind, *metadata = get_args(declared) or (declared,)
    if not any(isinstance(each, Source) for each in metadata):
        return declared
    marker = {"path": params.Path, "query": params.Query, "header": params.Header, "body": params.Body}[source.place]
    kept = [each for each in metadata if not isinstance(each, Source)]
    return Annotated[kind, *kept, marker(description=source.description)]


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
