"""The endpoint names of AWS's services for functions in private subnets."""

import re

import pytest

from carillon.aws import clients
from tests.support.paths import ROOT

# As the AWS General Reference lists them: docs/deploy.md#networks.
OVER_IPV6 = {
    "sqs": "https://sqs.eu-central-1.api.aws",
    "sns": "https://sns.eu-central-1.api.aws",
    "sesv2": "https://email.eu-central-1.api.aws",
    "secretsmanager": "https://secretsmanager.eu-central-1.amazonaws.com",
}


@pytest.mark.parametrize("service", OVER_IPV6)
def test_every_service_has_an_endpoint_that_exists(service: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def endpoint(dual_stack: str) -> str:
        monkeypatch.setenv("AWS_USE_DUALSTACK_ENDPOINT", dual_stack)
        monkeypatch.setattr(clients, "_session", None)
        return clients.client(service, timeout_seconds=1).meta.endpoint_url

    assert endpoint("true") == OVER_IPV6[service]
    assert endpoint("false").endswith(".eu-central-1.amazonaws.com")


def test_functions_call_no_other_service() -> None:
    files = [*(ROOT / "layers" / "carillon" / "carillon").rglob("*.py"), *(ROOT / "functions").rglob("*.py")]
    called = {name for file in files for name in re.findall(r"\bclient\(\s*\"(\w+)\"", file.read_text())}
    assert called == set(OVER_IPV6)
