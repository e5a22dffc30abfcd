"""The OpenAPI document and the functions agree: a part of the requests that `make test-contract` sends."""

import pytest

from tests.conformity.run import run
from tests.hostile.functions import OwnFunctions
from tests.support.service import Service


@pytest.mark.slow
def test_schemathesis_finds_no_difference_between_the_document_and_the_functions(service: Service) -> None:
    report = run(OwnFunctions(service), examples=8, whole=False, seed=1)
    assert report.problems == []
    assert report.requests > 250
    assert {"examples, positive", "fuzzing, positive", "fuzzing, negative"} <= report.cases.keys()
    assert {"response_schema_conformance", "positive_data_acceptance", "negative_data_rejection", "ignored_auth"} <= (
        report.checks.keys()
    )
