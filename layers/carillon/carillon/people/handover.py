"""The release of a device from its owner, so that another person may have it.

A phone that changes hands must never show the new owner a push for the former owner. But a worker may have read the
former owner's endpoint, and publish to it later. The new endpoint may even have the same ARN, because SNS seems to
derive it from the token. So Carillon takes these steps before a device changes its owner or is deleted:

1. Delete the endpoint. From now on SNS refuses each push to it.
2. Disable the row. From now on no claim reads it.
3. Wait for the owner's pushes under way. Then no worker has the endpoint any more.
4. Give the row to the new owner, or delete it.

The database checks steps 3 and 4 under a lock: database/schema/functions/52_devices.sql.

SNS comes first when a device is registered, and when it is released. An endpoint without a row is harmless, and a
registration finds it again. A row without an endpoint would lose pushes. So after each deletion at SNS, Carillon looks
for a row that names the endpoint. If the phone was registered meanwhile, `recreate_endpoint` repairs its row.
"""

import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

from aws_lambda_powertools import Logger

from carillon.aws.endpoints import Endpoints
from carillon.database.connection import Database
from carillon.errors import Invalid, Unavailable

PARALLEL_DELETES = 10  # endpoints deleted at once: the connections in the pool of an SNS client
PUSH_WAIT_SECONDS = 4.0  # for pushes under way; most take less than one second
_POLL_SECONDS = 0.2

logger = Logger(child=True)

DeviceRow = Mapping[str, Any]  # a row of devices, with its platform, token and endpoint


def release_from_owner(database: Database, endpoints: Endpoints, device: DeviceRow) -> bool:
    """Take steps 1 to 3: nothing is pushed to the device any more, and no worker can do so later.

    The result is False if the device was deleted, or has another owner now.

    Raises:
        Unavailable: SNS or the database does not answer, or a push is still under way.
    """
    endpoints.delete(device["endpoint_arn"])
    if not database.rows("devices/disable", {"ids": [device["id"]]}):
        recreate_endpoint(database, endpoints, device)
        return False
    wait_for_pushes(database, endpoints, device["user_id"])
    return True


def wait_for_pushes(database: Database, endpoints: Endpoints, user_id: str) -> None:
    """Wait until no worker sends a push to a person, whose device is disabled by now.

    The result is only a hint: the statement of step 4 checks again, under a lock.

    Raises:
        Unavailable: a push is still under way after PUSH_WAIT_SECONDS, or the time of the request is over.
    """
    deadline = time.monotonic() + min(PUSH_WAIT_SECONDS, endpoints.seconds_left())
    while (row := database.row("devices/find_pushing", {"user_id": user_id})) and row["pushing"]:
        if time.monotonic() + _POLL_SECONDS > deadline:
            raise push_under_way()
        time.sleep(_POLL_SECONDS)


def delete_disabled(database: Database, endpoints: Endpoints, disabled: Sequence[DeviceRow]) -> int:
    """Delete disabled devices and return how many are gone.

    A device stays if SNS does not answer, if a push to it may be under way, or if it was registered again. An overdue
    device goes even if SNS does not answer.
    """

    def delete_endpoint(device: DeviceRow) -> bool:
        try:
            endpoints.delete(device["endpoint_arn"])
        except Unavailable:
            return bool(device.get("overdue"))
        return True

    with ThreadPoolExecutor(min(PARALLEL_DELETES, len(disabled))) as pool:
        deleted = list(pool.map(delete_endpoint, disabled))
    if not all(deleted):
        logger.warning("endpoints_not_deleted", extra={"count": deleted.count(False)})
    gone = 0
    for device in (device for device, done in zip(disabled, deleted, strict=True) if done):
        if database.row("devices/drop", {"id": device["id"]}) is None:
            recreate_endpoint(database, endpoints, device)
        else:
            gone += 1
    return gone


def recreate_endpoint(database: Database, endpoints: Endpoints, device: DeviceRow) -> None:
    """Create another endpoint for a phone, if a row still names the deleted one and takes pushes.

    If SNS does not answer, the next push finds that the endpoint is gone, and the next registration repairs the row.
    """
    if database.row("devices/find_endpoint", device) is None:
        return
    with suppress(Unavailable, Invalid):
        arn = endpoints.create(device["platform"], device["token"])
        database.row("devices/replace_endpoint", {**device, "new_endpoint_arn": arn})


def push_under_way() -> Unavailable:
    """Build the error for a person to whom a worker is still sending a push."""
    return Unavailable(details=[{"service": "deliver", "error": "push_under_way"}])
