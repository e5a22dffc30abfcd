"""The options of a devstack: its folders and its ports. And the names that all its parts share."""

from dataclasses import dataclass
from pathlib import Path

from devstack.machine.origins import USUAL

ROOT = Path(__file__).resolve().parents[2]
HOST = "127.0.0.1"
REGION = "us-east-1"
STACK_NAME = "carillon"
AUDIENCE = "carillon"
EMAIL_FROM = "carillon@example.com"
PRODUCER_SCOPE = "carillon/send"
ALL_SCOPES = f"{PRODUCER_SCOPE} carillon/recipients carillon/erase carillon/export"  # of the application's own backend
DEFAULT_PORT = 8760


class DevstackError(Exception):
    """The devstack cannot start or continue. The message gives the reason, and how to fix it."""


@dataclass(frozen=True)
class Options:
    """The options of one devstack. Two with different `state` folders and ports can run at the same time.

    `state` is the folder for everything that the devstack writes, except `builds`, which all devstacks share.
    `port` is the first of five consecutive ports. Pages of `origins` may call the API, besides the demo.
    """

    state: Path = ROOT / ".local"
    port: int = DEFAULT_PORT
    origins: tuple[str, ...] = USUAL
    builds: Path = ROOT / ".local" / "builds"
    tools: Path = ROOT / ".venv-tools" / "bin"  # the environment of the emulator and the SAM CLI

    @property
    def ports(self) -> dict[str, int]:
        """The ports, by what listens there."""
        names = ("the API", "the demo page", "the token issuer", "the AWS emulator", "PostgreSQL")
        return {name: self.port + offset for offset, name in enumerate(names)}

    @property
    def api_url(self) -> str:
        """The address of the HTTP API for any client, without special headers or name resolution."""
        return f"http://{HOST}:{self.port}"

    @property
    def docs_url(self) -> str:
        """The address of the page that shows the OpenAPI document."""
        return f"{self.demo_url}/docs"

    @property
    def demo_url(self) -> str:
        """The address of the demo page."""
        return f"http://{HOST}:{self.port + 1}"

    @property
    def issuer_url(self) -> str:
        """The address of the token issuer: the `iss` of every token."""
        return f"http://{HOST}:{self.port + 2}"

    @property
    def endpoint_url(self) -> str:
        """The address of the AWS emulator, for `AWS_ENDPOINT_URL`."""
        return f"http://{HOST}:{self.port + 3}"

    @property
    def event_hosts(self) -> tuple[str, str]:
        """The hosts of an Event API, with `{api_id}`: for HTTP and for WebSockets. Browsers resolve `*.localhost`."""
        port = self.ports["the AWS emulator"]
        return f"{{api_id}}.appsync-api.localhost:{port}", f"{{api_id}}.appsync-realtime-api.localhost:{port}"

    @property
    def database_port(self) -> int:
        """The port of PostgreSQL."""
        return self.port + 4

    @property
    def logs(self) -> Path:
        """The folder with one log file for each process."""
        return self.state / "logs"

    @property
    def scratch(self) -> Path:
        """The folder for temporary files. Each start empties it."""
        return self.state / "scratch"

    @property
    def origins_file(self) -> Path:
        """The file with the origins that were chosen. Without a choice there is none."""
        return self.state / "origins"

    @property
    def bell(self) -> Path:
        """The bell's script for the demo page. Each start builds it."""
        return self.state / "bell" / "bell.js"

    @property
    def stack_file(self) -> Path:
        """The file with the addresses. It exists while the devstack is ready."""
        return self.state / "stack.json"
