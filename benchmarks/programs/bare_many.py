"""The bare INSERT of many notifications' rows: `INSERT … SELECT unnest`, prepared, in autocommit."""

from collections.abc import Mapping
from itertools import batched
from typing import Any, override

from benchmarks.programs.bare import Bare


class BareMany(Bare):
    """Insert prepared rows, `recipients` with each statement."""

    recipients = 1

    @override
    def prepare(self, work: Mapping[str, Any]) -> None:
        super().prepare(work)
        self.recipients = work["recipients"]

    @override
    def run(self) -> None:
        assert self.insert
        for rows in batched(self.rows, self.recipients, strict=False):
            ids, people, keys = map(list, zip(*rows, strict=True))
            self.insert.many(self.connection, ids, people, keys)


def start(config: Mapping[str, Any]) -> BareMany:
    """Return the program, connected."""
    return BareMany(config)
