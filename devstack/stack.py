"""One devstack, from its start to its stop."""

import json
import time
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, Self

from werkzeug.wrappers import Request, Response

from carillon.settings.base import DEFAULT_SCHEMA
from devstack.aws.build import build, build_bell
from devstack.aws.deploy import deploy
from devstack.aws.emulator import Emulator
from devstack.aws.gateway import open_gateway
from devstack.aws.issuer import HOUR, Issuer
from devstack.aws.providers import Providers
from devstack.aws.proxy import ApiProxy
from devstack.machine.checks import check_machine, check_ports
from devstack.machine.console import console, step
from devstack.machine.lock import Registry, only_one
from devstack.machine.options import HOST, REGION, STACK_NAME, DevstackError, Options
from devstack.machine.origins import USUAL
from devstack.machine.postgres import Postgres, PostgresError
from devstack.machine.web import Site, log_requests_to
from devstack.seed import ApiClient, seed, warm_up


@dataclass(frozen=True)
class PageContext:
    """The parts of a running devstack that a page may use."""

    options: Options
    api: ApiClient
    emulator: Emulator
    providers: Providers
    database_url: str
    queue_url: str
    dlq_url: str


class Page(Protocol):
    """A page about the running devstack: a web application. The devstack closes it at the end."""

    def site(self, request: Request) -> Response:
        """Answer one request."""
        ...

    def close(self) -> None:
        """Release the connections of the page."""
        ...


class Devstack:
    """A running devstack, from `start()` to the end of the `with` block.

    `open_page` creates the page that the devstack serves beside the API. Without it, the devstack serves no page.
    """

    def __init__(self, options: Options, open_page: Callable[[PageContext], Page] | None = None) -> None:
        self.options = options
        self._open_page = open_page
        self._registry = Registry(options.state)
        self._cleanup = ExitStack()
        self._servers: dict[str, tuple[Callable[[], bool], Path]] = {}  # each returns whether it runs, and has a log

    def __enter__(self) -> Self:
        self._cleanup.enter_context(only_one(self.options.state))
        return self

    def __exit__(self, *_: object) -> None:
        self.options.stack_file.unlink(missing_ok=True)
        self._cleanup.close()  # in the reverse order of the start
        self._registry.clear()

    def start(self) -> None:
        """Start everything, and return when it is ready. DevstackError gives the reason of a failure and a remedy."""
        options = self.options
        with step("Checking this machine"):
            check_machine(options)
            leftovers = self.stop_leftovers()
            database = self._database()
            check_ports(options)
            log_requests_to(options.logs / "web.log")
        if leftovers:
            console.print("  An earlier devstack was killed. The processes that it left running are stopped.")

        with step("PostgreSQL"), _postgres_errors():
            self._cleanup.callback(database.stop)
            database.start()
            database.create_database("carillon")
        with step("Building the functions and the layer (sam build)"):
            template = build(options, self._registry)
        with step("Building the bell"):
            build_bell(options, self._registry)
        with step("The AWS emulator and the token issuer"):
            issuer = Issuer(options.issuer_url, options.state / "issuer-key.pem")
            self._serve(options.ports["the token issuer"], issuer.site)
            emulator = Emulator(options, self._registry)
            self._cleanup.callback(emulator.stop)
            emulator.start()
        with step("Deploying the stack (sam deploy)"):
            providers = Providers(options.endpoint_url)
            providers_url = f"http://{HOST}:{self._serve(0, providers.site)}"
            deploy(options, emulator, self._registry, template, database, providers_url)
        with step("Opening the API"):
            proxy = ApiProxy(options.endpoint_url, open_gateway(emulator))
            self._serve(options.ports["the API"], proxy.site)
        api = ApiClient(options, issuer)
        queue_url, dlq_url = _queues(emulator)
        with step("Warming up, and creating alice, bob and carol"):
            warm_up(api, emulator, queue_url)
            seed(api)
        if self._open_page is not None:
            page = self._open_page(
                PageContext(options, api, emulator, providers, _address(database), queue_url, dlq_url)
            )
            self._cleanup.callback(page.close)
            self._serve(options.ports["the demo page"], page.site)
        _write_stack(options, _address(database), queue_url, dlq_url)
        self._producer_token = api.producer_token(12 * HOUR)
        self._invoice = f"invoice_{int(time.time())}"
        self._user_token = issuer.token("alice", expires_in=12 * HOUR)
        self._servers = {
            "The AWS emulator": (lambda: emulator.running, options.logs / "emulator.log"),
            "PostgreSQL": (lambda: database.running, database.log),
        }

    def ended(self) -> str | None:
        """Return which server has ended by itself and the path of its log, or None while all of them run."""
        for name, (runs, log) in self._servers.items():
            if not runs():
                return f"{name} ended by itself. See {log}."
        return None

    def examples(self) -> list[tuple[str, str]]:
        """Return three curl lines that a person can paste, each with what it does."""
        create = {
            "user_id": "alice",
            "event_name": "invoice.payment_failed",
            "title": "A payment failed",
            "severity": "critical",
            "resource_id": self._invoice,  # so the line notifies once, also if it is pasted twice
            "target_url": "/billing/invoices/9",
        }
        url = f"{self.options.api_url}/notifications"
        json_type = "-H 'Content-Type: application/json'"
        backend, alice = (f"-H 'Authorization: Bearer {token}'" for token in (self._producer_token, self._user_token))
        return [
            (
                "Notify alice; the email arrives on the demo page",
                f"curl -X POST {url} {backend} {json_type} -d '{json.dumps(create)}'",
            ),
            ("List what alice has not read", f"curl '{url}?unread=1' {alice}"),
            ("Mark all of it read", f"curl -X PATCH {url} {alice} {json_type} -d '{{\"all\": true}}'"),
        ]

    def own_page(self) -> tuple[str, str]:
        """Return the two lines of HTML for a bell in a page of one's own, with which pages may have it."""
        demo, origins = self.options.demo_url, self.options.origins
        allowed = "localhost on the usual ports" if origins == USUAL else " ".join(origins)
        title = (
            f"The bell in your own page, as alice; on {allowed}. Allow others: make run origins=http://localhost:1234"
        )
        script = f'<script type="module" src="{demo}/bell.js"></script>'
        bell = f'<carillon-bell api-url="{self.options.api_url}" token-url="{demo}/token?user=alice"></carillon-bell>'
        return title, f"{script}\n{bell}"

    def stop_leftovers(self) -> bool:
        """Stop the processes that an earlier, killed devstack left running here. Return whether there were any."""
        self.options.stack_file.unlink(missing_ok=True)
        database = self._database()
        with _postgres_errors():
            database_ran = database.running
            database.stop()
        return self._registry.stop_leftovers() > 0 or database_ran

    def _database(self) -> Postgres:
        with _postgres_errors():
            return Postgres(self.options.state / "postgres", port=self.options.database_port)

    def _serve(self, port: int, site: Callable[[Request], Response]) -> int:
        server = Site(port, site)
        self._cleanup.callback(server.stop)
        return server.port


