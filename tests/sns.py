"""SNS for tests of devices: moto's, with faults and with things that happen in between."""

import threading
from collections.abc import Callable
from typing import Any

import boto3
from botocore.exceptions import ClientError, ReadTimeoutError


class Sns:
    """moto's SNS, one call at a time as moto needs it, with things that happen in between.

    `before[call]` and `after[call]` run once, around the next such call, `always[call]` before each. Calls in `failing`
    get no answer, those in `forbidden` that of a policy that does not allow them.
    """

    def __init__(self) -> None:
        self._client: Any = boto3.client("sns")
        self._lock = threading.Lock()
        self.before: dict[str, Callable[[], Any]] = {}
        self.always: dict[str, Callable[[], Any]] = {}
        self.after: dict[str, Callable[[], Any]] = {}
        self.failing: set[str] = set()
        self.forbidden: set[str] = set()
        self.calls: list[str] = []

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def call(**request: Any) -> Any:
            self.calls.append(name)
            self.before.pop(name, lambda: None)()
            self.always.get(name, lambda: None)()
            if name in self.failing:
                raise ReadTimeoutError(endpoint_url="https://sns.example.com/")
            if name in self.forbidden:
                refusal: Any = {
                    "Error": {"Code": "AuthorizationError"},
                    "ResponseMetadata": {"HTTPStatusCode": 403},
                }
                raise ClientError(refusal, name)
            with self._lock:
                answer = getattr(self._client, name)(**request)
            self.after.pop(name, lambda: None)()
            return answer

        return call

    def attributes(self, arn: str) -> dict[str, str]:
        return self._client.get_endpoint_attributes(EndpointArn=arn)["Attributes"]

    def disable(self, arn: str) -> None:
        self._client.set_endpoint_attributes(EndpointArn=arn, Attributes={"Enabled": "false"})

    def arns(self, application: str) -> list[str]:
        listed = self._client.list_endpoints_by_platform_application(PlatformApplicationArn=application)
        return [each["EndpointArn"] for each in listed["Endpoints"]]
