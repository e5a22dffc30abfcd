"""The names by which functions in private subnets ask AWS's services."""

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
def test_every_service_is_asked_by_a_name_that_there_is(service: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def asked(dual_stack: str) -> str:
        monkeypatch.setenv("AWS_USE_DUALSTACK_ENDPOINT", dual_stack)
        monkeypatch.setattr(clients, "_session", None)
        return clients.client(service, timeout_seconds=1).meta.endpoint_url

    assert asked("true") == OVER_IPV6[service]
    assert asked("false").endswith(".eu-central-1.amazonaws.com")


def test_no_other_service_is_asked() -> None:
    files = [*(ROOT / "layers" / "carillon" / "carillon").rglob("*.py"), *(ROOT / "functions").rglob("*.py")]
    asked = {name for file in files for name in re.findall(r"\bclient\(\s*\"(\w+)\"", file.read_text())}
    assert asked == set(OVER_IPV6)
