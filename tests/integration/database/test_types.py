"""The composite types of SQL have the fields of the models that their comments name."""

from collections.abc import Iterable
from dataclasses import fields
from uuid import uuid4

import pytest

from carillon.deliveries.outcomes import FinishRow
from carillon.deliveries.store import Claim
from carillon.models.channel import CHANNELS
from carillon.models.delivery import ClaimedDelivery, DeliveryItem
from carillon.models.provider_event import ProviderEvent
from carillon.settings.routing import StackRule
from tests.support.environment import Connect


def attributes(connect: Connect, name: str) -> set[str]:
    rows = (
        connect()
        .execute(
            """
        SELECT a.attname FROM pg_attribute AS a JOIN pg_type AS t ON t.typrelid = a.attrelid
        WHERE t.oid = %s::regtype AND a.attnum > 0 AND NOT a.attisdropped
        """,
            [name],
        )
        .fetchall()
    )
    return {row["attname"] for row in rows}


def fields_of_destinations(connect: Connect) -> set[str]:
    """Return the fields that `destinations` adds to a claimed delivery, of all channels."""
    ids = [uuid4() for _ in CHANNELS]
    connection = connect()
    connection.execute(
        """
        INSERT INTO deliveries (id, user_id, channel, available_at, created_at)
        SELECT id, 'alice', channel, now(), now() FROM unnest(%s::uuid[], %s::text[]) AS d (id, channel)
        """,
        [ids, list(CHANNELS)],
    )
    rows = connection.execute("SELECT destination FROM destinations(%s)", [ids]).fetchall()
    assert len(rows) == len(CHANNELS)
    return {name for row in rows for name in row["destination"]}


@pytest.mark.parametrize(
    ("name", "model", "only_in_sql"),
    [
        ("stack_rule", [field.name for field in fields(StackRule)], set[str]()),
        ("outcome", [field.name for field in fields(FinishRow)], set[str]()),
        ("claim_result", Claim.model_fields, set[str]()),
        ("claimed_item", DeliveryItem.model_fields, set[str]()),
        ("provider_event", ProviderEvent.model_fields, {"position", "key", "is_new", "is_first"}),
    ],
)
def test_a_type_has_the_fields_of_its_model(
    connect: Connect, name: str, model: Iterable[str], only_in_sql: set[str]
) -> None:
    assert attributes(connect, name) == set(model) | only_in_sql


def test_a_claimed_delivery_and_its_destination_have_the_fields_of_the_model(connect: Connect) -> None:
    general, of_channels = attributes(connect, "claimed_delivery") - {"destination"}, fields_of_destinations(connect)
    assert general & of_channels == set()
    assert general | of_channels == set(ClaimedDelivery.model_fields)
