"""moto's SNS for tests of devices, with faults and with actions around its calls."""

import json
import threading
import uuid
from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError, ReadTimeoutError
from moto.sns import models


def name_endpoints_after_their_tokens(monkeypatch: pytest.MonkeyPatch) -> None:
    """Derive the id of an endpoint from its token, as AWS seems to do. moto's ids are random."""

    class Named(models.PlatformEndpoint):
        def __init__(self, *arguments: Any, **named: Any) -> None:
            super().__init__(*arguments, **named)
            self.id = uuid.uuid3(uuid.NAMESPACE_OID, self.token)
            self.arn = f"{self.arn.rpartition('/')[0]}/{self.id}"

    monkeypatch.setattr(models, "PlatformEndpoint", Named)


def refused(code: str, status: int, call: str) -> ClientError:
    answer: Any = {"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(answer, call)


class Sns:
    """moto's SNS, one call at a time because moto is not thread-safe.

    `before[call]` and `after[call]` run once, before and after the next such call. `always[call]` runs before each.
    Calls in `failing` get no answer, and calls in `forbidden` are refused by a policy. `refusing_once[call]` is the
    error code of the next such call. `shown` has the token and the text of each push.
    """

    def __init__(self) -> None:
        self._client: Any = boto3.client("sns")
        self._lock = threading.Lock()
        self.before: dict[str, Callable[[], Any]] = {}
        self.always: dict[str, Callable[[], Any]] = {}
        self.after: dict[str, Callable[[], Any]] = {}
        self.failing: set[str] = set()
        self.forbidden: set[str] = set()
        self.refusing_once: dict[str, str] = {}
        self.calls: list[str] = []
        self.shown: list[tuple[str, str]] = []

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def call(**request: Any) -> Any:
            self.calls.append(name)
            self.before.pop(name, lambda: None)()
            self.always.get(name, lambda: None)()
            if name in self.failing:
                raise ReadTimeoutError(endpoint_url="https://sns.example.com/")
            if name in self.forbidden:
                raise refused("AuthorizationError", 403, name)
            if name in self.refusing_once:
                raise refused(self.refusing_once.pop(name), 400, name)
            with self._lock:
                answer = getattr(self._client, name)(**request)
                if name == "publish":
                    words = json.loads(request["Message"])["default"]
                    self.shown.append((self.attributes(request["TargetArn"])["Token"], words))
            self.after.pop(name, lambda: None)()
            return answer

        return call

    def attributes(self, arn: str) -> dict[str, str]:
        return self._client.get_endpoint_attributes(EndpointArn=arn)["Attributes"]

    def close(self) -> None:
        """Do nothing: there are no connections."""

    def disable(self, arn: str) -> None:
        self._client.set_endpoint_attributes(EndpointArn=arn, Attributes={"Enabled": "false"})

    def arns(self, application: str) -> list[str]:
        listed = self._client.list_endpoints_by_platform_application(PlatformApplicationArn=application)
        return [each["EndpointArn"] for each in listed["Endpoints"]]
