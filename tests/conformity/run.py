"""One run of schemathesis over the whole document, with all of its checks that apply."""

import json
import logging
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from time import monotonic
from typing import Any
from uuid import UUID

import requests
import schemathesis
from schemathesis.config import (
    ChecksConfig,
    CoveragePhaseConfig,
    ExamplesPhaseConfig,
    FuzzingPhaseConfig,
    GenerationConfig,
    PhasesConfig,
    ProjectConfig,
    ProjectsConfig,
    SchemathesisConfig,
    SimpleCheckConfig,
    StatefulPhaseConfig,
)
from schemathesis.engine import events, from_schema

from devstack.machine.options import HOST
from devstack.machine.web import Site
from tests.conformity.site import ApiSite, token_of
from tests.hostile.functions import Functions
from tests.hostile.gateway import DOCUMENT

PERSON: Mapping[str, str] = {"sub": "alice"}
PRODUCER: Mapping[str, str] = {
    "client_id": "app", "scope": "carillon/send carillon/recipients carillon/erase",
}  # fmt: skip
TIMEOUT_SECONDS = 60  # for a first answer on a busy machine
KNOWN = 40  # notifications, before the first request
OF_PRODUCERS = ("recipients.", "notifications.retract")

# The rules that JSON Schema cannot say, or only in a way that no one reads. The descriptions say them in words.
# By the message with which Carillon refuses what breaks one: docs/api.md has each.
IN_WORDS = re.compile(
    r"must be a time zone of the IANA database|which is not one of the allowed origins|must be at most a year ahead"
    r"|must be after send_at|quiet hours end|must be an email address|only ASCII characters before the @"
    r"|must have a domain after the @|must not be blank|must not contain control characters"
    r"|must not be or contain the path segments|must not end with /preferences"
    r"|must not contain NUL characters or lone surrogates|must not contain U\+FFFD"
    r"|must be at most 16384 bytes as JSON|objects and lists more than 32 deep|too big to be read back"
    r"|must not contain spaces, control characters or backslashes|must start with exactly one '/'|is mandatory"
    r"|is not a template of this stack|must have the languages of|must name a language once"
    r"|must be a language tag"
    r"|is not set up in this stack|between the years 1 and 9999|name either .* or .*, not both"
)


@dataclass
class Report:
    """The requests of a run, their answers, and the problems."""

    requests: int = 0
    cases: Counter[str] = field(default_factory=Counter[str])
    statuses: Counter[int] = field(default_factory=Counter[int])
    checks: Counter[str] = field(default_factory=Counter[str])
    in_words: Counter[str] = field(default_factory=Counter[str])
    problems: list[str] = field(default_factory=list[str])
    seconds: float = 0.0


def run(functions: Functions, *, examples: int, whole: bool, seed: int) -> Report:
    """Send what the document describes, with `examples` random requests for each operation, and check each answer.

    Without `whole`, only the documented examples and random requests: no boundary values, and no sequences.
    """
    api = ApiSite(functions)
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    server = Site(0, api.answer)
    try:
        address = f"http://{HOST}:{server.port}"
        return _run(api, address, _config(address, examples, seed, whole=whole))
    finally:
        server.stop()


def _run(api: ApiSite, address: str, config: SchemathesisConfig) -> Report:
    began, report = monotonic(), Report()
    schema: Any = schemathesis.openapi.from_dict(json.loads(DOCUMENT.read_text("utf-8")), config=config)
    schema.auth()(_Tokens)
    known = _record(address)

    @schema.hook
    def map_path_parameters(context: Any, path_parameters: dict[str, Any] | None) -> dict[str, Any] | None:
        return _with_known_ids(path_parameters, known) if path_parameters else path_parameters

    @schema.hook
    def filter_failure(context: Any, failure: Any, case: Any, response: Any) -> bool:
        rule = _in_words(failure, response)
        if rule is not None:
            report.in_words[rule] += 1
        return rule is None

    for event in from_schema(schema).execute():
        if isinstance(event, events.ScenarioFinished):
            _read(event, report)
        elif isinstance(event, (events.NonFatalError, events.FatalError)):
            report.problems.append(f"schemathesis: {event!r}"[:2000])
    report.requests, report.seconds = api.count, monotonic() - began
    return report


