"""A person's devices: what takes their pushes.

A device lives in two places, and SNS comes first in both directions: an endpoint without a row is harmless and found
again, a row without an endpoint would lose pushes. Whoever deletes an endpoint looks again afterwards: where the phone
was registered meanwhile, another one is made (`_mend`).

A phone that changes hands must not show the old owner's push to the new one. A worker may hold the old owner's endpoint
and publish late, and the new endpoint may be its namesake: SNS seems to derive the name from the token. So a device
changes its owner, or goes, in this order: its endpoint is deleted (what is published now is refused), its row disabled
(nobody reads it any more), its owner's pushes under way are waited for (nobody holds it any more), and only then it is
somebody else's. The database sees to the last two under a lock: database/schema/functions/52_devices.sql.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any
from uuid import UUID

from aws_lambda_powertools import Logger

from carillon.aws.endpoints import Endpoints
from carillon.database.connection import Database
from carillon.errors import Invalid, NotFound, Unavailable
from carillon.ids import uuid7
from carillon.models.device import Device, DeviceList, NewDevice, RegisteredDevice

PARALLEL = 10  # endpoints that are deleted at once; what a client pools
MAX_DEVICES = 20  # of a person: one more, and the one that has not registered for the longest goes
PATIENCE_SECONDS = 4.0  # for pushes under way: most are over in one
_ROUNDS = 5  # of a registration that meets others, or removals
_POLL_SECONDS = 0.2

logger = Logger(child=True)

Held = Mapping[str, Any]  # a device's row, with what SNS must be told about it


def list_all(database: Database, user_id: str) -> DeviceList:
    """All of a person's devices."""
    rows = database.rows("devices/list", {"user_id": user_id})
    return DeviceList(devices=[Device.model_validate(row) for row in rows])


def register(database: Database, endpoints: Endpoints, user_id: str, new: NewDevice) -> tuple[RegisteredDevice, bool]:
    """Make a phone this person's, whosever it was, and wake it. Says also whether it is new to them.

    Beyond MAX_DEVICES the device that has not registered for the longest goes.

    Raises:
        Invalid: the platform is not set up, or does not take such a token.
        Unavailable: SNS or the database does not answer, or a push for the former owner is still under way. It is not
            this person's then; repeating is safe.
    """
    endpoints.application(new.platform)  # or nothing is taken from anybody
    device_id = uuid7()  # made once: when the statement runs again after a lost reply, it meets its own row
    phone = new.model_dump()
    for _ in range(_ROUNDS):
        held = database.row("devices/find_phone", phone)
        known: str | None = None
        if held is not None and held["user_id"] == user_id:
            known = held["endpoint_arn"]
        elif held is not None and not _let_go(database, endpoints, held):
            continue  # it changed hands again meanwhile
        arn = endpoints.ensure_enabled(new.platform, new.token, known)
        if arn is None:
            continue  # deleted since: the next round makes another
        row = database.row("devices/put", {**phone, "id": device_id, "user_id": user_id, "endpoint_arn": arn})
        if row is None:
            continue  # somebody else's, who may be pushed to
        device = Device.model_validate(row)
        # Who deleted this endpoint before our row stood did not find it, and has not mended it.
        if arn == known or _still_there(endpoints, arn, new.token):
            _leave_room(database, endpoints, user_id)
            return RegisteredDevice(device=device), device.id == device_id
    raise Unavailable(details=[{"service": "sns", "error": "endpoint_keeps_disappearing"}])


def remove(database: Database, endpoints: Endpoints, user_id: str, device_id: UUID) -> None:
    """Delete one of a person's devices.

    Raises:
        NotFound: they have no such device.
        Unavailable: SNS or the database does not answer, or a push is still under way; repeating is safe.
    """
    key = {"id": device_id, "user_id": user_id}
    device = database.row("devices/find", key)
    if device is None:
        raise NotFound
    for _ in range(_ROUNDS):
        if not _let_go(database, endpoints, device) or database.row("devices/drop", key) is not None:
            return
        _mend(database, endpoints, device)
        device = database.row("devices/find", key)
        if device is None or device["enabled"]:
            return  # it registered again meanwhile
    raise _under_way()


