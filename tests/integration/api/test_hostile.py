"""A few hundred of the hostile requests that `make test-hostile` sends by the thousand."""

from tests.hostile.functions import OwnFunctions
from tests.hostile.run import run
from tests.support.environment import as_superuser
from tests.support.service import Service


def test_no_hostile_request_breaks_a_promise_of_the_api(service: Service, database_url: str) -> None:
    result = run(OwnFunctions(service), as_superuser(database_url), count=300, seed=1, minutes=2)
    assert result.tally.problems == []
    assert result.tally.count == 300
    assert {200, 201, 204, 304, 400, 401, 403, 404, 413, 415, 422} >= result.tally.answered.keys()
    assert len(result.tally.answered) > 7
