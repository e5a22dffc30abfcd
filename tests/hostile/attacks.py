"""Attacks made by hand: sizes, names, encodings, depth, ids, tokens, links, headers, queries, methods and fields."""

import gzip
import json
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from carillon.api import gate
from tests.hostile import values
from tests.hostile.gateway import Sent

USER: Mapping[str, str] = {"sub": "alice"}
PRODUCER: Mapping[str, str] = {"client_id": "app", "sub": "app", "scope": "openid carillon/send"}
JSON: Mapping[str, str] = {"Content-Type": "application/json"}
CLAIMS: list[Mapping[str, str]] = [USER, PRODUCER]

VALID: dict[str, dict[str, Any]] = {
    "POST /notifications": {
        "event_name": "a.b", "title": "T", "body": "B", "summary": "S", "severity": "warning", "target_url": "/a",
        "data": {"a": [1, {"b": None}]}, "resource_id": "r", "idempotency_key": "k", "batch_key": "b",
        "send_at": "2026-11-23T10:00:00Z", "expires_at": "2099-11-23T10:00:00Z", "user_id": "alice",
    },
    "PATCH /notifications": {"all": True, "before": "2026-11-23T10:00:00Z"},
    "PATCH /notifications/{id}": {"read": True, "archived": False},
    "PUT /preferences": {
        "email_enabled": True, "digest_minutes": 5, "quiet_hours": {"from": "22:00", "to": "07:00"},
        "rules": {"a": {"email": {"enabled": True, "grouping": "hourly", "minimum_severity": "info"}}},
        "by_default": ["digest_minutes"],
    },
    "PUT /recipients/alice": {"email": "a@b.example", "locale": "fr", "timezone": "Europe/Paris"},
    "PUT /recipients/alice/preferences": {"push_enabled": False},
    "POST /devices": {"platform": "fcm", "token": "t"},
}  # fmt: skip
READ = (
    "/notifications", "/notifications/unread-count", "/notifications/{id}/deliveries", "/preferences", "/devices",
    "/health", "/openapi.json", "/recipients/alice", "/recipients/alice/preferences", "/unsubscribe/{link}",
)  # fmt: skip
REMOVED = (
    "/notifications/{id}", "/notifications?user_id=alice&idempotency_key=k", "/devices/{id}", "/recipients/bob",
)  # fmt: skip
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "get", "X" * 100)