@contextmanager
def _postgres_errors() -> Generator[None]:
    """Turn a PostgresError into a DevstackError, which the commands print without a traceback."""
    try:
        yield
    except PostgresError as error:
        raise DevstackError(str(error)) from error


def _address(database: Postgres) -> str:
    """Return the address for the demo page and the tests: the superuser, in the PostgreSQL schema of Carillon."""
    return f"{database.url()}?options=-csearch_path%3D{DEFAULT_SCHEMA}"


def _queues(emulator: Emulator) -> tuple[str, str]:
    stack = emulator.client("cloudformation").describe_stacks(StackName=STACK_NAME)["Stacks"][0]
    outputs = {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}
    return outputs["QueueUrl"], outputs["DeadLetterQueueUrl"]


def _write_stack(options: Options, database_url: str, queue_url: str, dlq_url: str) -> None:
    """Write the file that tells other processes of this machine where everything is."""
    content = {
        "api_url": options.api_url,
        "demo_url": options.demo_url,
        "endpoint_url": options.endpoint_url,
        "region": REGION,
        "database_url": database_url,
        "queue_url": queue_url,
        "dlq_url": dlq_url,
        "issuer": options.issuer_url,
        "stack_name": STACK_NAME,
    }
    unfinished = options.stack_file.with_suffix(".new")
    unfinished.write_text(json.dumps(content, indent=2) + "\n")
    unfinished.replace(options.stack_file)  # atomic: a process that waits for the file never reads half of it
