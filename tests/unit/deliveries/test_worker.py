"""What counts as a message of ours, and how many messages one call to SQS names."""

import json
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carillon.deliveries.worker import parse_body

ID = UUID("0199c1f0-0000-7000-8000-00000000d001")


@pytest.mark.parametrize(
    "body",
    [
        f'{{"delivery_id": "{ID}"}}',
        f'{{"delivery_id": "{str(ID).upper()}", "more": 1}}',
    ],
)
def test_a_delivery_id(body: str) -> None:
    assert parse_body(body) == ID


@pytest.mark.parametrize(
    "body",
    [
        "", " ", "hello", "{", "[]", "null", "1", '"text"', "{}", "[" * 100_000,
        '{"delivery_id": null}', '{"delivery_id": 1}', '{"delivery_id": []}', '{"delivery_id": {}}',
        '{"delivery_id": ""}', '{"delivery_id": "0199c1f0"}', f'["{ID}"]', f'{{"id": "{ID}"}}', "NaN", "\x00",
    ],
)  # fmt: skip
def test_anything_else_is_not_ours(body: str) -> None:
    assert parse_body(body) is None


NAMES = st.text() | st.just("delivery_id")
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(NAMES, inner),
)


@given(st.text() | VALUES.map(json.dumps))
def test_no_body_breaks_the_worker(body: str) -> None:
    assert parse_body(body) is None or "delivery_id" in body


@given(st.uuids())
def test_every_id_that_is_dispatched_is_read(delivery_id: UUID) -> None:
    assert parse_body(json.dumps({"delivery_id": str(delivery_id)})) == delivery_id