def _record(address: str) -> list[str]:
    """Record notifications for the person, and return their ids."""
    ids: list[str] = []
    for number in range(KNOWN):
        body = {"event_name": "a.b", "title": f"T {number}", "user_id": PERSON["sub"], "idempotency_key": f"k{number}"}
        answer = requests.post(f"{address}/notifications", json=body, headers={"Authorization": token_of(PRODUCER)})
        ids.append(answer.json()["notification"]["id"])
    return ids


def _with_known_ids(parameters: dict[str, Any], known: list[str]) -> dict[str, Any]:
    """Return the parameters of a path, every other UUID replaced by one of a notification that exists."""
    given = parameters.get("notification_id")
    try:
        number = UUID(given).int if isinstance(given, str) else 1
    except ValueError:
        return parameters
    return parameters if number % 2 else {**parameters, "notification_id": known[number // 2 % len(known)]}


class _Tokens:
    """The token of a request: that of a producer where the route or the body is a producer's, else a person's."""

    def get(self, case: Any, context: Any) -> str:
        del context
        return token_of(PRODUCER if _is_producers(case) else PERSON)

    def set(self, case: Any, data: str, context: Any) -> None:
        del context
        case.headers = {**(case.headers or {}), "Authorization": data}


def _is_producers(case: Any) -> bool:
    operation = case.operation.definition.raw["operationId"]
    body = case.body if isinstance(case.body, dict) else {}
    names_people = any(body.get(name) is not None for name in ("user_id", "user_ids"))
    return operation.startswith(OF_PRODUCERS) or (operation == "notifications.create" and names_people)


def _in_words(failure: Any, response: Any) -> str | None:
    """Return the rule in words for which a request that follows the schema was refused, or None."""
    if type(failure).__name__ == "AcceptedNegativeData" and response.status_code == 413:
        return "too_large"  # refused, by a status that schemathesis does not expect
    if type(failure).__name__ != "RejectedPositiveData" or response.status_code != 422:
        return None
    error = json.loads(response.content)["error"]
    if error["code"] == "idempotency_key_reused":  # an earlier request of the run used the key
        return error["code"]
    found = [IN_WORDS.search(detail["message"]) for detail in error.get("details", [{"message": error["message"]}])]
    rules = [rule[0] for rule in found if rule]
    return rules[0] if len(rules) == len(found) else None


def _read(event: Any, report: Report) -> None:
    recorder = event.recorder
    for case_id, node in recorder.cases.items():
        mode = node.value.meta.generation.mode.value if node.value.meta else "other"
        report.cases[f"{event.phase.value}, {mode}"] += 1
        interaction = recorder.interactions.get(case_id)
        if interaction is not None and interaction.response is not None:
            report.statuses[interaction.response.status_code] += 1
        for check in recorder.checks.get(case_id, ()):
            report.checks[check.name] += 1
            if check.failure_info is not None:
                failure = check.failure_info.failure
                said = ""
                if interaction is not None and interaction.response is not None:
                    request, content = interaction.request, interaction.response.content[:300]
                    said = f"\n  {request.method} {request.uri[:300]} {str(request.body)[:300]} -> {content!r}"
                report.problems.append(
                    f"{recorder.label}: {check.name}: {failure.title}: {failure.message[:300]}{said}"
                )


def _config(address: str, examples: int, seed: int, *, whole: bool) -> SchemathesisConfig:
    generation = GenerationConfig(max_examples=examples, no_shrink=True, deterministic=False, database="none")
    project = ProjectConfig(
        base_url=address,
        request_timeout=TIMEOUT_SECONDS,
        generation=generation,
        phases=PhasesConfig(
            examples=ExamplesPhaseConfig(), coverage=CoveragePhaseConfig(enabled=whole, unexpected_methods=set()),
            fuzzing=FuzzingPhaseConfig(),
            stateful=StatefulPhaseConfig(enabled=whole),
        ),
        # API Gateway answers 404 for a method that a path does not have. RFC 9110 would have 405.
        checks=ChecksConfig(unsupported_method=SimpleCheckConfig(enabled=False)),
    )  # fmt: skip
    return SchemathesisConfig(seed=seed, projects=ProjectsConfig(default=project))
