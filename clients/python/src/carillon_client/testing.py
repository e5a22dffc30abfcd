"""Carillon in memory, for the tests of applications."""

import json
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import sha256
from threading import Lock
from typing import Any
from urllib.parse import parse_qsl, unquote

import httpx

from ._answers import RecordedNotification

_CONTENT = ("target_url", "data", "batch_key", "send_at", "expires_at")
_SWITCHES = {"in_app_enabled": True, "email_enabled": True, "push_enabled": False, "digest_minutes": 5}


class FakeCarillon(httpx.MockTransport):
    """A transport that answers as Carillon does, for a `Client` or an `AsyncClient`.

    It keeps keys, so repeats are replayed and other content under a key is refused. It checks nothing else and sends
    nothing: `carillon_client` checks names, and the service checks values. It also answers any token endpoint.

    Attributes:
        notifications: all that were recorded and not retracted, the oldest first.
        contacts: the contact data by person.
        requests: all requests, also those that failed.
    """

    def __init__(self) -> None:
        super().__init__(self._answer)
        self.notifications: list[RecordedNotification] = []
        self.contacts: dict[str, dict[str, Any]] = {}
        self.requests: list[httpx.Request] = []
        self._preferences: dict[str, dict[str, Any]] = {}
        self._by_key: dict[tuple[str, str], tuple[dict[str, Any], RecordedNotification]] = {}
        self._retracted: dict[str, dict[str, Any]] = {}
        self._failures: list[httpx.Response | Exception] = []
        self._lock = Lock()

    def fail(self, status: int | None, *, times: int = 1, code: str = "unavailable", retry_after: int = 0) -> None:
        """Answer the next requests with an error. A `status` of None breaks the connection."""
        for _ in range(times):
            if status is None:
                self._failures.append(httpx.ConnectError("the test broke the connection"))
                continue
            answer = _error(status, code, "set by the test")
            answer.headers["Retry-After"] = str(retry_after)
            self._failures.append(answer)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        with self._lock:
            self.requests.append(request)
            if "grant_type=" in request.content.decode(errors="replace"):
                return httpx.Response(200, json={"access_token": f"token-{len(self.requests)}", "expires_in": 3600})
            if self._failures:
                failure = self._failures.pop(0)
                if isinstance(failure, Exception):
                    raise failure
                return failure
            return self._route(request)

    def _route(self, request: httpx.Request) -> httpx.Response:
        path, _, query = request.url.raw_path.decode().partition("?")
        parts = [unquote(part) for part in path.rstrip("/").split("/")]
        given: dict[str, Any] = json.loads(request.content) if request.content else {}
        options = dict(parse_qsl(query))
        routes: dict[tuple[str, str, int], Callable[[], httpx.Response]] = {
            ("POST", "notifications", 1): lambda: self._create(given, planned="dry_run" in options),
            ("DELETE", "notifications", 1): lambda: self._retract_by_key(**options),
            ("DELETE", "notifications", 2): lambda: self._retract(parts[-1]),
            ("GET", "deliveries", 1): lambda: self._deliveries(parts[-2]),
            ("PUT", "preferences", 1): lambda: self._set_preferences(parts[-2], given),
            ("GET", "preferences", 1): lambda: self._set_preferences(parts[-2], self._preferences.get(parts[-2], {})),
            ("GET", "recipients", 2): lambda: self._contact(parts[-1]),
            ("PUT", "recipients", 2): lambda: self._set_contact(parts[-1], given),
            ("DELETE", "recipients", 2): lambda: self._erase(parts[-1]),
            ("GET", "exports", 2): lambda: self._export(parts[-1]),
            ("GET", "health", 1): lambda: httpx.Response(200, json={"status": "ok"}),
        }
        last, before = parts[-1], parts[-2]
        route = routes.get((request.method, last, 1)) or routes.get((request.method, before, 2))
        return route() if route else _error(404, "not_found", "no such route")

    def _create(self, body: dict[str, Any], *, planned: bool) -> httpx.Response:
        many: list[str] | None = body.get("user_ids")
        results = [self._record(user_id, body, planned=planned) for user_id in many or [body["user_id"]]]
        if many is None:
            [(notification, replayed, conflict)] = results
            if conflict:
                extra = {"notification_id": notification["id"]}
                return _error(422, "idempotency_key_reused", "the key belongs to another notification", **extra)
            answer = {"notification": notification, **({"dry_run": True} if planned else {})}
            headers = {"Idempotency-Replayed": "true"} if replayed else {}
            return httpx.Response(200 if replayed or planned else 201, json=answer, headers=headers)
        recipients = [
            {"user_id": each["user_id"], "id": each["id"], "replayed": replayed, "conflict": conflict}
            | ({"in_app": True, "routing": each["routing"]} if planned else {})
            for each, replayed, conflict in results
        ]
        counts = {
            "created": sum(not replayed and not conflict for _, replayed, conflict in results),
            "replayed": sum(replayed for _, replayed, _ in results),
            "conflicts": sum(conflict for *_, conflict in results),
        }
        status = 201 if counts["created"] and not planned else 200
        return httpx.Response(
            status, json={"notifications": recipients, **counts, **({"dry_run": True} if planned else {})}
        )

    def _record(self, user_id: str, body: dict[str, Any], *, planned: bool) -> tuple[RecordedNotification, bool, bool]:
        """Return the notification, and whether it is a repeat or a conflict."""
        given = body.get("idempotency_key")
        key = given or (f"{user_id}:{body['event_name']}:{body['resource_id']}" if "resource_id" in body else None)
        names = {"user_id", "user_ids", "idempotency_key", "idempotency_mode"}
        content = {name: value for name, value in body.items() if name not in names}
        if key and (first := self._by_key.get((user_id, key))):
            same = first[0] == content or not given or body.get("idempotency_mode") == "first"
            return first[1], same, not same
        route = {"action": "off", "reason": "no_address", "rule": "user"}
        notification: Any = {
            "id": str(uuid.uuid4()), "user_id": user_id, "event_name": body["event_name"],
            "created_by": {"kind": "producer", "name": "test"}, "severity": body.get("severity", "info"),
            **{name: body.get(name) for name in _CONTENT}, **_texts(body), "read_at": None, "archived_at": None,
            "created_at": _now(), "updated_at": _now(), "idempotency_key": key, "in_app": True,
            "routing": {"email": route, "push": route},
        }  # fmt: skip
        if not planned:
            self.notifications.append(notification)
            if key:
                self._by_key[user_id, key] = (content, notification)
        return notification, False, False

    def _retract_by_key(self, user_id: str, idempotency_key: str) -> httpx.Response:
        found = self._by_key.get((user_id, idempotency_key))
        return self._retract(found[1]["id"]) if found else _error(404, "not_found", "no such notification")

    def _retract(self, notification_id: str) -> httpx.Response:
        for notification in self.notifications:
            if notification["id"] == notification_id:
                self.notifications.remove(notification)
                channels = {name: {"state": "off", "reason": "no_address"} for name in ("email", "push")}
                self._retracted[notification_id] = {
                    "notification_id": notification_id, "user_id": notification["user_id"], "retracted_at": _now(),
                    "channels": channels,
                }  # fmt: skip
                break
        if known := self._retracted.get(notification_id):
            return httpx.Response(200, json=known)
        return _error(404, "not_found", "no such notification")

    def _deliveries(self, notification_id: str) -> httpx.Response:
        for notification in self.notifications:
            if notification["id"] == notification_id:
                off = {"action": "off", "reason": "no_address", "rule": "user", "leaves_at": None, "delivery": None,
                       "explanation": "There is no address."}  # fmt: skip
                shown = {"reason": "shown", "explanation": "It is in the list."}
                answers = {"in_app": shown, "email": off, "push": off}
                answer: dict[str, Any] = {"notification_id": notification_id, "in_app": True, "channels": answers,
                          "routing": notification["routing"], "deliveries": []}  # fmt: skip
                return httpx.Response(200, json=answer)
        return _error(404, "not_found", "no such notification")

    def _contact(self, user_id: str) -> httpx.Response:
        found = self.contacts.get(user_id)
        return httpx.Response(200, json=found) if found else _error(404, "not_found", "no contact data")

    def _set_contact(self, user_id: str, given: dict[str, Any]) -> httpx.Response:
        empty = dict.fromkeys(("email", "locale", "timezone"))
        self.contacts[user_id] = {
            **empty, **given, "user_id": user_id, "email_status": "ok", "updated_at": _now()
        }  # fmt: skip
        return self._contact(user_id)

    def _export(self, user_id: str) -> httpx.Response:
        stored = [dict(each) for each in self.notifications if each["user_id"] == user_id]
        answer: dict[str, Any] = {
            "user_id": user_id, "recipient": self.contacts.get(user_id), "preferences": self._preferences.get(user_id),
            "devices": [], "notifications": stored, "next_cursor": None,
        }  # fmt: skip
        return httpx.Response(200, json=answer)

    def _erase(self, user_id: str) -> httpx.Response:
        kept = [each for each in self.notifications if each["user_id"] != user_id]
        deleted = {
            "notifications": len(self.notifications) - len(kept), "deliveries": 0, "devices": 0,
            "preferences": int(self._preferences.pop(user_id, None) is not None),
            "contact_data": int(self.contacts.pop(user_id, None) is not None),
        }  # fmt: skip
        self.notifications = kept
        self._by_key = {key: value for key, value in self._by_key.items() if key[0] != user_id}
        person = "sha256:" + sha256(user_id.encode()).hexdigest()[:16]
        receipt = {"id": str(uuid.uuid4()), "person": person, "erased_at": _now(), "deleted": deleted}
        return httpx.Response(200, json={"receipt": receipt})

    def _set_preferences(self, user_id: str, given: dict[str, Any]) -> httpx.Response:
        chosen = {name: value for name, value in given.items() if value is not None}
        answer: dict[str, Any] = {
            **_SWITCHES, "quiet_hours": None, "timezone": "UTC", "timezone_known": False, "rules": {}, **chosen,
            "default_email": "critical", "categories": [], "by_default": [n for n in _SWITCHES if n not in chosen],
            "channels": ["email", "push"], "address_known": user_id in self.contacts,
            "email_status": "ok" if user_id in self.contacts else None, "email_help": None, "device_known": False,
            "updated_at": _now() if chosen else None,
        }  # fmt: skip
        self._preferences[user_id] = chosen
        return httpx.Response(200, json=answer)


def _texts(body: dict[str, Any]) -> dict[str, Any]:
    """Return the texts that a person gets. The service chooses the person's language, and the fake the first."""
    texts = {name: _first(body.get(name)) for name in ("title", "summary", "body")}
    return texts if "template" not in body else {**texts, "title": body["template"]}


def _first(text: str | dict[str, str] | None) -> str | None:
    return next(iter(text.values())) if isinstance(text, dict) else text


def _error(status: int, code: str, message: str, **extra: Any) -> httpx.Response:
    error = {"code": code, "message": message, "request_id": "test", "docs": f"docs/errors.md#{code}", **extra}
    return httpx.Response(status, json={"error": error})


def _now() -> str:
    return datetime.now(UTC).isoformat().replace("+00:00", "Z")
