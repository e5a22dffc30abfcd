"""The people of a benchmark. The functions that the API calls store the first ones, and SQL copies their rows."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, override

import psycopg

from benchmarks import product_tables
from benchmarks.cases import CASES, FEW, PRODUCER, Case, create_settings, person
from carillon.aws.endpoints import Endpoints
from carillon.database.connection import Database
from carillon.models.delivery import Platform
from carillon.models.device import NewDevice
from carillon.models.fields import MAX_RECIPIENTS
from carillon.models.new_notification import NewNotification
from carillon.models.preferences import NewPreferences
from carillon.models.recipient import NewContact
from carillon.notifications import record
from carillon.people import devices, preferences, recipients


class NoEndpoints(Endpoints):
    """Endpoints of a stack without SNS: each phone has one at once."""

    def __init__(self) -> None:
        super().__init__(create_settings("unused"), None)

    @override
    def ensure_enabled(self, platform: Platform, token: str, known: str | None) -> str | None:
        return f"{self.application(platform)}/{token}".replace(":app/", ":endpoint/", 1)

    @override
    def enable(self, arn: str, token: str) -> bool:
        return True


def set_up(url: str, superuser_url: str) -> None:
    """Store the people of all cases, and record one notification for each: so every digest of them is open."""
    database = Database(create_settings(url))
    for case in CASES.values():
        people = [person(case.key, number) for number in range(case.people)]
        if case.channels:
            endpoints = NoEndpoints()
            for number, user_id in enumerate(people[:FEW]):
                reach(database, endpoints, user_id, _in_use(number) if case.full else {}, full=case.full)
            with psycopg.connect(superuser_url, autocommit=True) as connection:
                product_tables.copy_people(connection, people[0], people[FEW:])
        for first in range(0, case.people, MAX_RECIPIENTS):
            record_for(database, url, case, people[first : first + MAX_RECIPIENTS])
    database.close()
    with psycopg.connect(superuser_url, autocommit=True) as connection:
        product_tables.add_pauses(connection, events=["report.weekly", "billing.reminder", "campaign"])


def reach(database: Database, endpoints: Endpoints, user_id: str, choices: dict[str, Any], *, full: bool) -> None:
    """Give a person an address and a device, and switch both channels on."""
    settings = create_settings("unused", full=full)
    contact = {"email": f"{user_id}@example.com", "locale": "en", "timezone": "UTC"}
    recipients.put(database, user_id, NewContact.model_validate(contact))
    chosen = {"email_enabled": True, "push_enabled": True, **choices}
    preferences.put(database, settings, user_id, NewPreferences.model_validate(chosen))
    device = NewDevice.model_validate({"platform": "fcm", "token": f"token-of-{user_id}"})
    devices.register(database, endpoints, user_id, device)


def record_for(database: Database, url: str, case: Case, people: list[str]) -> record.Created:
    """Record one notification of a case for many people."""
    body = {**case.contents[0], "user_ids": people}
    settings = create_settings(url, full=case.full)
    return record.create(database, settings, PRODUCER, NewNotification.model_validate(body), None)


def _in_use(number: int) -> dict[str, Any]:
    """Return the choices of one of four kinds of people: quiet hours now, two kinds of rules, and none."""
    now = datetime.now(UTC)
    clock: Callable[[timedelta], str] = lambda ahead: (now + ahead).strftime("%H:%M")  # noqa: E731
    return [
        {"quiet_hours": {"from": clock(-timedelta(hours=1)), "to": clock(timedelta(hours=8))}},
        {"rules": {"job": {"email": {"grouping": "hourly"}, "push": {"grouping": "now"}}}},
        {"rules": {"job.failed": {"email": {"grouping": "now"}}, "comment": {"push": {"enabled": False}}}},
        {"digest_minutes": 30},
    ][number % 4]
