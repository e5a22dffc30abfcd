"""Sources of the command doctor that answer from recorded answers, a scripted issuer and scripted DNS.

botocore's Stubber compares each recorded answer with the shape that AWS documents.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import botocore.session
from botocore.stub import Stubber

from cli.doctor.sources import NotChecked, Page, Sources, action_of
from cli.session import Session
from cli.stack import Target
from tests.support.paths import ROOT

ANSWERS = ROOT / "tests" / "unit" / "cli" / "doctor" / "answers"
REGION = "eu-central-1"
_TIMES = ("Timestamp", "CreationTime", "CreateDate", "LastModified", "ExpirationDate")

# The records of DNS, by name and kind; an exception is raised.
type Zone = Mapping[tuple[str, str], list[str]]
# The answers of addresses: a JSON document, a status, or an error.
type Site = Mapping[str, Any]


class RecordedSources(Sources):
    """Sources that answer what files of `answers/` say. Several answers to one question come one after the other."""

    def __init__(self, *answers: str, zone: Zone | None = None, site: Site | None = None, **options: Any) -> None:
        session = Session(Target(stack_name="carillon", region=REGION), as_json=True)
        super().__init__(session, fetch=self._fetch, resolve=self._resolve, **options)
        self.asked: set[str] = set()
        self.denied: set[str] = set()
        self.asked_for: list[dict[str, Any]] = []
        self._zone, self._site = zone or {}, site or {}
        self._recorded: dict[tuple[str, str], list[dict[str, Any]]] = {}
        for name in answers:
            document = recorded(name)
            self._recorded.setdefault((document["service"], document["operation"]), []).append(document)

    def client(self, service: str) -> Any:
        """Return a client whose requests never leave this process."""
        if service not in self._clients:
            client: Any = botocore.session.Session().create_client(
                service, REGION, aws_access_key_id="testing", aws_secret_access_key="testing"
            )
            self._clients[service] = client
        return self._clients[service]

    def ask(self, service: str, operation: str, **parameters: Any) -> dict[str, Any]:
        """Answer from the files."""
        client = self.client(service)
        action = action_of(client, service, operation)
        self.asked.add(action)
        self.asked_for.append(parameters)
        with Stubber(client) as stubber:
            if action in self.denied:
                stubber.add_client_error(operation, service_error_code="AccessDeniedException")
            else:
                left = self._recorded.get((service, operation))
                assert left, f"no recorded answer to {service} {operation}"
                document = left.pop(0) if len(left) > 1 else left[0]
                if "error" in document:
                    stubber.add_client_error(operation, service_error_code=document["error"])
                else:
                    stubber.add_response(operation, document["answer"])
            return super().ask(service, operation, **parameters)

    def _fetch(self, url: str) -> Page:
        answer = self._site.get(url)
        match answer:
            case None:
                raise OSError("refused")
            case int():
                return Page(answer, b"")
            case Page():
                return answer
            case bytes():
                return Page(200, answer)
            case _:
                return Page(200, json.dumps(answer).encode())

    def _resolve(self, name: str, kind: str) -> list[str]:
        if ("*", "timeout") in self._zone:
            raise NotChecked("dns_silent", name=name, error="LifetimeTimeout")
        return self._zone.get((name, kind), self._zone.get(("*", kind), []))


def recorded(name: str) -> dict[str, Any]:
    """Return one file of `answers/`, with times as botocore returns them."""
    return json.loads((ANSWERS / f"{name}.json").read_text("utf-8"), object_hook=_times)


def files() -> list[Path]:
    """Return all files with answers."""
    return sorted(ANSWERS.glob("*.json"))


def _times(document: dict[str, Any]) -> dict[str, Any]:
    return {
        name: datetime.fromisoformat(value)
        if name.endswith(_TIMES) and isinstance(value, str) and "T" in value
        else value
        for name, value in document.items()
    }
