"""A person's devices: what takes their pushes.

A device lives in two places, and SNS comes first in both directions: an endpoint without a row is harmless and found
again, a row without an endpoint would lose pushes. Where a removal meets a registration of the same phone, both look
again afterwards: whoever comes last mends the row.
"""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any
from uuid import UUID

from carillon.database import Database
from carillon.endpoints import Endpoints
from carillon.errors import Invalid, NotFound, Unavailable
from carillon.ids import uuid7
from carillon.models.device import Device, DeviceList, NewDevice, RegisteredDevice

PARALLEL = 10  # endpoints that are deleted at once; what a client pools
_ROUNDS = 3  # of a registration that meets removals


def list_all(database: Database, user_id: str) -> DeviceList:
    """All of a person's devices."""
    rows = database.rows("list_devices", {"user_id": user_id})
    return DeviceList(devices=[Device.model_validate(row) for row in rows])


def register(database: Database, endpoints: Endpoints, user_id: str, new: NewDevice) -> tuple[RegisteredDevice, bool]:
    """Make a phone this person's, whosever it was, and wake it. Says also whether it is new to them.

    Raises:
        Invalid: the platform is not set up, or does not take such a token.
        Unavailable: SNS or the database does not answer; nothing is stored.
    """
    device_id = uuid7()  # made once: when the statement runs again after a lost reply, it meets its own row
    for _ in range(_ROUNDS):
        arn = endpoints.create(new.platform, new.token)
        if not endpoints.enable(arn, new.token):
            continue  # deleted since: the next round makes another
        parameters = {**new.model_dump(), "id": device_id, "user_id": user_id, "endpoint_arn": arn}
        device = Device.model_validate(database.rows("put_device", parameters)[0])
        created = device.id == device_id
        # The former owner's removal may have deleted the endpoint before our row stood: see `_mend`.
        if not created or _still_there(endpoints, arn, new.token):
            return RegisteredDevice(device=device), created
    raise Unavailable(details=[{"service": "sns", "error": "endpoint_keeps_disappearing"}])


def remove(database: Database, endpoints: Endpoints, user_id: str, device_id: UUID) -> None:
    """Delete one of a person's devices.

    Raises:
        NotFound: they have no such device.
        Unavailable: SNS or the database does not answer; repeating is safe.
    """
    key = {"id": device_id, "user_id": user_id}
    device = database.row("find_device", key)
    if device is None:
        raise NotFound
    endpoints.delete(device["endpoint_arn"])
    if database.row("delete_device", key) is None:
        _mend(database, endpoints, device)


def erase(database: Database, endpoints: Endpoints, user_id: str) -> None:
    """Delete all that is stored about a person: notifications, deliveries, preferences, contact data, devices.

    Raises:
        Unavailable: SNS or the database does not answer; repeating is safe.
    """
    known = {row["endpoint_arn"]: row for row in database.rows("find_person_devices", {"user_id": user_id})}
    if known:
        # At once: one after the other, somebody's hundredth device would never have its turn.
        with ThreadPoolExecutor(min(PARALLEL, len(known))) as pool:
            for _ in pool.map(endpoints.delete, known):
                pass
    rows: list[dict[str, Any]] = database.rows("erase_person", {"user_id": user_id})[0]["devices"]
    gone = {row["endpoint_arn"]: row for row in rows}
    for arn in gone.keys() - known.keys():  # registered meanwhile; without a row, an endpoint is harmless
        with suppress(Unavailable):
            endpoints.delete(arn)
    for device in (known | gone).values():
        if device["endpoint_arn"] not in known.keys() & gone.keys():
            _mend(database, endpoints, device)


def _mend(database: Database, endpoints: Endpoints, device: Mapping[str, Any]) -> None:
    """After its endpoint was deleted, a phone's row turned out to be somebody else's: make them another endpoint.

    Where SNS does not answer, their next push finds the device gone, and their next registration mends it.
    """
    if database.row("find_endpoint", device) is None:
        return
    with suppress(Unavailable, Invalid):
        arn = endpoints.create(device["platform"], device["token"])
        database.row("replace_endpoint", {**device, "new_endpoint_arn": arn})


def _still_there(endpoints: Endpoints, arn: str, token: str) -> bool:
    """Whether an endpoint outlived the storing of its row. No answer is no reason to fail: it did a moment ago."""
    try:
        return endpoints.enable(arn, token)
    except Unavailable:
        return True
