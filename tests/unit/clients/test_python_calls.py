"""The Python client makes the requests that openapi.json describes, and no producer's request is without a method."""

import inspect
import json
from collections.abc import Callable
from typing import Any

import httpx
import jsonschema_rs
import pytest

from carillon_client import AsyncClient, Client, Content
from carillon_client.testing import FakeCarillon
from tests.support.paths import ROOT

DOCUMENT: dict[str, Any] = json.loads((ROOT / "layers/carillon/carillon/api/openapi.json").read_text("utf-8"))
# Each operation for producers, with the method that makes it.
METHODS = {
    "POST /notifications": "notifications.create",
    "DELETE /notifications": "notifications.retract_by_key",
    "DELETE /notifications/{notification_id}": "notifications.retract",
    "GET /notifications/{notification_id}/deliveries": "notifications.deliveries",
    "GET /recipients/{user_id}": "recipients.get",
    "PUT /recipients/{user_id}": "recipients.set",
    "DELETE /recipients/{user_id}": "recipients.erase",
    "GET /exports/{user_id}": "recipients.export",
    "GET /recipients/{user_id}/preferences": "recipients.preferences.get",
    "PUT /recipients/{user_id}/preferences": "recipients.preferences.set",
    "GET /health": "health",
}
OF_A_PERSON = "answers about the token's own user: the application's page calls it, and not its backend"
EXCEPTIONS = {
    "GET /notifications": OF_A_PERSON,
    "PATCH /notifications": OF_A_PERSON,
    "PATCH /notifications/{notification_id}": OF_A_PERSON,
    "GET /notifications/unread-count": OF_A_PERSON,
    "GET /preferences": OF_A_PERSON,
    "PUT /preferences": OF_A_PERSON,
    "GET /devices": OF_A_PERSON,
    "POST /devices": OF_A_PERSON,
    "DELETE /devices/{device_id}": OF_A_PERSON,
    "GET /unsubscribe/{token}": "a page for browsers",
    "POST /unsubscribe/{token}": "the form of that page, and the button of mail clients",
    "GET /openapi.json": "a document for tools, not for the work of a producer",
}
PERSON = "a/b c"
# A call of each method with all of its parameters.
CONTENT: Content = {
    "event_name": "a.b", "title": "T", "body": "B", "summary": "S", "severity": "warning", "target_url": "/x",
    "data": {"n": 1}, "resource_id": "r", "idempotency_key": "k", "idempotency_mode": "first", "batch_key": "b",
    "send_at": "2030-01-01T00:00:00Z", "expires_at": "2030-01-02T00:00:00Z",
}  # fmt: skip
CALLS: dict[str, Callable[[Client], object]] = {
    "notifications.create": lambda client: client.notifications.create(PERSON, **CONTENT),
    "notifications.retract_by_key": lambda client: client.notifications.retract_by_key(PERSON, "k&1"),
    "notifications.retract": lambda client: client.notifications.retract(_id(client)),
    "notifications.deliveries": lambda client: client.notifications.deliveries(_id(client)),
    "recipients.get": lambda client: client.recipients.get(PERSON),
    "recipients.set": lambda client: client.recipients.set(
        PERSON, email="a@example.com", locale="fr", timezone="Europe/Paris"
    ),
    "recipients.erase": lambda client: client.recipients.erase(PERSON),
    "recipients.export": lambda client: client.recipients.export(PERSON, cursor="018f0000-0000-7000-8000-000000000000"),
    "recipients.preferences.get": lambda client: client.recipients.preferences.get(PERSON),
    "recipients.preferences.set": lambda client: client.recipients.preferences.set(PERSON, {"email_enabled": True}),
    "health": lambda client: client.health(),
}


def _id(client: Client) -> str:
    return client.notifications.create(PERSON, event_name="a.b", title="T").id


def _operations() -> dict[str, dict[str, Any]]:
    return {
        f"{method.upper()} {path}": operation
        for path, operations in DOCUMENT["paths"].items()
        for method, operation in operations.items()
        if method != "head"
    }


def _methods(client: object, prefix: str = "") -> set[str]:
    found: set[str] = set()
    for name, member in inspect.getmembers(client):
        if name.startswith("_"):
            continue
        found |= {prefix + name} if inspect.ismethod(member) else _methods(member, f"{prefix}{name}.")
    return found


def _schema(schema: dict[str, Any]) -> dict[str, Any]:
    return {**schema, "components": DOCUMENT["components"]}


def test_each_operation_has_a_method_or_a_reason() -> None:
    assert METHODS.keys() | EXCEPTIONS.keys() == _operations().keys()
    assert not METHODS.keys() & EXCEPTIONS.keys()


