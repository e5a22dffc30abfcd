"""The AWS emulator: started empty, on loopback, and asked through boto3."""

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
    """A running emulator. Everything in it is gone when it stops: queues, functions, sent email."""

    def __init__(self, options: Options, registry: Registry) -> None:
        self._options = options
        self._registry = registry
        self._child: Child | None = None
        self.http = urllib3.PoolManager(maxsize=8, retries=False, timeout=60)

    def start(self) -> None:
        """Start, and return when it answers. DevstackError with its last words when it ends before."""
        options = self._options
        shutil.rmtree(options.scratch, ignore_errors=True)
        options.scratch.mkdir(parents=True)
        # Functions inherit this environment: it holds nothing of the checkout's Python.
        env = environment(options) | {
            "BIND_HOST": HOST,
            "MINISTACK_HOST": HOST,  # goes into queue addresses, which must resolve everywhere
            "GATEWAY_PORT": str(options.ports["the AWS emulator"]),
            "MINISTACK_REGION": REGION,
            "TMPDIR": str(options.scratch),
            "S3_DATA_DIR": str(options.scratch / "s3"),
            "PERSIST_STATE": "0",
            "DOCKER_HOST": f"unix://{options.scratch}/none",  # a Docker that runs here is none of its business
            "IOT_MTLS_ENABLED": "0",  # else it listens on a port that nobody asked for
            "LAMBDA_WARM_TTL_SECONDS": "3600",
            "PGSSLMODE": "disable",  # the embedded PostgreSQL has no certificate to show
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
        """Stop it and every function worker it started."""
        if self._child is not None:
            self._child.stop()
        shutil.rmtree(self._options.scratch, ignore_errors=True)

    @property
    def running(self) -> bool:
        """Whether it is still there."""
        return self._child is not None and self._child.running

    def client(self, service: str) -> Any:
        """A boto3 client of the emulator, whatever this machine's own AWS settings are."""
        return self._session.client(service, endpoint_url=self._options.endpoint_url, config=Config(proxies={}))

    def sent_email(self) -> list[dict[str, Any]]:
        """Every email sent since the start, oldest first, as the emulator keeps it."""
        answer = self.http.request("GET", f"{self._options.endpoint_url}/_ministack/ses/messages").json()
        return [message for messages in answer["messages"].values() for message in messages]

    def _answers(self) -> bool:
        try:
            return self.http.request("GET", f"{self._options.endpoint_url}/_ministack/health").status == 200
        except urllib3.exceptions.HTTPError:
            return False

    @cached_property
    def _session(self) -> Any:  # typed by service, and the services here come by name
        return boto3.Session("test", "test", region_name=REGION)  # any key is good
