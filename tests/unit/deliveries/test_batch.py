"""The messages that are Carillon's, and the metrics of a batch."""

import json
from typing import get_args
from uuid import UUID

import pytest
from aws_lambda_powertools.metrics import MetricUnit
from hypothesis import given
from hypothesis import strategies as st

from carillon.deliveries.batch import METRICS, BatchResult, Event, EventName, parse_body

ID = UUID("0199c1f0-0000-7000-8000-00000000d001")


@pytest.mark.parametrize(
    "body",
    [
        f'{{"delivery_id": "{ID}"}}',
        f'{{"delivery_id": "{str(ID).upper()}", "more": 1}}',
    ],
)
def test_a_body_with_a_delivery_id_is_read(body: str) -> None:
    assert parse_body(body) == ID


@pytest.mark.parametrize(
    "body",
    [
        "", " ", "hello", "{", "[]", "null", "1", '"text"', "{}", "[" * 100_000,
        '{"delivery_id": null}', '{"delivery_id": 1}', '{"delivery_id": []}', '{"delivery_id": {}}',
        '{"delivery_id": ""}', '{"delivery_id": "0199c1f0"}', f'["{ID}"]', f'{{"id": "{ID}"}}', "NaN", "\x00",
    ],
)  # fmt: skip
def test_any_other_body_has_no_delivery_id(body: str) -> None:
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
def test_every_dispatched_id_is_read(delivery_id: UUID) -> None:
    assert parse_body(json.dumps({"delivery_id": str(delivery_id)})) == delivery_id


def test_each_event_has_a_metric() -> None:
    assert set(METRICS) == set(get_args(EventName))
    assert len(set(METRICS.values())) == len(METRICS)


@pytest.mark.parametrize("name", get_args(EventName))
def test_the_name_of_a_metric_follows_from_its_event(name: EventName) -> None:
    assert METRICS[name] == "".join(word.title() for word in name.split("_"))


def test_events_become_metrics() -> None:
    events = [
        Event("claim_failed"),
        Event("not_found"),
        Event("sent", "email", 120),
        Event("sent", "push", 80),
        Event("sent", "push"),
        Event("not_begun", "email"),
        Event("outage", "email"),
    ]

    result = BatchResult([], events)

    assert result.counts == {"claim_failed": 1, "not_found": 1, "sent": 3, "not_begun": 1}
    assert sorted(result.metrics()) == [
        ("ClaimFailed", 1, MetricUnit.Count),
        ("EmailNotBegun", 1, MetricUnit.Count),
        ("EmailOutage", 1, MetricUnit.Count),
        ("EmailSent", 1, MetricUnit.Count),
        ("EmailSentAfter", 120, MetricUnit.Milliseconds),
        ("NotBegun", 1, MetricUnit.Count),
        ("NotFound", 1, MetricUnit.Count),
        ("PushSent", 2, MetricUnit.Count),
        ("PushSentAfter", 80, MetricUnit.Milliseconds),
        ("Sent", 3, MetricUnit.Count),
    ]
