"""The shared world of a run: one server, and a database with people that each section copies."""

from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

from benchmarks import people
from benchmarks.options import Options
from benchmarks.progress import progress
from benchmarks.server import Server, relaxed, running_server

TEMPLATE = "people"


@dataclass
class World:
    """The options of the run, and a server that is started when a section needs it."""

    options: Options
    _stack: ExitStack
    _server: Server | None = None
    _databases: set[str] = field(default_factory=set[str])

    @property
    def server(self) -> Server:
        """The server. Its settings are those that PostgreSQL ships."""
        if self._server is None:
            progress("starting PostgreSQL")
            self._server = self._stack.enter_context(running_server(self.options.data))
        return self._server

    def product(self, name: str) -> str:
        """Create a database with the schema and the people of all cases. Return its address for the functions."""
        if TEMPLATE not in self._databases:
            progress("setting up people")
            url = self.server.create_product(TEMPLATE)
            people.set_up(relaxed(url), relaxed(self.server.url(TEMPLATE)))
            self._databases.add(TEMPLATE)
        return self.server.copy_database(name, TEMPLATE)


@contextmanager
def world(options: Options) -> Generator[World]:
    """Yield the world of a run, and end all that it started."""
    with ExitStack() as stack:
        yield World(options, stack)
