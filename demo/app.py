"""The demo page as a web application: its files, what the page polls, and what its buttons do."""

import hashlib
import json
import re
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
from werkzeug.exceptions import BadRequest, Conflict, Gone, HTTPException, NotFound, ServiceUnavailable
from werkzeug.wrappers import Request, Response

from demo import reference
from demo.embedding import allow_all, allow_origin, ready_page, token_user
from demo.operator import DemoOperator, OperatorError
from demo.pipe import Pipe
from demo.producer import Producer
from demo.stories import STORIES
from devstack.aws.emulator import Emulator
from devstack.aws.providers import Providers
from devstack.machine.options import ROOT, Options
from devstack.seed import PHONES, USERS, ApiClient
from devstack.stack import PageContext

FOLDER = Path(__file__).with_name("page")
TYPES = {".css": "text/css", ".js": "text/javascript"}
SERVICE_WORKER = ROOT / "web" / "public" / "carillon-sw.js"  # the bell needs it to show alerts on Android
LATEST = 40  # emails
FRESH_SECONDS = 0.4  # several open pages share one query
TOKEN_SECONDS = 600
NO_STORE = {"Cache-Control": "no-store"}


@dataclass(frozen=True)
class Services:
    """Everything that the page calls."""

    options: Options
    api: ApiClient
    emulator: Emulator
    providers: Providers
    pipe: Pipe
    operator: DemoOperator


def open_page(stack: PageContext) -> "DemoPage":
    """Return the demo page of a running devstack."""
    pipe = Pipe(stack.database_url, stack.emulator, (stack.queue_url, stack.dlq_url))
    operator = DemoOperator(stack.options, stack.emulator)
    return DemoPage(Services(stack.options, stack.api, stack.emulator, stack.providers, pipe, operator))


class DemoPage:
    """The server of the demo page."""

    def __init__(self, services: Services) -> None:
        self._services = services
        bell = services.options.bell
        self._bell = {
            "/bell.js": bell,
            "/carillon-live.js": bell.with_name("carillon-live.js"),
            "/carillon-sw.js": SERVICE_WORKER,
        }
        self._producer = Producer(services.api, services.options.api_url)
        self._state_lock = threading.Lock()
        self._cached_state: tuple[float, bytes, str] = (0.0, b"", "")  # its time, body and ETag

    def close(self) -> None:
        """Close the connection to the database."""
        self._services.pipe.close()

    def site(self, request: Request) -> Response:
        """Answer one request of the page."""
        options = self._services.options
        if part := reference.page(request.path, options.api_url) or ready_page(request.path, options):
            return part
        try:
            return self._get(request) if request.method == "GET" else self._post(request)
        except HTTPException as error:
            return _json({"error": error.description}, error.code or 500)

    def _get(self, request: Request) -> Response:
        match request.path:
            case "/state":
                return self._state(request)
            case "/token":
                token = self._services.api.user_token(token_user(request), TOKEN_SECONDS)
                answer = _json({"token": token, "expires_in": TOKEN_SECONDS})
                return allow_origin(self._services.options, request, answer)
            case "/setup":
                return _json(self._setup())
            case "/mail":
                return _json(
                    {"emails": [_email(email) for email in reversed(self._services.emulator.sent_email()[-LATEST:])]}
                )
            case "/failed":
                try:
                    return _json(self._services.operator.failed())
                except OperatorError as error:
                    raise ServiceUnavailable(str(error)) from None
            case path if file := self._bell_file(path):
                if not file.exists():
                    raise NotFound("The bell is not built.")
                return allow_all(_file(file))
            case path if _is_file(path[1:]):
                return _file(FOLDER / path[1:])
            case _:  # any other path can be the target of a notification
                return Response(
                    (FOLDER / "index.html").read_bytes(), mimetype="text/html", headers=self._page_headers()
                )

    def _bell_file(self, path: str) -> Path | None:
        """Return the file of the bell that a path names, or None. Beside `bell.js` is a file for each language."""
        if re.fullmatch(r"/[a-z]{2}\.js", path):
            return self._services.options.bell.with_name(path[1:])
        return self._bell.get(path)

    def _post(self, request: Request) -> Response:
        command = request.get_json()  # only JSON: a page of another site cannot send it without a preflight
        match request.path, command:
            case "/fire", {"story": str(story), "user": user} if story in STORIES:
                return _json(self._producer.fire(story, _user(user)))
            case "/fire", {"again": str(again)}:
                try:
                    return _json(self._producer.again(again))
                except KeyError:
                    raise Gone("The demo no longer has that request. Fire a new one.") from None
            case "/send-now", {"delivery_id": str(delivery_id)}:
                if not self._services.pipe.send_now(_id(delivery_id)):
                    raise Conflict("That digest was sent already.")
                return _json({})
            case "/ses", {"broken": bool(broken)}:
                self._services.providers.broken = broken
                return _json({"broken": broken})
            case "/replay", _:
                try:
                    return _json(self._services.operator.replay())
                except OperatorError as error:
                    raise ServiceUnavailable(str(error)) from None
            case _:
                raise BadRequest("The demo has no such command.")

    def _setup(self) -> dict[str, Any]:
        return {
            "api_url": self._services.options.api_url,
            "users": USERS,
            "phones": PHONES,
            "bell": self._services.options.bell.exists(),
            "stories": [
                {"name": story.name, "title": story.title, "product": story.product, "hint": story.hint}
                for story in STORIES.values()
            ],
        }

    def _state(self, request: Request) -> Response:
        with self._state_lock:
            at, body, etag = self._cached_state
            if time.monotonic() - at > FRESH_SECONDS:
                try:
                    body = json.dumps(self._read_state()).encode()
                except psycopg.Error as error:
                    raise ServiceUnavailable(f"The database does not answer: {type(error).__name__}.") from None
                etag = hashlib.sha256(body).hexdigest()[:16]
                self._cached_state = time.monotonic(), body, etag
        response = Response(body, mimetype="application/json", headers={"Cache-Control": "no-cache"})
        response.set_etag(etag)
        return response.make_conditional(request)

    def _read_state(self) -> dict[str, Any]:
        state, providers = self._services.pipe.read(), self._services.providers
        owners = state.pop("endpoints")
        pushes = [push | {"user": owners.get(push["endpoint"])} for push in reversed(providers.pushes)]
        return state | {"ses_broken": providers.broken, "emails": providers.emails, "pushes": pushes}

    def _page_headers(self) -> dict[str, str]:
        # Neither the page nor an email that it shows may load anything from another site.
        events = "ws://" + self._services.options.event_hosts[1].replace("{api_id}", "*")
        policy = {
            "default-src": "'none'", "script-src": "'self'", "style-src": "'self' 'unsafe-inline'", "img-src": "data:",
            "connect-src": f"'self' {self._services.options.api_url} {events}", "worker-src": "'self'",
            "base-uri": "'none'", "form-action": "'none'", "frame-ancestors": "'none'",
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
        raise BadRequest("delivery_id is not a UUID.") from None


def _is_file(name: str) -> bool:
    file = FOLDER / name
    return "/" not in name and file.suffix in TYPES and file.is_file()


def _file(path: Path) -> Response:
    return Response(path.read_bytes(), mimetype=TYPES[path.suffix], headers=NO_STORE)


def _json(body: object, status: int = 200) -> Response:
    return Response(json.dumps(body), status, mimetype="application/json", headers=NO_STORE)
