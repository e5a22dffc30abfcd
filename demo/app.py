"""The demo page as a web application: files, what the page polls, and what its buttons do."""

import hashlib
import json
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
from werkzeug.exceptions import BadRequest, Conflict, Gone, HTTPException, NotFound, ServiceUnavailable
from werkzeug.wrappers import Request, Response

from demo.operator import DemoOperator, OperatorFails
from demo.pipe import Pipe
from demo.producer import Producer
from demo.stories import STORIES
from devstack.aws.emulator import Emulator
from devstack.aws.providers import Providers
from devstack.machine.options import ROOT, Options
from devstack.seed import PHONES, USERS, ApiClient
from devstack.stack import Running

FOLDER = Path(__file__).with_name("page")
TYPES = {".css": "text/css", ".js": "text/javascript"}
WORKER = ROOT / "web" / "public" / "carillon-sw.js"  # of the bell: it shows alerts on Android
LATEST = 40  # emails
FRESH_SECONDS = 0.4  # several open pages cost one look
TOKEN_SECONDS = 600
NO_STORE = {"Cache-Control": "no-store"}


@dataclass(frozen=True)
class Parts:
    """What the page speaks to."""

    options: Options
    api: ApiClient
    emulator: Emulator
    providers: Providers
    pipe: Pipe
    operator: DemoOperator


def open_page(running: Running) -> "DemoPage":
    """Return the demo page of a running devstack."""
    pipe = Pipe(running.database_url, running.emulator, (running.queue_url, running.dlq_url))
    operator = DemoOperator(running.options, running.emulator)
    return DemoPage(Parts(running.options, running.api, running.emulator, running.providers, pipe, operator))


class DemoPage:
    """The demo page's server."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._bell = {"/bell.js": parts.options.bell, "/carillon-sw.js": WORKER}
        self._producer = Producer(parts.api, parts.options.api_url)
        self._looking = threading.Lock()
        self._looked: tuple[float, bytes, str] = (0.0, b"", "")

    def close(self) -> None:
        """Close the connection to the database."""
        self._parts.pipe.close()

    def site(self, request: Request) -> Response:
        """The web application."""
        try:
            return self._get(request) if request.method == "GET" else self._post(request)
        except HTTPException as error:
            return _json({"error": error.description}, error.code or 500)

    def _get(self, request: Request) -> Response:
        match request.path:
            case "/state":
                return self._state(request)
            case "/token":
                user = _user(request.args.get("user"))
                return _json({"token": self._parts.api.user_token(user, TOKEN_SECONDS), "expires_in": TOKEN_SECONDS})
            case "/setup":
                return _json(self._setup())
            case "/mail":
                return _json(
                    {"emails": [_email(email) for email in reversed(self._parts.emulator.sent_email()[-LATEST:])]}
                )
            case "/failed":
                try:
                    return _json(self._parts.operator.failed())
                except OperatorFails as error:
                    raise ServiceUnavailable(str(error)) from None
            case path if path in self._bell:
                if not self._bell[path].exists():
                    raise NotFound("The bell is not built.")
                return _file(self._bell[path])
            case path if _is_file(path[1:]):
                return _file(FOLDER / path[1:])
            case _:  # any other: where a notification leads
                return Response(
                    (FOLDER / "index.html").read_bytes(), mimetype="text/html", headers=self._page_headers()
                )

    def _post(self, request: Request) -> Response:
        order = request.get_json()  # JSON alone: no other site can send it here unasked
        match request.path, order:
            case "/fire", {"story": str(story), "user": user} if story in STORIES:
                return _json(self._producer.fire(story, _user(user)))
            case "/fire", {"again": str(again)}:
                try:
                    return _json(self._producer.again(again))
                except KeyError:
                    raise Gone("That request is forgotten. Fire a new one.") from None
            case "/leave-now", {"delivery_id": str(delivery_id)}:
                if not self._parts.pipe.leave_now(_id(delivery_id)):
                    raise Conflict("That digest has left already.")
                return _json({})
            case "/ses", {"broken": bool(broken)}:
                self._parts.providers.broken = broken
                return _json({"broken": broken})
            case "/replay", _:
                try:
                    return _json(self._parts.operator.replay())
                except OperatorFails as error:
                    raise ServiceUnavailable(str(error)) from None
            case _:
                raise BadRequest("There is nothing like that to do here.")

    def _setup(self) -> dict[str, Any]:
        return {
            "api_url": self._parts.options.api_url,
            "users": USERS,
            "phones": PHONES,
            "bell": self._parts.options.bell.exists(),
            "stories": [
                {"name": story.name, "title": story.title, "product": story.product, "hint": story.hint}
                for story in STORIES.values()
            ],
        }

    def _state(self, request: Request) -> Response:
        with self._looking:
            at, body, etag = self._looked
            if time.monotonic() - at > FRESH_SECONDS:
                try:
                    body = json.dumps(self._look()).encode()
                except psycopg.Error as error:
                    raise ServiceUnavailable(f"The database does not answer: {type(error).__name__}.") from None
                etag = hashlib.sha256(body).hexdigest()[:16]
                self._looked = time.monotonic(), body, etag
        response = Response(body, mimetype="application/json", headers={"Cache-Control": "no-cache"})
        response.set_etag(etag)
        return response.make_conditional(request)

    def _look(self) -> dict[str, Any]:
        state, providers = self._parts.pipe.look(), self._parts.providers
        owners = state.pop("endpoints")
        pushes = [push | {"user": owners.get(push["endpoint"])} for push in reversed(providers.pushes)]
        return state | {"ses_broken": providers.broken, "emails": providers.emails, "pushes": pushes}

    def _page_headers(self) -> dict[str, str]:
        # Nothing from elsewhere, in the page or in an email that it shows.
        policy = {
            "default-src": "'none'", "script-src": "'self'", "style-src": "'self' 'unsafe-inline'", "img-src": "data:",
            "connect-src": f"'self' {self._parts.options.api_url}", "worker-src": "'self'", "base-uri": "'none'",
            "form-action": "'none'", "frame-ancestors": "'none'",
        }  # fmt: skip
        return {"Content-Security-Policy": "; ".join(f"{name} {value}" for name, value in policy.items())} | NO_STORE


def _email(email: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": email["MessageId"],
        "to": ", ".join(email["To"]),
        "from": email["Source"],
        "subject": email["Subject"],
        "time": email["Timestamp"],
        "html": email["BodyHtml"],
        "text": email["BodyText"],
    }


def _user(name: object) -> str:
    if name not in USERS:
        raise BadRequest("There is no such user.")
    return str(name)


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise BadRequest("That is no id of a delivery.") from None


def _is_file(name: str) -> bool:
    file = FOLDER / name
    return "/" not in name and file.suffix in TYPES and file.is_file()


def _file(path: Path) -> Response:
    return Response(path.read_bytes(), mimetype=TYPES[path.suffix], headers=NO_STORE)


def _json(body: object, status: int = 200) -> Response:
    return Response(json.dumps(body), status, mimetype="application/json", headers=NO_STORE)