def test_methods_have_the_names_of_their_operations() -> None:
    ids = {name: _operations()[name]["operationId"] for name in METHODS}
    named = {name: operation for name, operation in ids.items() if "." in operation}  # ids that were chosen
    assert {name: operation.removeprefix("service.") for name, operation in named.items()}.items() <= METHODS.items()


def test_each_method_belongs_to_an_operation() -> None:
    client = Client("https://api.example.com", token="t", transport=FakeCarillon())
    others = {"close", "notifications.create_many", "notifications.dry_run", "notifications.dry_run_many"}
    assert _methods(client) == set(METHODS.values()) | others
    asynchronous = _methods(AsyncClient("https://api.example.com", token="t"))
    assert asynchronous == (_methods(client) - {"close"}) | {"aclose"}


@pytest.mark.parametrize("operation", METHODS)
def test_a_method_sends_what_its_operation_describes(operation: str) -> None:
    fake = FakeCarillon()
    client = Client("https://api.example.com/stage/", token="t", transport=fake)
    client.notifications.create(PERSON, event_name="a.b", title="T", idempotency_key="k&1")
    client.recipients.set(PERSON, email="a@example.com", locale=None, timezone=None)
    CALLS[METHODS[operation]](client)

    request = fake.requests[-1]
    described = _operations()[operation]
    method, _, path = operation.partition(" ")
    assert request.method == method
    sent, _, query = request.url.raw_path.decode().partition("?")
    expected = path.replace("{user_id}", "a%2Fb%20c")
    if "{notification_id}" in path:
        expected = path.replace("{notification_id}", sent.removesuffix("/deliveries").rpartition("/")[2])
    assert sent == f"/stage{expected}"
    parameters = {each["name"]: each for each in described.get("parameters", [])}
    assert httpx.QueryParams(query).keys() <= {name for name, each in parameters.items() if each["in"] == "query"}
    assert {n for n, each in parameters.items() if each["in"] == "query" and each["required"]} <= set(
        httpx.QueryParams(query).keys()
    )
    assert ("requestBody" in described) == bool(request.content)
    if request.content:
        schema = described["requestBody"]["content"]["application/json"]["schema"]
        jsonschema_rs.validate(_schema(schema), json.loads(request.content))


def test_a_create_can_send_all_fields_of_its_body() -> None:
    fields = DOCUMENT["components"]["schemas"]["NewNotification"]["properties"].keys()
    template = {"template", "variables"}  # instead of the texts
    assert Content.__annotations__.keys() == CONTENT.keys() | template == fields - {"user_id", "user_ids"}
    assert Content.__required_keys__ == set(DOCUMENT["components"]["schemas"]["NewNotification"]["required"])


@pytest.mark.parametrize(
    "content",
    [
        {"title": {"en": "Paid", "fr": "Payé"}, "summary": {"en": "S", "fr": "R"}},
        {"template": "invoice_paid@1", "variables": {"n": 1}},
    ],
)
def test_texts_by_language_and_templates_are_sent_and_answered_as_described(content: Any) -> None:
    schemas = DOCUMENT["components"]["schemas"]
    client = Client("https://api.example.com", token="t", transport=_Recorder(FakeCarillon()))
    client.notifications.create(PERSON, event_name="a.b", **content)
    sent = json.loads(_Recorder.last.request.content)
    assert {name: sent[name] for name in content} == content
    jsonschema_rs.validate(_schema(schemas["NewNotification"]), sent)
    jsonschema_rs.validate(_schema(schemas["CreatedOne"]), _Recorder.last.json())


def test_contact_data_can_have_all_fields_of_its_body() -> None:
    fields = set(DOCUMENT["components"]["schemas"]["NewContact"]["properties"])
    parameters = inspect.signature(Client("https://a.example", token="t").recipients.set).parameters
    assert set(parameters) - {"user_id"} == fields


@pytest.mark.parametrize("operation", METHODS)
def test_the_fake_answers_as_described(operation: str) -> None:
    fake = FakeCarillon()
    client = Client("https://api.example.com", token="t", transport=_Recorder(fake))
    client.notifications.create(PERSON, event_name="a.b", title="T", idempotency_key="k&1")
    client.recipients.set(PERSON, email="a@example.com", locale=None, timezone=None)
    CALLS[METHODS[operation]](client)
    answer = _Recorder.last
    described = _operations()[operation]["responses"][str(answer.status_code)]
    if answer.content:
        jsonschema_rs.validate(_schema(described["content"]["application/json"]["schema"]), answer.json())


class _Recorder(httpx.BaseTransport):
    last: httpx.Response

    def __init__(self, fake: FakeCarillon) -> None:
        self._fake = fake

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        _Recorder.last = self._fake.handle_request(request)
        return _Recorder.last