def erase(database: Database, endpoints: Endpoints, user_id: str) -> None:
    """Delete all that is stored about a person: notifications, deliveries, preferences, contact data, devices.

    Raises:
        Unavailable: SNS or the database does not answer, or a push is still under way; repeating is safe.
    """
    known = {row["endpoint_arn"]: row for row in database.rows("devices/find_of_person", {"user_id": user_id})}
    if known:
        # At once: one after the other, somebody's hundredth device would never have its turn.
        with ThreadPoolExecutor(min(PARALLEL, len(known))) as pool:
            for _ in pool.map(endpoints.delete, known):
                pass
        database.rows("devices/disable", {"ids": [row["id"] for row in known.values()]})
        _wait_for_pushes(database, endpoints, user_id)
    rows: list[dict[str, Any]] = database.rows("people/erase", {"user_id": user_id})[0]["devices"]
    gone = {row["endpoint_arn"]: row for row in rows}
    for arn in gone.keys() - known.keys():  # registered meanwhile; without a row, an endpoint is harmless
        with suppress(Unavailable):
            endpoints.delete(arn)
    for device in (known | gone).values():
        if device["endpoint_arn"] not in known.keys() & gone.keys():
            _mend(database, endpoints, device)


def forget_silent(database: Database, endpoints: Callable[[], Endpoints], silence_days: int) -> tuple[int, bool]:
    """Delete devices that have not registered for so many days, at most PARALLEL of them.

    `endpoints` is asked for only when there are any. Says how many went, and whether there may be more to do now:
    where SNS does not answer, those are left for an hour later, and after a month they go without it.
    """
    silent = database.rows("devices/take_silent", {"silence_days": silence_days, "batch": PARALLEL})
    gone = _drop(database, endpoints(), silent) if silent else 0
    return gone, gone == PARALLEL


def _let_go(database: Database, endpoints: Endpoints, device: Held) -> bool:
    """Take a device from its owner, so that nothing is pushed to it and nobody is left who could. False when it had
    another owner by then, or was gone.

    Raises:
        Unavailable: SNS or the database does not answer, or a push is still under way.
    """
    endpoints.delete(device["endpoint_arn"])
    if not database.rows("devices/disable", {"ids": [device["id"]]}):
        _mend(database, endpoints, device)
        return False
    _wait_for_pushes(database, endpoints, device["user_id"])
    return True


def _wait_for_pushes(database: Database, endpoints: Endpoints, user_id: str) -> None:
    """Wait until no worker holds a push of somebody whose device was disabled before. Only a hint: what follows asks
    again, under a lock."""
    last_look = time.monotonic() + min(PATIENCE_SECONDS, endpoints.seconds_left())
    while (row := database.row("devices/find_pushing", {"user_id": user_id})) and row["pushing"]:
        if time.monotonic() + _POLL_SECONDS > last_look:
            raise _under_way()
        time.sleep(_POLL_SECONDS)


def _leave_room(database: Database, endpoints: Endpoints, user_id: str) -> None:
    """Delete what a person has beyond MAX_DEVICES. What cannot be deleted now is disabled, and goes with their next
    registration."""
    with suppress(Unavailable):
        surplus = database.rows("devices/take_surplus", {"user_id": user_id, "keep": MAX_DEVICES})
        if surplus:
            _drop(database, endpoints, surplus)


def _drop(database: Database, endpoints: Endpoints, disabled: Sequence[Held]) -> int:
    """Delete devices that nobody reads any more, and return how many went: not what SNS does not answer for, what may
    still be pushed to, or what registered again."""

    def delete(device: Held) -> bool:
        try:
            endpoints.delete(device["endpoint_arn"])
        except Unavailable:
            return bool(device.get("overdue"))
        return True

    with ThreadPoolExecutor(min(PARALLEL, len(disabled))) as pool:
        deleted = list(pool.map(delete, disabled))
    if not all(deleted):
        logger.warning("endpoints_not_deleted", extra={"count": deleted.count(False)})
    gone = 0
    for device in (device for device, done in zip(disabled, deleted, strict=True) if done):
        if database.row("devices/drop", {"id": device["id"]}) is None:
            _mend(database, endpoints, device)
        else:
            gone += 1
    return gone


def _mend(database: Database, endpoints: Endpoints, device: Held) -> None:
    """After its endpoint was deleted, a phone turned out to be registered by it: make it another endpoint.

    Where SNS does not answer, the next push finds the device gone, and the next registration mends it.
    """
    if database.row("devices/find_endpoint", device) is None:
        return
    with suppress(Unavailable, Invalid):
        arn = endpoints.create(device["platform"], device["token"])
        database.row("devices/replace_endpoint", {**device, "new_endpoint_arn": arn})


def _still_there(endpoints: Endpoints, arn: str, token: str) -> bool:
    """Whether an endpoint outlived the storing of its row. No answer is no reason to fail: it did a moment ago."""
    try:
        return endpoints.enable(arn, token)
    except Unavailable:
        return True


def _under_way() -> Unavailable:
    return Unavailable(details=[{"service": "deliver", "error": "push_under_way"}])
