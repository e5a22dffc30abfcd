"""The erasing of a person: all rows in the database, and the endpoints of the devices at SNS."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

from carillon.aws.endpoints import Endpoints
from carillon.database.connection import Database
from carillon.errors import Unavailable
from carillon.ids import uuid7
from carillon.models.person_data import Receipt
from carillon.models.user_id import person_hash
from carillon.people.handover import PARALLEL_DELETES, recreate_endpoint, wait_for_pushes


def erase(database: Database, endpoints: Endpoints, user_id: str, requester: str) -> Receipt:
    """Delete all that is stored about a person: notifications, deliveries, preferences, contact data, devices.

    The devices are released first, in the order that handover.py explains. The operators' log notes the erasure and who
    requested it: `producer:<name>`, or an operator. A repeat deletes nothing and has a receipt of its own.

    Raises:
        Unavailable: SNS or the database does not answer, or a push is still under way; repeating is safe.
    """
    known = {row["endpoint_arn"]: row for row in database.rows("devices/find_of_person", {"user_id": user_id})}
    if known:
        # In parallel: one after the other, many devices would never all be deleted within one request.
        with ThreadPoolExecutor(min(PARALLEL_DELETES, len(known))) as pool:
            for _ in pool.map(endpoints.delete, known):
                pass
        database.rows("devices/disable", {"ids": [row["id"] for row in known.values()]})
        wait_for_pushes(database, endpoints, user_id)
    # One id for both runs of a statement whose first reply is lost.
    parameters = {"user_id": user_id, "receipt": uuid7(), "person": person_hash(user_id), "requester": requester}
    answer: dict[str, Any] = database.rows("people/erase", parameters)[0]["erased"]
    erased: dict[str, dict[str, Any]] = {row["endpoint_arn"]: row for row in answer["devices"]}
    for arn in erased.keys() - known.keys():  # registered since; without a row, an endpoint is harmless
        with suppress(Unavailable):
            endpoints.delete(arn)
    for device in (known | erased).values():
        if device["endpoint_arn"] not in known.keys() & erased.keys():
            recreate_endpoint(database, endpoints, device)
    return Receipt.model_validate(answer["receipt"])
