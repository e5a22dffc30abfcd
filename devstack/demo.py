"""The demo page: fire an event, watch the feed, the queues, and the email as it looks."""

import json
import threading
from pathlib import Path
from typing import Any

from werkzeug.exceptions import BadRequest, HTTPException
from werkzeug.wrappers import Request, Response

from devstack.emulator import Emulator
from devstack.seed import USERS, ApiClient, depth

FILES = {"/page.css": "text/css", "/page.js": "text/javascript"}
FOLDER = Path(__file__).with_name("page")
LATEST = 20

# What an application's backend would send, by the name on the button.
EVENTS: dict[str, dict[str, Any]] = {
    "Payment failed": {
        "event_name": "invoice.payment_failed", "severity": "critical", "target_url": "/billing/invoices/9",
        "title": "The payment for invoice 9 failed", "body": "The bank declined the card that ends in 4242.",
        "summary": "A payment failed. Update your card to keep your plan.",
    },
    "Role changed": {
        "event_name": "member.role_changed", "severity": "critical", "target_url": "/settings/members",
        "title": "You are now an administrator", "summary": "Your role in the workspace changed.",
    },
    "Sync broken": {
        "event_name": "integration.sync_failed", "severity": "warning", "target_url": "/integrations/crm",
        "title": "The CRM import stopped", "body": "Row 118 has no email address.", "batch_key": "sync:crm",
    },
    "Mention": {
        "event_name": "comment.mentioned", "severity": "warning", "target_url": "/documents/3#comment-12",
        "title": "You were mentioned in \u201cLaunch plan\u201d", "body": "Can you check the dates?",
    },
    "Report ready": {
        "event_name": "report.ready", "severity": "success", "target_url": "/reports/7",
        "title": "Your report is ready", "body": "Twelve pages, as PDF.",
    },
}  # fmt: skip


class DemoPage:
    """The demo page as a web application. `queues` are the addresses of the queue and its dead-letter queue."""

    def __init__(self, api: ApiClient, emulator: Emulator, queues: tuple[str, str]) -> None:
        self._api = api
        self._emulator = emulator
        self._queues = queues
        self._calling = threading.Lock()  # several open pages must not cost several workers

    def site(self, request: Request) -> Response:
        """The page, its files, what it polls, and what its buttons do."""
        try:
            return self._answer(request)
        except HTTPException as error:
            return _json({"error": error.description}, error.code or 500)

    def _answer(self, request: Request) -> Response:
        match request.method, request.path:
            case "GET", "/state":
                return _json(self._state(_user(request.args.get("user"))))
            case "POST", "/fire":
                return _json(self._fire(request.get_json()))
            case "GET", path if path in FILES:
                return Response((FOLDER / path[1:]).read_bytes(), mimetype=FILES[path])
            case "GET", _:  # any other: where a notification leads
                return Response((FOLDER / "index.html").read_bytes(), mimetype="text/html", headers=_PAGE_HEADERS)
            case _:
                raise BadRequest("There is nothing to do here.")

    def _state(self, user: str) -> dict[str, Any]:
        waiting, dead = (depth(self._emulator, url) for url in self._queues)
        with self._calling:
            status, feed = self._api.call("GET", "/notifications?limit=10", user=user)
        return {
            "users": USERS,
            "events": list(EVENTS),
            "queue": waiting,
            "dead_letters": dead,
            "feed": feed if status == 200 else None,
            "emails": [
                {
                    "id": email["MessageId"],
                    "to": ", ".join(email["To"]),
                    "from": email["Source"],
                    "subject": email["Subject"],
                    "time": email["Timestamp"],
                    "html": email["BodyHtml"],
                    "text": email["BodyText"],
                }
                for email in reversed(self._emulator.sent_email()[-LATEST:])
            ],
        }

    def _fire(self, order: Any) -> dict[str, Any]:
        match order:
            case {"event": str(event), "user": user} if event in EVENTS:
                body = EVENTS[event] | {"user_id": _user(user)}
            case _:
                raise BadRequest("There is no such event.")
        status, answer = self._api.call("POST", "/notifications", body)
        return {"status": status, "answer": answer}


def _user(name: object) -> str:
    if name not in USERS:
        raise BadRequest("There is no such user.")
    return str(name)


# Nothing from elsewhere, in the page or in an email that it shows.
_PAGE_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline';"
    " connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
}


def _json(body: object, status: int = 200) -> Response:
    return Response(json.dumps(body), status, mimetype="application/json", headers={"Cache-Control": "no-store"})
