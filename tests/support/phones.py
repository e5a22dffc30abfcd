"""Phones that people register and that get pushes, from the row to moto's SNS."""

import itertools
from typing import Any, cast
from uuid import UUID

import boto3

from carillon.aws.endpoints import Endpoints
from carillon.channels import PushChannel
from carillon.database.connection import Database
from carillon.deliveries.batch import BatchResult
from carillon.deliveries.worker import Worker
from carillon.models.device import NewDevice
from carillon.people import devices, erasure
from tests.support.flow import Flow
from tests.support.sns import Sns

TOKEN = "dGVzdA-token:APA91b"


class Phones:
    """People's phones. `sns.shown` lists the token and the text of each push."""

    def __init__(self, flow: Flow) -> None:
        boto3.client("sns").create_platform_application(
            Name="app", Platform="GCM", Attributes={"PlatformCredential": "none"}
        )
        self.flow = flow
        self.sns = Sns()
        self.endpoints = Endpoints(flow.reaper_settings, self.sns)
        self.senders: Any = {"push": PushChannel(flow.settings, cast("Any", self.sns))}
        self._numbers = itertools.count(1)

    def register(self, user_id: str, token: str = TOKEN, database: Database | None = None) -> UUID:
        """Register the phone for a person and return the id of the device."""
        new = NewDevice(platform="fcm", token=token)
        return devices.register(database or self.flow.database(), self.endpoints, user_id, new)[0].device.id

    def remove(self, user_id: str, device_id: UUID, database: Database | None = None) -> None:
        devices.remove(database or self.flow.database(), self.endpoints, user_id, device_id)

    def erase(self, user_id: str, database: Database | None = None) -> None:
        erasure.erase(database or self.flow.database(), self.endpoints, user_id, "tests")

    def wants_push(self, *user_ids: str) -> None:
        for user_id in user_ids:
            self.flow.db.execute(
                """
                INSERT INTO preferences (user_id, channels, updated_at)
                VALUES (%s, '{"email": false, "push": true}', now())
                """,
                [user_id],
            )

    def notify(self, user_id: str) -> UUID:
        """Create a push that only this person may see, and return the id of the delivery."""
        [delivery_id] = self.flow.create(user_id, title=words(user_id, next(self._numbers)))
        return delivery_id

    def worker(self) -> Worker:
        worker = self.flow.new_worker()
        worker._senders = self.senders
        return worker

    def push(self, *delivery_ids: UUID) -> BatchResult:
        return self.flow.work(*delivery_ids, worker=self.worker())

    def rows(self) -> list[dict[str, Any]]:
        return self.flow.db.execute("SELECT * FROM devices ORDER BY created_at, id").fetchall()

    def alive(self, arn: str) -> bool:
        """Return True if an endpoint exists and is enabled."""
        application = self.flow.settings.fcm_application_arn or ""
        return arn in self.sns.arns(application) and self.sns.attributes(arn)["Enabled"] == "true"

    def shown_to(self, token: str = TOKEN) -> list[str]:
        """Return the people whose pushes the phone has shown."""
        return [shown.split("'", 1)[0] for each, shown in self.sns.shown if each == token]


def words(user_id: str, number: int) -> str:
    return f"{user_id}'s push {number}"
