"""The recipe for applications with cookie sessions, with the real functions behind a gateway that trusts its issuer."""

import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import urllib3

from tests.e2e.conftest import Stack
from tests.support.applications.running import FRAMEWORKS, Framework, application, new_key
from tests.support.environment import free_port


@pytest.fixture
def issuer_port() -> int:
    return free_port()


@pytest.fixture
def api_url(stack: Stack, issuer_port: int) -> Iterator[str]:
    """Create a second HTTP API for the devstack's functions: the same routes and audience, with another issuer."""
    gateway = stack.aws("apigatewayv2")
    [deployed] = gateway.get_apis()["Items"]
    [authorizer] = gateway.get_authorizers(ApiId=deployed["ApiId"])["Items"]
    trusted = authorizer["JwtConfiguration"] | {"Issuer": f"http://127.0.0.1:{issuer_port}"}
    api_id = gateway.create_api(Name="sessions", ProtocolType="HTTP")["ApiId"]
    gateway.create_stage(ApiId=api_id, StageName="$default", AutoDeploy=True)
    authorizer_id = gateway.create_authorizer(
        ApiId=api_id,
        Name="sessions",
        AuthorizerType="JWT",
        IdentitySource=authorizer["IdentitySource"],
        JwtConfiguration=trusted,
    )["AuthorizerId"]
    targets = {
        f"integrations/{integration['IntegrationId']}": gateway.create_integration(
            ApiId=api_id,
            IntegrationType="AWS_PROXY",
            IntegrationUri=integration["IntegrationUri"],
            PayloadFormatVersion="2.0",
        )["IntegrationId"]
        for integration in gateway.get_integrations(ApiId=deployed["ApiId"])["Items"]
    }
    for route in gateway.get_routes(ApiId=deployed["ApiId"], MaxResults="100")["Items"]:
        if route["AuthorizationType"] == "JWT":
            gateway.create_route(
                ApiId=api_id,
                RouteKey=route["RouteKey"],
                Target=f"integrations/{targets[route['Target']]}",
                AuthorizationType="JWT",
                AuthorizerId=authorizer_id,
            )
    yield f"{stack.data['endpoint_url']}/_aws/execute-api/{api_id}/$default"
    gateway.delete_api(ApiId=api_id)


def request(method: str, url: str, token: str, body: Any = None) -> urllib3.BaseHTTPResponse:
    headers = {"Authorization": f"Bearer {token}"}
    return urllib3.request(method, url, headers=headers, json=body, retries=False, timeout=60)


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_a_backend_notifies_a_person_who_reads_the_feed_with_the_sessions_token(
    framework: Framework, stack: Stack, api_url: str, issuer_port: int, tmp_path: Path
) -> None:
    address = f"{uuid.uuid4().hex}@example.com"
    with application(framework, issuer_port, [new_key()], log=tmp_path / "application.log", api=api_url) as browser:
        browser.sign_in("alice", address, verified=True)
        token = browser.token()
        assert request("GET", f"{api_url}/notifications", token).json()["notifications"] == []
        settings = request("PUT", f"{api_url}/preferences", token, {"email_enabled": True}).json()
        assert settings["address_known"]

        user_id = browser.claims()["sub"]
        event = {"user_id": user_id, "event_name": "invoice.payment_failed", "title": "T", "severity": "critical"}
        answer = browser.post("/fire", event)
        assert answer.status == 200, (tmp_path / "application.log").read_text()

        [shown] = request("GET", f"{api_url}/notifications", token).json()["notifications"]
        assert shown["id"] == answer.json()["notification"]["id"]
        stack.wait_for(lambda: stack.emails(address), 10, "email")

        refused = request("POST", f"{api_url}/notifications", token, event)
        assert refused.status == 403  # a person is no producer
        assert request("GET", f"{api_url}/notifications", stack.token("alice")).status == 401  # from another issuer
        assert stack.request("GET", "/notifications", token).status == 401
