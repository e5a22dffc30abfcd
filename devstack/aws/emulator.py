"""The AWS emulator (ministack). It starts empty and listens on loopback; boto3 calls it."""

import shutil
import time
from functools import cached_property
from typing import Any

import boto3
import urllib3
from botocore.config import Config

from devstack.machine.lock import Registry
from devstack.machine.options import HOST, REGION, DevstackError, Options
from devstack.machine.processes import Child, environment

READY_WITHIN_SECONDS = 60.0


class Emulator:
    """A running emulator. When it stops, it loses everything: queues, functions and sent email."""

    def __init__(self, options: Options, registry: Registry) -> None:
        self._options = options
        self._registry = registry
        self._child: Child | None = None
        self.http = urllib3.PoolManager(maxsize=8, retries=False, timeout=60)

    def start(self) -> None:
        """Start, and return when it answers. If it ends before, raise DevstackError with the end of its log."""
        options = self._options
        shutil.rmtree(options.scratch, ignore_errors=True)
        options.scratch.mkdir(parents=True)
        http_host, realtime_host = options.event_hosts
        # Functions inherit this environment. So it must not name the Python of the checkout.
        env = environment(options) | {
            "BIND_HOST": HOST,
            "MINISTACK_HOST": HOST,  # becomes part of queue addresses, which every client must be able to resolve
            "GATEWAY_PORT": str(options.ports["the AWS emulator"]),
            "MINISTACK_REGION": REGION,
            "TMPDIR": str(options.scratch),
            "S3_DATA_DIR": str(options.scratch / "s3"),
            "PERSIST_STATE": "0",
            "DOCKER_HOST": f"unix://{options.scratch}/none",  # it must not use a Docker that runs on this machine
            "IOT_MTLS_ENABLED": "0",  # otherwise it listens on one more port
            "APPSYNC_EVENTS_ENFORCE_AUTH": "1",
            "APPSYNC_EVENTS_HTTP_HOST_TEMPLATE": http_host,
            "APPSYNC_EVENTS_REALTIME_HOST_TEMPLATE": realtime_host,
            "LAMBDA_WARM_TTL_SECONDS": "3600",
            "PGSSLMODE": "disable",  # the embedded PostgreSQL has no certificate
        }
        self._child = Child(
            [options.tools / "ministack"],
            log=options.logs / "emulator.log",
            env=env,
            registry=self._registry,
            cwd=options.scratch,
        )
        deadline = time.monotonic() + READY_WITHIN_SECONDS
        while not self._answers():
            if not self._child.running or time.monotonic() > deadline:
                raise DevstackError(f"The AWS emulator did not start:\n{self._child.tail()}")
            time.sleep(0.1)

    def stop(self) -> None:
        """Stop it, and every function worker that it started."""
        if self._child is not None:
            self._child.stop()
        shutil.rmtree(self._options.scratch, ignore_errors=True)

    @property
    def running(self) -> bool:
        """True while it runs."""
        return self._child is not None and self._child.running

    def client(self, service: str) -> Any:
        """Return a boto3 client of the emulator. It ignores this machine's own AWS settings."""
        return self._session.client(service, endpoint_url=self._options.endpoint_url, config=Config(proxies={}))

    def sent_email(self) -> list[dict[str, Any]]:
        """Return every email that was sent since the start, the oldest first, in the emulator's form."""
        answer = self.http.request("GET", f"{self._options.endpoint_url}/_ministack/ses/messages").json()
        return [message for messages in answer["messages"].values() for message in messages]

    def _answers(self) -> bool:
        try:
            return self.http.request("GET", f"{self._options.endpoint_url}/_ministack/health").status == 200
        except urllib3.exceptions.HTTPError:
            return False

    @cached_property
    def _session(self) -> Any:  # Any, because boto3's types need the service's name in the source
        return boto3.Session("test", "test", region_name=REGION)  # the emulator accepts any key
