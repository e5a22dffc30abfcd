"""What a devstack is started with: where it lives, and where it listens."""

from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HOST = "127.0.0.1"
REGION = "us-east-1"
STACK_NAME = "carillon"
AUDIENCE = "carillon"
EMAIL_FROM = "carillon@example.com"
PRODUCER_SCOPE = "carillon/send"
DEFAULT_PORT = 8760


class DevstackError(Exception):
    """The devstack cannot start or go on. The message says why, and the way out."""


@dataclass(frozen=True)
class Options:
    """One devstack. Two with different `state` folders and ports run side by side.

    `state` holds all that it writes, but for builds, which all share. `port` is the first of five
    consecutive ports.
    """

    state: Path = ROOT / ".local"
    port: int = DEFAULT_PORT
    builds: Path = ROOT / ".local" / "builds"
    tools: Path = ROOT / ".venv-tools" / "bin"  # the emulator's and the SAM CLI's own environment

    @property
    def ports(self) -> dict[str, int]:
        """Every port with what listens there."""
        names = ("the API", "the demo page", "the token issuer", "the AWS emulator", "PostgreSQL")
        return {name: self.port + offset for offset, name in enumerate(names)}

    @property
    def api_url(self) -> str:
        """Where the HTTP API answers any client, without special headers or name resolution."""
        return f"http://{HOST}:{self.port}"

    @property
    def demo_url(self) -> str:
        """Where the demo page is."""
        return f"http://{HOST}:{self.port + 1}"

    @property
    def issuer_url(self) -> str:
        """The `iss` of every token."""
        return f"http://{HOST}:{self.port + 2}"

    @property
    def endpoint_url(self) -> str:
        """Where the AWS emulator answers, for `AWS_ENDPOINT_URL`."""
        return f"http://{HOST}:{self.port + 3}"

    @property
    def database_port(self) -> int:
        """Where PostgreSQL listens."""
        return self.port + 4

    @property
    def logs(self) -> Path:
        """One log file for each process."""
        return self.state / "logs"

    @property
    def scratch(self) -> Path:
        """What nobody needs after this run; emptied at every start."""
        return self.state / "scratch"

    @property
    def bell(self) -> Path:
        """The bell of the demo page, made at every start."""
        return self.state / "bell" / "bell.js"

    @property
    def stack_file(self) -> Path:
        """Written when the devstack is ready, removed when it stops."""
        return self.state / "stack.json"
