"""The requests of contract/examples.yaml, sent to the functions in their order."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from contract.examples import Example
from functions.openapi import TARGET
from tests.support.service import Answer, Service

CLOCK = "2026-11-24T10:00:00Z"
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
NOBODY = "0198c0de-0000-7000-8000-000000000000"  # the id of the examples about nothing


@dataclass
class Story:
    """One telling. `answers` has each answer by the name of its example."""

    service: Service
    answers: dict[str, Answer] = field(default_factory=dict[str, Answer])
    exchanged: dict[str, Any] = field(default_factory=dict[str, Any])
    _shown: dict[str, str] = field(default_factory=dict[str, str])  # ids as they are shown, by the real ones

    def tell(self, example: Example) -> Answer:
        """Send one request, and keep what was said on both sides."""
        method, path = routes()[example.operation]
        for name, value in self._resolve(example.path).items():
            path = path.replace(f"{{{name}}}", quote(value, safe=""))
        body = None if example.body is None else self._resolve(example.body)
        answer = self.service.call(
            method, path, body, claims=example.claims, headers=example.headers, query=self._resolve(example.query)
        )
        self.answers[example.name] = answer
        said = json.loads(answer.text) if answer.text else None
        self.exchanged[example.name] = {"body": self._show(body), "answer": self._show(said)}
        return answer

    def _resolve(self, value: Any) -> Any:
        """Return a value with the answers that it names, as `$name.a.b`."""
        if isinstance(value, Mapping):
            return {name: self._resolve(each) for name, each in value.items()}
        if isinstance(value, str) and value.startswith("$"):
            name, *fields = value[1:].split(".")
            found: Any = self.answers[name].json
            for part in fields:
                found = found[part]
            return found
        return value

    def _show(self, value: Any) -> Any:
        """Return a value with ids that are the same in each telling."""
        text = _UUID.sub(lambda found: self._id(found[0]), json.dumps(value, ensure_ascii=False))
        return json.loads(text)

    def _id(self, real: str) -> str:
        if real == NOBODY:
            return real
        return self._shown.setdefault(real, f"019ab3f2-0000-7000-8000-{len(self._shown) + 1:012d}")


def routes() -> dict[str, tuple[str, str]]:
    """Return the method and the path of each operation of the committed document."""
    paths = json.loads(TARGET.read_text("utf-8"))["paths"]
    return {
        operation["operationId"]: (method.upper(), path)
        for path, operations in paths.items()
        for method, operation in operations.items()
    }