@dataclass
class Attacker:
    """Makes one attack after the other. `ids` are notifications that exist, `links` are genuine tokens of links."""

    dice: random.Random
    ids: Sequence[str]
    links: Sequence[str]

    def attack(self) -> Sent:
        """Return one attack of a random kind."""
        kinds: list[Callable[[], Sent]] = [
            self._size, self._names, self._encoding, self._depth, self._id, self._token, self._link, self._header,
            self._query, self._method, self._field, self._field, self._form,
        ]  # fmt: skip
        return self.dice.choice(kinds)()

    def _fill(self, path: str) -> str:
        known = self.dice.choice([*self.ids, "x", "0198c0de-0000-7000-8000-000000000000", "%00", "a" * 3000])
        return path.replace("{id}", known).replace("{link}", self._token_of_link())

    def _write(self, kind: str, body: bytes | str, *, route: str | None = None, claims: Mapping[str, str] | None = None,
               headers: Mapping[str, str] | None = None) -> Sent:  # fmt: skip
        method, path = (route or self.dice.choice(list(VALID))).split(" ")
        content = body if isinstance(body, bytes) else body.encode(errors="surrogatepass")
        is_producers = path.startswith("/recipients") or b'"user_id' in content or b'"userId' in content
        return Sent(kind, method, self._fill(path), content, {**JSON, **(headers or {})},
                    claims or (PRODUCER if is_producers else USER))  # fmt: skip

    def _size(self) -> Sent:
        route = self.dice.choice(list(VALID))
        limit = gate.max_body_bytes(*route.split(" "))
        size = self.dice.choice([limit, limit + 1, limit // 2, limit * 2, 6_000_000])
        first = self.dice.choice(list(VALID[route]))
        unit = self.dice.choice(["0.25,", "1,", '"x",', '{"a":1},', "[],", "null,", '"\\u3164",'])
        body = self.dice.choice([
            json.dumps({"title": "x" * size}), json.dumps({"x" * size: 1}), "x" * size, " " * size, "9" * size,
            f'{{"{first}":[{(unit * (size // len(unit)))[:-1]}]}}',
            "{" + ",".join(f'"n{number}":{{}}' for number in range(size // 14)) + "}",
            f'{{"{first}":{{' + ",".join(f'"a{number}":{{}}' for number in range(size // 14)) + "}}",
            json.dumps({"event_name": "a.b", "title": "T", "user_ids": [f"u{n}" for n in range(size // 12)]}),
        ])  # fmt: skip
        return self._write("size", body, route=route)

    def _names(self) -> Sent:
        route, body = self._valid()
        name = self.dice.choice(list(body))
        camel = "".join(word.title() if position else word for position, word in enumerate(name.split("_")))
        other = self.dice.choice(
            [name, camel, name.upper(), f"{name}\u200b", "__proto__", "", "x" * 3000, "a.b", "\x00"]
        )
        text = json.dumps(body)
        return self._write("names", f"{text[:-1]},{json.dumps(other)}:{json.dumps(body[name])}}}", route=route)

    def _encoding(self) -> Sent:
        route, body = self._valid()
        text = json.dumps(body | {"title": "été 🔔"}, ensure_ascii=False)
        content = self.dice.choice([
            text.encode(self.dice.choice(["latin-1", "utf-16", "utf-32", "utf-7", "cp1252"]), errors="replace"),
            b"\xef\xbb\xbf" + text.encode(), gzip.compress(text.encode()), text.encode() + b"\xff", b"\xc0\xaf",
            b"\xed\xa0\x80", text.encode()[:-9], b"\x00" * 100, b"\x80" * 3000,
            text.encode() + b"\r\n\x00", b"\x1f\x8b",
        ])  # fmt: skip
        header = {"Content-Type": self.dice.choice(values.CONTENT_TYPES)}
        if self.dice.random() < 0.2:
            header["Content-Encoding"] = self.dice.choice(["gzip", "br", "identity", "x" * 3000])
        return self._write("encoding", content, route=route, headers=header)

    def _depth(self) -> Sent:
        depth, opened, closed = (
            self.dice.choice([31, 33, 500, 5000, 100_000]),
            *self.dice.choice(["[]", ('{"a":', "}")]),
        )
        text = opened * depth + "1" + closed * depth
        route, body = self._valid()
        name = self.dice.choice([*body, "data", "unknown"])
        return self._write("depth", self.dice.choice([text, opened * depth, f'{{"{name}":{text}}}']), route=route)

    def _id(self) -> Sent:
        user_id = self.dice.choice(values.IDS)
        if self.dice.random() < 0.5:
            raw = quote(user_id, safe="", errors="surrogatepass")
            method = self.dice.choice(["GET", "HEAD", "PUT", "DELETE"])
            path = self.dice.choice([f"/recipients/{raw}", f"/recipients/{raw}/preferences", f"/devices/{raw}",
                                     f"/notifications/{raw}", f"/notifications/{raw}/deliveries"])  # fmt: skip
            return Sent("id", method, path, b"{}" if method == "PUT" else b"", JSON, PRODUCER)
        named: dict[str, Any] = self.dice.choice([{"user_id": user_id}, {"user_ids": ["bob", user_id]}])
        return self._write("id", json.dumps({"event_name": "a.b", "title": "T"} | named), route="POST /notifications")

    def _token(self) -> Sent:
        route, body = self._valid()
        claims = self.dice.choice(values.SUBJECTS)
        if self.dice.random() < 0.5:
            return Sent("token", "GET", self._fill(self.dice.choice(READ)), claims=claims)
        return self._write("token", json.dumps(body), route=route, claims=claims)

    def _link(self) -> Sent:
        target = self.dice.choice(values.LINKS)
        body = {"event_name": "a.b", "title": "T", "target_url": target}
        return self._write("link", json.dumps(body), route="POST /notifications", claims=USER)

    def _header(self) -> Sent:
        headers = dict(self.dice.sample(values.HEADERS, self.dice.randint(1, 4)))
        if self.dice.random() < 0.5:
            return Sent(
                "header", "GET", self._fill(self.dice.choice(READ)), headers=headers, claims={**PRODUCER, **USER}
            )
        route, body = self._valid()
        return self._write("header", json.dumps(body), route=route, headers=headers)

    def _query(self) -> Sent:
        query = self.dice.choice(values.QUERIES)
        if self.dice.random() < 0.6:
            path = self._fill(self.dice.choice([*READ, *REMOVED])).partition("?")[0]
            method = "DELETE" if path.startswith("/recipients/bob") or self.dice.random() < 0.3 else "GET"
            return Sent("query", method, f"{path}?{query}", claims=self.dice.choice(CLAIMS))
        body = json.dumps({"event_name": "a.b", "title": "T"})
        return Sent("query", "POST", f"/notifications?{query}", body.encode(), JSON, USER)

    def _method(self) -> Sent:
        path = self._fill(
            self.dice.choice([*READ, *REMOVED, "/", "//", "/notifications/", "/recipients/", "/%2e%2e/x"])
        )
        body = self.dice.choice([b"", b"{}", b"x" * 20_000])
        return Sent("method", self.dice.choice(METHODS), path, body, JSON, self.dice.choice([None, *CLAIMS]))

    def _field(self) -> Sent:
        route, body = self._valid()
        name = self.dice.choice(list(body))
        pools: list[Sequence[Any]] = [values.TEXTS, values.NUMBERS, values.TIMES, values.PLAIN, values.LINKS]
        value = self.dice.choice(self.dice.choice(pools))
        body[name] = self.dice.choice([value, [value], {"a": value}, {str(value)[:300]: value}, [[value] * 40] * 3])
        return self._write("field", json.dumps(body), route=route)

    def _form(self) -> Sent:
        pair = self.dice.choice(
            [b"List-Unsubscribe=One-Click", b"scope=all", b"scope=category", b"scope=x", b"", b"=&" * 4000]
        )
        body = (
            self.dice.choice([b"", b"\xff&", b"x=1&", b" \r\n"]) + pair + self.dice.choice([b"", b"\r\n", b"&x=\xe9"])
        )
        header = {"Content-Type": self.dice.choice(values.CONTENT_TYPES)}
        return Sent("form", "POST", self._fill("/unsubscribe/{link}"), body, header)

    def _token_of_link(self) -> str:
        token = self.dice.choice(self.links)
        position = self.dice.randrange(len(token))
        return self.dice.choice([
            token, token, token[:position], token[:position] + "A" + token[position + 1 :], token + token,
            "x", "." * 50, "A" * 6000, quote("\x00"), "%FF", "null", token.swapcase(), token.replace(".", "%2E"),
        ])  # fmt: skip

    def _valid(self) -> tuple[str, dict[str, Any]]:
        route = self.dice.choice(list(VALID))
        return route, dict(VALID[route])
