"""A person's devices: register, list and remove them.

A device is an endpoint at SNS and a row in the database. The module handover.py explains the order in which both are
deleted, so that no push reaches the wrong person.
"""

from collections.abc import Callable
from contextlib import suppress
from uuid import UUID

from carillon.aws.endpoints import Endpoints
from carillon.database.connection import Database
from carillon.errors import NotFound, Unavailable
from carillon.ids import uuid7
from carillon.models.device import Device, DeviceList, NewDevice, RegisteredDevice
from carillon.people.handover import (
    PARALLEL_DELETES,
    delete_disabled,
    push_under_way,
    recreate_endpoint,
    release_from_owner,
)

MAX_DEVICES = 20  # for one person; one more replaces the one with the oldest registration
_ROUNDS = 5  # attempts of one request, if others register or remove the same phone meanwhile


def list_all(database: Database, user_id: str) -> DeviceList:
    """Return all of a person's devices, oldest first."""
    rows = database.rows("devices/list", {"user_id": user_id})
    return DeviceList(devices=[Device.model_validate(row) for row in rows])


def register(database: Database, endpoints: Endpoints, user_id: str, new: NewDevice) -> tuple[RegisteredDevice, bool]:
    """Register a phone for a person, taking it over from a former owner, and enable its endpoint.

    Return the device, and whether it is new to the person. If the person has more than MAX_DEVICES then, the device
    with the oldest registration is deleted.

    Raises:
        Invalid: the platform is not set up in this stack, or does not accept the token.
        Unavailable: SNS or the database does not answer, or a push to the former owner is still under way. Then the
            phone is not registered for this person; repeating is safe.
    """
    endpoints.application(new.platform)  # raises Invalid before a former owner loses the phone
    device_id = uuid7()  # one for all rounds: if the statement runs again after a lost reply, it finds its own row
    phone = new.model_dump()
    for _ in range(_ROUNDS):
        found = database.row("devices/find_phone", phone)
        known: str | None = None
        if found is not None and found["user_id"] == user_id:
            known = found["endpoint_arn"]
        elif found is not None and not release_from_owner(database, endpoints, found):
            continue  # the phone has another owner now
        arn = endpoints.ensure_enabled(new.platform, new.token, known)
        if arn is None:
            continue  # another request deleted it just now: the next round creates another
        stored = database.row("devices/put", {**phone, "id": device_id, "user_id": user_id, "endpoint_arn": arn})
        if stored is None:
            continue  # another person registered it meanwhile, and a push to that person may be under way
        device = Device.model_validate(stored)
        # Another request may have deleted this endpoint before the row was stored. It did not repair this row: it found
        # no row, or it disabled the row and gave up while a push was under way.
        if _still_exists(endpoints, arn, new.token):
            _delete_surplus(database, endpoints, user_id)
            return RegisteredDevice(device=device), device.id == device_id
    raise Unavailable(details=[{"service": "sns", "error": "endpoint_keeps_disappearing"}])


def remove(database: Database, endpoints: Endpoints, user_id: str, device_id: UUID) -> None:
    """Delete one of a person's devices.

    Raises:
        NotFound: the person has no such device.
        Unavailable: SNS or the database does not answer, or a push is still under way; repeating is safe.
    """
    key = {"id": device_id, "user_id": user_id}
    device = database.row("devices/find", key)
    if device is None:
        raise NotFound
    for _ in range(_ROUNDS):
        if not release_from_owner(database, endpoints, device) or database.row("devices/drop", key) is not None:
            return
        recreate_endpoint(database, endpoints, device)
        device = database.row("devices/find", key)
        if device is None or device["enabled"]:
            return  # it was registered again meanwhile
    raise push_under_way()


def forget_silent(database: Database, endpoints: Callable[[], Endpoints], silence_days: int) -> tuple[int, bool]:
    """Delete devices that have not registered for `silence_days` days, at most PARALLEL_DELETES of them.

    Return how many are gone, and whether there may be more. If SNS does not answer for a device, the reaper tries again
    an hour later. A month later the row is deleted without SNS. `endpoints` is called only if there are such devices.
    """
    silent = database.rows("devices/take_silent", {"silence_days": silence_days, "batch": PARALLEL_DELETES})
    gone = delete_disabled(database, endpoints(), silent) if silent else 0
    return gone, gone == PARALLEL_DELETES


def _delete_surplus(database: Database, endpoints: Endpoints, user_id: str) -> None:
    """Delete the devices of a person beyond MAX_DEVICES.

    If SNS does not answer for a device, it stays disabled, and the next registration of the person deletes it.
    """
    with suppress(Unavailable):
        surplus = database.rows("devices/take_surplus", {"user_id": user_id, "keep": MAX_DEVICES})
        if surplus:
            delete_disabled(database, endpoints, surplus)


def _still_exists(endpoints: Endpoints, arn: str, token: str) -> bool:
    """Return True if an endpoint still exists after its row was stored.

    If SNS does not answer now, the endpoint counts as existing, because it was enabled a moment ago.
    """
    try:
        return endpoints.enable(arn, token)
    except Unavailable:
        return True
