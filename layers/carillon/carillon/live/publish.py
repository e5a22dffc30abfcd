"""Publish hints to AppSync Events over HTTP. A channel needs its own request (AppSync, "Publish events via HTTP")."""

import json
import os
import time
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from aws_lambda_powertools import Logger

from carillon.live.names import EVERYONE, channel_of
from carillon.settings.functions import LiveHintsSettings

PARALLEL = 16
TIMEOUT_SECONDS = 1.0  # to connect, and again for the answer
HINT = "{}"  # no content and no count: whoever listens learns only that something may have changed

logger = Logger(child=True)


class Publisher:
    """Sends hints to channels. No request is repeated: the queue is the only retry."""

    def __init__(self, settings: LiveHintsSettings, http: Any | None = None) -> None:
        self._host = settings.live_host
        self._url = (settings.live_endpoint_url or f"https://{self._host}") + "/event"
        self._http = http or _pool()

    def to_people(self, people: Collection[str], deadline: float) -> set[str]:
        """Send a hint to each hashed person, and return those that AppSync accepted.

        No request begins that could end after `deadline` (`time.monotonic()` seconds).
        """
        if not people:
            return set()

        def one(person: str) -> str | None:
            in_time = time.monotonic() + 2 * TIMEOUT_SECONDS < deadline
            return person if in_time and self._publish(channel_of(person)) else None

        with ThreadPoolExecutor(min(PARALLEL, len(people))) as pool:
            return {person for person in pool.map(one, people) if person is not None}

    def to_everyone(self) -> bool:
        """Send one hint on the common channel, and return True if AppSync accepted it."""
        return self._publish(EVERYONE)

    def _publish(self, channel: str) -> bool:
        body = json.dumps({"channel": channel, "events": [HINT]}).encode()
        try:
            answer = self._http.request("POST", self._url, body=body, headers=_signed(self._host, body))
        except Exception as error:  # noqa: BLE001 (whatever failed, the queue repeats)
            logger.warning("hint_not_published", extra={"error": type(error).__name__})
            return False
        # AppSync answers 200 even if it refused the event.
        if answer.status == 200 and not answer.json().get("failed"):
            return True
        logger.warning("hint_not_published", extra={"status": answer.status})
        return False


def _pool() -> Any:
    import urllib3  # here, as every other module of the package does it: an import costs each cold start

    return urllib3.PoolManager(maxsize=PARALLEL, retries=False, timeout=TIMEOUT_SECONDS)


def _signed(host: str, body: bytes) -> dict[str, str]:
    """Return the headers of a request to `host`, signed with the function's credentials (Signature Version 4)."""
    from botocore.auth import SigV4Auth
    from botocore.awsrequest import AWSRequest
    from botocore.credentials import Credentials

    request = AWSRequest("POST", f"https://{host}/event", data=body, headers={"Content-Type": "application/json"})
    credentials = Credentials(
        os.environ["AWS_ACCESS_KEY_ID"], os.environ["AWS_SECRET_ACCESS_KEY"], os.environ.get("AWS_SESSION_TOKEN")
    )
    SigV4Auth(credentials, "appsync", os.environ["AWS_REGION"]).add_auth(request)
    return {"Host": host, **dict(request.headers.items())}
