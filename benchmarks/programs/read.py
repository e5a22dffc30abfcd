"""Reading: the first page of a person's feed, the unread count, and a mark now and then."""

from collections.abc import Mapping
from typing import Any

from benchmarks.cases import create_settings, person
from carillon.database.connection import Database
from carillon.notifications import feed

PAGE = 20
MARK_EVERY = 5


class Read:
    """Read the feeds of a case's people, one after the other."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        self.database = Database(create_settings(config["product"]))
        self.database.check()
        self.people: list[str] = []
        self.done = 0

    def prepare(self, work: Mapping[str, Any]) -> None:
        """Choose the people."""
        self.people = [person(work["case"], self.done + number) for number in range(work["count"])]
        self.done += work["count"]

    def run(self) -> None:
        """Read, and mark a notification of every fifth person as read."""
        for number, user_id in enumerate(self.people):
            page = feed.list_page(
                self.database, user_id, unread=False, archived=False, event=None, limit=PAGE, cursor=None
            )
            feed.count_unread(self.database, user_id)
            if number % MARK_EVERY == 0 and page.notifications:
                feed.mark(self.database, user_id, page.notifications[-1].id, read=True)


def start(config: Mapping[str, Any]) -> Read:
    """Return the program, connected."""
    return Read(config)
