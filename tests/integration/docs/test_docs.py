"""The pages of docs/ agree with the code."""

import json
import re
from collections.abc import Callable
from importlib.resources import files
from typing import Any, get_args

import pytest

from carillon.models.delivery import OutcomeKind
from carillon.models.preferences import Preferences
from carillon.models.retract import RetractedState
from carillon.models.story import HeldBy
from carillon.notifications.explanation import SENTENCES
from carillon.settings import DeliverSettings, ReaperSettings
from tests.support.environment import Connect
from tests.support.paths import ROOT
from tests.support.service import Service
from tests.support.timeline import Timeline

API = (ROOT / "docs" / "api.md").read_text()
ARCHITECTURE = (ROOT / "docs" / "architecture.md").read_text()


def section(text: str, title: str) -> str:
    """Return the text between a heading and the next one."""
    return re.split(r"^#+ ", text.split(f"# {title}\n", 1)[1], maxsplit=1, flags=re.MULTILINE)[0]


def json_examples(text: str) -> list[dict[str, object]]:
    return [json.loads(example) for example in re.findall(r"```json\n(.*?)\n```", text, re.DOTALL)]


def test_each_route_is_in_the_api_page() -> None:
    described = json.loads(files("carillon").joinpath("api", "openapi.json").read_text())["paths"]
    written = set(re.findall(r"/[a-z][a-z.-]*(?:/(?:\{[a-z_]+\}|[a-z-]+))*", API))
    missing = {path for path in described if re.sub(r"\{[a-z_]+\}", "{}", path) not in
               {re.sub(r"\{[a-z_]+\}", "{}", path) for path in written}}  # fmt: skip
    assert not missing


def test_the_example_of_an_error_is_a_real_answer(service: Service) -> None:
    [shown] = json_examples(section(API, "Errors"))
    example: Any = shown
    answer = service.call("POST", "/notifications", {"event_name": "a.b"}, user="alice")
    example["error"]["request_id"] = answer.json["error"]["request_id"]  # each request has another one
    assert (answer.status, answer.json) == (422, example)


def test_the_example_of_many_recipients_is_a_real_answer(service: Service) -> None:
    [example] = json_examples(section(API, "POST /notifications"))
    body = {"user_ids": ["alice"], "event_name": "a.b", "title": "T"}
    answer = service.call("POST", "/notifications", body, producer="billing").json
    answer["notifications"][0]["id"] = "…"
    assert answer == example


def test_the_example_of_retracting_is_a_real_answer(service: Service, reachable: Callable[..., None]) -> None:
    text = section(API, "DELETE /notifications/{id}, DELETE /notifications")
    [example] = json_examples(text)
    reachable("alice")
    body = {"user_id": "alice", "event_name": "a.b", "title": "T", "severity": "critical"}
    made = service.call("POST", "/notifications", body, producer="billing").json["notification"]
    answer = service.call("DELETE", f"/notifications/{made['id']}", producer="billing").json
    answer |= {"notification_id": "…", "retracted_at": example["retracted_at"]}
    answer["channels"]["email"]["delivery_id"] = "…"
    assert answer == example
    states = set(re.findall(r"^\| `([a-z_]+)` \|", text, re.MULTILINE)) - {"state"}
    assert states == set(get_args(RetractedState))


def test_the_example_of_preferences_is_a_valid_request_and_its_answer(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DEFAULT_EMAIL", "critical")
    [example] = json_examples(section(API, "GET, PUT /preferences"))
    assert set(example) == set(Preferences.model_fields)
    service.call("PUT", "/recipients/alice", {"email": "a@example.com", "timezone": "Europe/Paris"}, producer="app")
    assert service.call("PUT", "/preferences", example, user="alice").status == 200
    answer = service.call("GET", "/preferences", user="alice").json
    shown = [each for each in answer["categories"] if each["name"] in ("comment", "security")]
    assert answer | {"categories": shown, "updated_at": example["updated_at"]} == example


def test_the_example_of_a_delivery_history_is_a_real_answer(
    service: Service, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    [example] = json_examples(section(API, "GET /notifications/{id}/deliveries"))
    monkeypatch.setenv("DEFAULT_EMAIL", "all")
    service.call("PUT", "/recipients/alice", {"email": "alice@example.com"}, producer="billing")
    Timeline(service, connect).at("2026-11-24T10:00:20Z")
    body = {"event_name": "sync.failed", "title": "T", "severity": "warning", "user_id": "alice"}
    ids = [service.call("POST", "/notifications", body, producer="b").json["notification"]["id"] for _ in range(12)]
    answer = service.call("GET", f"/notifications/{ids[0]}/deliveries", user="alice").json["channels"]
    answer["email"]["delivery"]["delivery_id"] = "…"
    assert answer["email"] == example


def test_the_reasons_for_deferral_are_those_of_the_explanation() -> None:
    text = section(API, "Why a delivery waits")
    written = dict(re.findall(r'^\| `([a-z]+)` \| .* \| "(.*)" \|$', text, re.MULTILINE))
    assert set(written) == set(get_args(HeldBy))
    for held_by, sentence in written.items():
        assert sentence == SENTENCES[f"pending.{held_by}"].format(thing="email", held="12:00 UTC")


def test_each_outcome_is_in_the_table() -> None:
    rows = re.findall(r"^\| (`.*?) \|", section(ARCHITECTURE, "Outcomes"), re.MULTILINE)
    assert {word for row in rows for word in re.findall(r"`([a-z_]+)`", row)} == {kind.value for kind in OutcomeKind}


def test_the_times_in_the_docs_are_the_settings() -> None:
    times = section(ARCHITECTURE, "Times")
    deliver, reaper = DeliverSettings.model_fields, ReaperSettings.model_fields
    assert f"| function timeout of deliver | {deliver['function_timeout_seconds'].default} s |" in times
    assert f"the send timeout ({deliver['send_timeout_seconds'].default} s)" in times
    assert f"| stuck threshold | {deliver['stuck_after_seconds'].default} s |" in times
    assert f"| reaper | every {reaper['reaper_interval_seconds'].default} s |" in times
    assert f"| jitter of a reset | up to {reaper['reset_jitter_seconds'].default} s |" in times
    again = f"| dispatched, never claimed: dispatched again after | {reaper['redispatch_after_seconds'].default} s |"
    assert again in times
    probe, cap = deliver["probe_seconds"].default, deliver["probe_cap_seconds"].default
    assert f"| pause by the circuit breaker | {probe} s, doubling to {cap // 60} min |" in times
    assert probe > deliver["function_timeout_seconds"].default


def test_links_between_pages_have_a_target() -> None:
    for page in [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").glob("*.md")]:
        for target in re.findall(r"\]\(([^)#]+)(?:#[a-z-]+)?\)", page.read_text()):
            if "://" not in target:
                assert (page.parent / target).exists(), f"{page.name}: {target}"
