"""The page `/docs`: the OpenAPI document as people read it, with requests that they can try.

Swagger UI shows it, from the packages that `bin/setup` installs into demo/docs. Nothing is loaded from another site.
"""

import json
from pathlib import Path

from werkzeug.wrappers import Response

from devstack.machine.options import ROOT

FOLDER = Path(__file__).with_name("docs")
DOCUMENT = ROOT / "layers" / "carillon" / "carillon" / "api" / "openapi.json"
_UI = FOLDER / "node_modules" / "swagger-ui-dist"
_FILES = {
    "/docs": (FOLDER / "index.html", "text/html"),
    "/docs/start.js": (FOLDER / "start.js", "text/javascript"),
    "/docs/swagger-ui-bundle.js": (_UI / "swagger-ui-bundle.js", "text/javascript"),
    "/docs/swagger-ui.css": (_UI / "swagger-ui.css", "text/css"),
}


def page(path: str, api_url: str) -> Response | None:
    """Return what is at a path, or None if it is no part of the page. The document names the API of the devstack."""
    headers = {"Cache-Control": "no-store", "Content-Security-Policy": _policy(api_url)}
    if path == "/docs/openapi.json":
        document = json.loads(DOCUMENT.read_text("utf-8")) | {"servers": [{"url": api_url}]}
        return Response(json.dumps(document), mimetype="application/json", headers=headers)
    if path not in _FILES:
        return None
    file, kind = _FILES[path]
    return Response(file.read_bytes(), mimetype=kind, headers=headers)


def _policy(api_url: str) -> str:
    return (
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
        f"connect-src 'self' {api_url}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
